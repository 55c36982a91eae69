"""The parts of the map: records for the packages that lay it out, draw it and write it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from musicemb.records.arrays import Floats, Floats64
from musicemb.records.explanation import SoundValues
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
class MapWords:
    """What the search of the map's page understands: the language of `musicemb find`, and how tracks answer."""

    language: Mapping[str, Any]
    """Of `core.sound_tags.query.describe_language`."""
    genres: Mapping[str, str]
    """Squeezed word -> folded genre, for every genre that is known."""
    spellings: Mapping[str, str]
    """Folded genre -> as it is written, where that differs."""
    sounds: Mapping[str, Floats64]
    """Word of the tag heads -> how much of it each track has among the tracks of the library, above 0 and below 1."""
    shares: Mapping[str, Floats64]
    """Folded genre of the library -> how sure each track is of it, 0 to 1."""
    orders: Mapping[str, str]
    """Of these, genre -> the word of `sounds` that its guesses are ordered by."""
    least_share: float
    """What a track is worth that has not the genre at all."""


@dataclass(frozen=True)
class MusicMap:
    """A library as a two-dimensional map, with everything that its pictures show."""

    tracks: tuple[Track, ...]
    positions: NDArray[np.float64]
    """Shape (n_tracks, 2), in units of their own."""
    neighbours: NDArray[np.int64]
    """Rows of the nearest tracks, best first, shape (n_tracks, k); negative where there is none."""
    similarities: Floats
    """How near these are, by the measure that orders them: `Match.scaled_similarity`."""
    colourings: dict[str, Colouring]
    """By "cluster" and "genre"; where the encoder hears more, also by "mood", "voice" and "energy"; where tempos were
    measured, by "tempo"."""
    how: Literal["kept", "placed", "laid out"]
    """"placed": new tracks were put among the others, which stayed."""
    new: int
    """Tracks that had no position before."""
    stored: bool = True
    """False where the catalogue could not be written: the next map may look different."""
    values: tuple[SoundValues, ...] = ()
    """The sound values of each track; () if the encoder knows genres only."""
    words: MapWords | None = None
