"""Embedded tracks made of nothing, for the tests of the catalogue and of what reads it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from musicemb.records import EmbeddedTrack, FoundFile, SegmentVectors, TrackTags


def found(path: str | Path, size: int = 1000, mtime_ns: int = 1) -> FoundFile:
    return FoundFile(Path(path), size, mtime_ns)


def embedded(
    path: str | Path = "/music/a.mp3",
    *,
    seed: int = 0,
    payload: str | None = None,
    dimensions: int = 8,
    segments: int = 3,
    tags: TrackTags | None = None,
    **changes: Any,
) -> EmbeddedTrack:
    """A track whose payload hash and vector follow from the seed."""
    generator = np.random.default_rng(seed)
    vector = generator.normal(size=dimensions).astype(np.float32)
    kept = SegmentVectors(
        np.arange(segments, dtype=np.float32) * 4,
        generator.integers(-127, 128, (segments, dimensions), dtype=np.int8),
        generator.random(segments, dtype=np.float32),
    )
    return EmbeddedTrack(
        file=changes.pop("file", found(path)),
        payload_hash=payload or f"{seed:040x}",
        tags=tags or TrackTags("Artist", f"Title {seed}", "Album", ("Rock",)),
        duration=240.0,
        decoder="soundfile",
        vector=vector / np.linalg.norm(vector),
        homogeneity=0.8,
        segments=kept if segments else None,
        **changes,
    )
