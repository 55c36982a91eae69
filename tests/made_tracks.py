"""Embedded tracks made of nothing, for the tests of the catalogue and of what reads it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from musicemb.io.catalogue.catalogue import Catalogue, open_catalogue
from musicemb.records import Cluster, EmbeddedTrack, FoundFile, Guess, SegmentVectors, TrackTags


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


def put(catalogue: Catalogue, number: int, encoder: str = "first", **changes: object) -> int:
    """Put track /m/<number>.mp3 into a catalogue; gives its id."""
    return catalogue.put_track(embedded(f"/m/{number}.mp3", seed=number, **changes), encoder)  # type: ignore[arg-type]


def group(catalogue: Catalogue, *ids: int, encoder: str = "first") -> None:
    """Put tracks into one cluster, each with a guess."""
    catalogue.put_clusters(encoder, [Cluster(0, "calm", len(ids), ids)], dict.fromkeys(ids, (0, 0.5, 0)))
    catalogue.put_guesses(encoder, {row: Guess(("Jazz",), 0.75, "genre head") for row in ids})


def fill(path: Path, tracks: int = 3) -> None:
    """Make a catalogue of some tracks."""
    with open_catalogue(path) as catalogue, catalogue.transaction():  # one for all takes a quarter of the time
        for number in range(tracks):
            catalogue.put_track(embedded(f"/m/{number}.mp3", seed=number), "first")
        catalogue.set_active_encoder("first")


def beside(path: Path) -> list[str]:
    """Names of all files in the folder of a file."""
    return sorted(item.name for item in path.parent.iterdir())
