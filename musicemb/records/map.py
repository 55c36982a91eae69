"""What the map is made of: records that travel between the rooms that lay it out, draw it and write it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from musicemb.records.arrays import Floats
from musicemb.records.tracks import Track


@dataclass(frozen=True)
class MapGroup:
    """A line of the map's legend."""

    name: str
    size: int
    colour: str
    """#rrggbb."""


@dataclass(frozen=True)
class Colouring:
    """One way to colour the map."""

    groups: tuple[MapGroup, ...]
    members: NDArray[np.int64]
    """Index of each track's group, shape (n_tracks,)."""


@dataclass(frozen=True)
class MusicMap:
    """A library on a plane, with all that its pictures show."""

    tracks: tuple[Track, ...]
    positions: NDArray[np.float64]
    """Shape (n_tracks, 2), in units of their own."""
    neighbours: NDArray[np.int64]
    """Rows of the nearest tracks, best first, shape (n_tracks, k); negative where there is none."""
    similarities: Floats
    """How near these are, by the measure that orders them: `Match.scaled_similarity`."""
    colourings: dict[str, Colouring]
    """By "cluster" and "genre"."""
    how: Literal["kept", "placed", "laid out"]
    """"placed": new tracks were put among the others, which stayed."""
    new: int
    """Tracks that had no position before."""
    stored: bool = True
    """False where the catalogue could not be written: the next map may look different."""
