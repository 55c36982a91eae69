"""A teacher: another encoder's outputs for tracks, as training targets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from musicemb.records.arrays import Floats


@dataclass(frozen=True)
class Teacher:
    """The content of a teacher file, before it is matched with the tracks of a training."""

    name: str
    """Stem of the file."""
    paths: tuple[str, ...]
    """One per track, with slashes, as far from the root as its maker chose."""
    hashes: tuple[str, ...]
    """Payload hash of each track; "" where none was stored."""
    offsets: NDArray[np.int64]
    """Shape (n_tracks + 1,): the windows of track i are offsets[i] to offsets[i + 1]."""
    hop: float
    """Seconds from one window to the next."""
    vectors: Floats
    """Shape (n_windows, d), or (n_tracks, d) where `of_tracks`; d may be 0."""
    of_tracks: bool
    """One vector a track; they are standardised over the training's tracks before they are compared."""
    tags: NDArray[Any]
    """Shape (n_windows, n_tags): probabilities as float32, or 255 times them as uint8; n_tags may be 0."""
    tag_names: tuple[str, ...]


@dataclass(frozen=True)
class TeacherMatch:
    """How a teacher file fits a training set."""

    name: str
    matched: int
    """Tracks of the training set that it has targets for."""
    of: int
    """Tracks of the training set."""
    missing: tuple[str, ...]
    """Tracks of the training set that it has none for."""
    unused: int
    """Its tracks that are not in the training set: held out, or of another collection."""


@dataclass(frozen=True)
class TeacherShape:
    """The columns of one teacher in the targets: whether it knows the track, its vector, its tags."""

    name: str
    dimensions: int
    """Of its vectors; 0: it has none."""
    tags: int
    """0: it has none."""

    @property
    def columns(self) -> int:
        """How many columns it takes."""
        return 1 + self.dimensions + self.tags
