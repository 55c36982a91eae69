"""A search by words, and what an encoder hears in a track."""

from __future__ import annotations

from dataclasses import dataclass

from musicemb.records.tracks import Track


@dataclass(frozen=True)
class HeardSound:
    """A word of the tag heads, and how much of it a track has."""

    name: str
    kind: str
    """mood, instrument, voice, era, style or sound."""
    probability: float
    """As taggers say it; those of different words do not compare."""
    rank: float
    """Share of the training's tracks that have less of it, 0 to 1; those of different words compare."""


@dataclass(frozen=True)
class SearchTerm:
    """Words of a search that are understood."""

    words: str
    """As typed, in small letters."""
    name: str
    """What they mean: a word of the tag heads, or a genre."""
    kind: str
    """A kind of the tag heads' words, or "genre"."""
    tag: str = ""
    """Word of the tag heads; "" for a genre."""
    genre: str = ""
    """Folded; "" for what is none."""
    negated: bool = False
    """Whether it is excluded."""


@dataclass(frozen=True)
class FoundTrack:
    """A track that a search found."""

    track: Track
    score: float
    """What the list is ordered by, 0 to 1: the geometric mean of `values`."""
    values: tuple[float, ...]
    """Per word that was used, how well the track answers to it, 0 to 1."""
    versions: tuple[Track, ...] = ()
    """Copies and other versions that were folded into it."""


@dataclass(frozen=True)
class Search:
    """What a search by words gave."""

    used: tuple[SearchTerm, ...]
    unheard: tuple[SearchTerm, ...]
    """Words that are understood, but that nothing in this library can answer: the encoder has no head for them, or no
    track has the genre."""
    unknown: tuple[str, ...]
    """Words that mean nothing here."""
    without_heads: bool
    """Whether the library's encoder has no tag heads at all."""
    found: tuple[FoundTrack, ...]
    """Best first."""
