"""Tracks of the library, and the results of similarity searches and searches by words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from musicemb.records.audio import TrackValues
from musicemb.settings import LONGEST_TRACK


@dataclass(frozen=True)
class TrackTags:
    """The contents of a file's tags, reduced to what the program uses. Missing text is ""."""

    artist: str = ""
    title: str = ""
    album: str = ""
    genres: tuple[str, ...] = ()
    """Genre words as written in the file, one per value."""
    our_genres: tuple[str, ...] = ()
    """The words that we wrote at the last tagging (MUSICEMB_GENRE)."""
    our_confidence: float | None = None
    our_encoder: str = ""
    imported: tuple[str, ...] = ()
    """Genres that the listener imported (`musicemb import`); they are in no file, but in the catalogue."""
    mbid: str = field(default="", compare=False)
    """Of the recording, at MusicBrainz. As read from a file: the catalogue keeps it and ISRC apart from its tracks."""
    isrc: str = field(default="", compare=False)

    @property
    def listener_genres(self) -> tuple[str, ...]:
        """Genres that are the listener's own: those that they imported, else those in the file that we did not
        write."""
        return self.imported or tuple(word for word in self.genres if word not in self.our_genres)


@dataclass(frozen=True)
class Guess:
    """A genre, or several, with a confidence."""

    genres: tuple[str, ...]
    """The likeliest first; as the listener writes them. A single text is taken apart at "; ", as the catalogue writes
    several."""
    confidence: float
    """Chance that it is what the listener would say (of several: that one of them is), 0 to 1."""
    predictor: Literal["neighbours", "genre head", "cluster"]
    """The predictor that contributes most to it."""

    def __post_init__(self) -> None:
        # A text is a sequence too: its letters would become genres without a word.
        if isinstance(self.genres, str):
            object.__setattr__(self, "genres", tuple(self.genres.split("; ")))


@dataclass(frozen=True)
class GenreOdds:
    """The genre probabilities of a track, from which the guess is chosen."""

    worth: Mapping[str, float]
    """Folded genre -> its probability, all that belongs to it counted; the likeliest, families among them."""
    threshold: float
    """Confidence that a guess takes, where the listener did not set one."""
    predictor: Literal["neighbours", "genre head", "cluster"]
    """The predictor that contributes most to the likeliest."""


@dataclass(frozen=True)
class Track:
    """A track as the catalogue knows it."""

    id: int
    path: Path
    tags: TrackTags
    duration: float
    payload_hash: str
    gone: bool = False
    cluster: int | None = None
    """Cluster id, NOISE, or None where the track was not clustered yet."""
    strength: float = 0.0
    """HDBSCAN membership strength, 0 to 1; of noise, how near it comes to `nearest`."""
    guess: Guess | None = None
    nearest: int | None = None
    """The cluster that it is nearest to: of noise, the one that it almost belongs to. None where there is none."""
    values: TrackValues | None = None
    """Tempo, key and loudness; None where they were not measured (`musicemb scan --reembed` does it)."""

    @property
    def name(self) -> str:
        """ "Artist - Title", or the file's name where the tag is silent."""
        parts = [text for text in (self.tags.artist, self.tags.title) if text]
        return " - ".join(parts) if self.tags.title else self.path.stem

    @property
    def is_mix(self) -> bool:
        """Whether it plays so long that it is no single piece: then it is in no cluster and has no vote, unless asked
        for (`ClusterSettings.with_mixes`)."""
        return self.duration > LONGEST_TRACK


@dataclass(frozen=True)
class KnownFile:
    """What the catalogue remembers of a file, for the comparison at the start of a scan."""

    id: int
    path: Path
    size: int
    mtime_ns: int
    payload_hash: str
    gone: bool
    embedded: bool
    """True if a vector of the requested encoder is stored."""


@dataclass(frozen=True)
class Match:
    """A track and its similarity to the seed."""

    track: Track
    similarity: float
    """Cosine, -1 to 1."""
    scaled_similarity: float = 0.0
    """What matches are ordered by, 0 to 1: 0.5 is as near as the near neighbours of the two usually are
    (see `core.vectors.hubness`). In a library too small for "usual" it equals the cosine; with tracks that
    a match shall be unlike it may be negative."""
    versions: tuple[Track, ...] = ()
    """Copies and other versions of it that were folded into this row."""
    spans: tuple[MatchingSpan, ...] | None = None
    """Parts that resemble the seed, best first; None if not requested or no segments are stored."""


@dataclass(frozen=True)
class MatchingSpan:
    """A part of one track that is similar to a part of another."""

    here: tuple[float, float]
    """Start and end in the seed, seconds."""
    there: tuple[float, float]
    """In the match."""
    similarity: float
    """Mean cosine of the segments along it."""


@dataclass(frozen=True)
class CollectionMatch:
    """An artist, or an album, and its similarity to the seeds."""

    artist: str
    """Of an album that of its track `nearest`."""
    album: str
    """ "" for an artist."""
    tracks: int
    """How many the library holds of it."""
    scaled_similarity: float
    """Mean `Match.scaled_similarity` of its tracks, of an artist's of those that come nearest."""
    nearest: Track


@dataclass(frozen=True)
class Pair:
    """Two tracks that are near each other."""

    first: Track
    second: Track
    similarity: float


@dataclass(frozen=True)
class SearchTerm:
    """A term of a search, and its meaning."""

    words: str
    """As typed, in small letters."""
    name: str
    """What they mean: a word of the tag heads, or a genre."""
    kind: str
    """A kind of the tag heads' words, or "genre"."""
    tag: str = ""
    """Word of the tag heads; "" for what they do not tell."""
    genre: str = ""
    """Folded; "" for what is none."""
    negated: bool = False
    """Whether it is excluded."""

    @property
    def said(self) -> str:
        """The meaning, with "no" before what is excluded."""
        return f"no {self.name}" if self.negated else self.name


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
    """The result of a search by words."""

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


@dataclass(frozen=True)
class Copy:
    """One file of a group of duplicates."""

    track: Track
    format: str
    """As its suffix says: "FLAC"."""
    size: int
    """Bytes."""
    similarity: float
    """Share of segments in step with the first of the group, 0 to 1; 1 where the audio is the same, byte for byte."""
    offset: float
    """Seconds by which its music begins later than that of the first of the group."""

    @property
    def bitrate(self) -> int:
        """kbit/s on average, pictures in the tag counted."""
        return round(self.size * 8 / self.track.duration / 1000) if self.track.duration > 0 else 0


@dataclass(frozen=True)
class DuplicateGroup:
    """Files that hold one recording."""

    kind: Literal["same audio", "same recording"]
    """Same audio: but for their tags the files are equal, byte for byte."""
    copies: tuple[Copy, ...]
    """The one to keep first: lossless before lossy, then by bit rate."""
    differs: tuple[str, ...]
    """What is not the same in all: "artist", "title", "album", "genres", "duration", "format", "bitrate"."""


@dataclass(frozen=True)
class Duplicates:
    """The duplicates of a library."""

    groups: tuple[DuplicateGroup, ...]
    """Those with the most to save first."""
    versions: int
    """Pairs that go along together, but whose titles name different versions."""
    unheard: int
    """Tracks without stored segments, of which only equal audio is found."""


@dataclass(frozen=True)
class WordChoice:
    """The part of a library that matches words best."""

    used: tuple[SearchTerm, ...]
    unheard: tuple[SearchTerm, ...]
    """As in `Search`."""
    unknown: tuple[str, ...]
    without_heads: bool
    scores: Mapping[int, float]
    """Id of each track that is chosen -> how well it answers, 0 to 1."""
