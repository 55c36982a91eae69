"""What tests of commands share: the outcome of a typed command, and tracks of a library without audio."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from musicemb.records import EmbeddedTrack, FoundFile, TrackTags


@dataclass(frozen=True)
class Typed:
    """What came of a command."""

    status: int
    out: bytes
    err: str

    @property
    def text(self) -> str:
        return self.out.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Type = Callable[..., Typed]


def embedded(number: int, **tags: Any) -> EmbeddedTrack:
    """Track `number` of the library: even ones by "Even", odd ones by "Odd", on two sides of the space."""
    artist = ("Even", "Odd")[number % 2]
    random = np.random.default_rng(number)
    vector = np.zeros(16, dtype=np.float32)
    vector[number % 2] = 1
    vector += random.normal(0, 0.05, 16).astype(np.float32)
    found = {"artist": artist, "title": f"Song {number}", "album": f"Album {number // 10}", **tags}
    return EmbeddedTrack(
        file=FoundFile(Path(f"/music/{artist}/{number:02}.mp3"), 1000 + number, number),
        payload_hash=f"{number:064x}",
        tags=TrackTags(**found),
        duration=180.4,
        decoder="soundfile",
        vector=vector / np.linalg.norm(vector),
        homogeneity=0.9,
        segments=None,
    )
