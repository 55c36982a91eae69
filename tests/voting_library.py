"""A library made of nothing whose tracks may vote on genres."""

from __future__ import annotations

import numpy as np

from musicemb.core.genres.voters import GenreEvidence
from musicemb.records import NOISE


def library(
    genres: list[str], *, artists: list[int] | None = None, clusters: int = NOISE, seed: int = 0
) -> GenreEvidence:
    """Tracks whose genre pulls their vector; "" is untagged."""
    rng = np.random.default_rng(seed)
    names = sorted(set(genres) - {""})
    vectors = rng.normal(0, 0.15, (len(genres), 16)).astype(np.float32)
    for row, genre in enumerate(genres):
        vectors[row, names.index(genre) if genre else 0] += 1
    return GenreEvidence(
        vectors,
        tuple((genre,) if genre else () for genre in genres),
        np.arange(len(genres)) if artists is None else np.array(artists, dtype=np.int64),
        np.full(len(genres), clusters, dtype=np.int64),
    )
