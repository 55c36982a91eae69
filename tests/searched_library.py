"""A made library to search in: tracks of seven artists, their sound by their number."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from fake_encoder import FakeEncoder, made_tag_heads

from musicemb.core.vectors.pooling import quantise
from musicemb.io.catalogue.catalogue import Catalogue
from musicemb.records import EmbeddedTrack, FoundFile, Match, Track, TrackTags

ENCODER = "fake00000000"
LISTENING = FakeEncoder(
    tag_heads=made_tag_heads(("calm", "mood"), ("piano", "instrument"), ("singing", "voice"), ("no voice", "voice"))
)
"""Hears calm, piano and voices."""
HEARING_GENRES = FakeEncoder(tag_heads=made_tag_heads(("metal", "genre"), ("jazz", "genre")))
"""Hears metal where the other one hears calm, and jazz."""


def put(
    catalogue: Catalogue, number: int, vector: np.ndarray | None = None, *, segments: bool = True, **tags: object
) -> int:
    found = {"artist": f"Artist {number % 7}", "title": f"Song {number}", "album": f"Album {number % 5}", **tags}
    random = np.random.default_rng(number)
    row = random.normal(size=12) + 1 if vector is None else vector
    row = (row / np.linalg.norm(row)).astype(np.float32)
    pieces = quantise(np.arange(10, dtype=np.float32) * 4, row + 0.3 * random.normal(size=(10, 12)).astype(np.float32))
    track = EmbeddedTrack(
        FoundFile(Path(f"/m/{('a', 'b')[number % 2]}/{number}.mp3").absolute(), 1, 1),
        f"payload {number}",
        TrackTags(**found),  # type: ignore[arg-type]
        120.0,
        "soundfile",
        row,
        1.0,
        pieces if segments else None,
    )
    return catalogue.put_track(track, ENCODER)


def at(catalogue: Catalogue, number: int) -> Track:
    return next(track for track in catalogue.tracks() if track.path.stem == str(number))


def stems(found: list[Track] | list[Match]) -> list[str]:
    return [(item.track if isinstance(item, Match) else item).path.stem for item in found]
