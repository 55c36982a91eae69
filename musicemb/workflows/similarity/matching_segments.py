"""Finds the parts of a match that are similar to a seed, from the stored segment vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from musicemb.core.similarity.alignment import matching_spans
from musicemb.core.vectors.pooling import dequantise
from musicemb.records import MatchingSpan, Track

if TYPE_CHECKING:
    from musicemb.io.catalogue.catalogue import Catalogue
    from musicemb.records import SegmentVectors
    from musicemb.workflows.similarity.ranking import Query

_LENGTH = 4.0
"""Seconds of a segment, where a track has but one and its length cannot be told from the next."""


def find_spans(catalogue: Catalogue, encoder_id: str, seed: Query, match: Track) -> tuple[MatchingSpan, ...] | None:
    """The stretches of a match that are most like a seed.

    Parameters
    ----------
    catalogue : Catalogue
    encoder_id : str
    seed : Query
    match : Track

    Returns
    -------
    tuple of MatchingSpan or None
        Best first; None where segments of either were not stored.
    """
    here = seed.embedded.segments if seed.embedded else None
    if seed.track is not None:
        here = catalogue.segments(seed.track.id, encoder_id)
    there = catalogue.segments(match.id, encoder_id)
    if here is None or there is None:
        return None
    length = min([_hop(here), _hop(there)], key=lambda seconds: (seconds == _LENGTH, seconds))
    return tuple(matching_spans(dequantise(here), dequantise(there), here.starts, there.starts, length=length))


def _hop(segments: SegmentVectors) -> float:
    return float(np.median(np.diff(segments.starts))) if len(segments.starts) > 1 else _LENGTH
