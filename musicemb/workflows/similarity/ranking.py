"""From scores to a list that a person wants to see: copies and versions folded, busy artists held back."""

from __future__ import annotations

import os
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from musicemb.core.genres.names import fold_genre, genres_of
from musicemb.core.similarity.versions import song_of
from musicemb.core.values.limits import ValueLimits
from musicemb.errors import TrackNotFound
from musicemb.records import EmbeddedTrack, Floats, Floats64, GenreAliases, Integers, Match, Track
from musicemb.settings import SimilarSettings
from musicemb.workflows.similarity.library_vectors import Space

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SINGLY = 300
"""Tracks looked up one by one, before all are read at once."""


_FIRST_RANKED = 1024
"""Tracks that are put in order at once: whoever asks for ten does not wait for the order of all."""


class TrackSource(Protocol):
    """Where tracks are looked up: a catalogue, or a library in memory."""

    @property
    def aliases(self) -> GenreAliases:
        """The listener's own words for genres."""
        ...

    def tracks(self) -> list[Track]:
        """All tracks that are not gone."""
        ...

    def track(self, track_id: int, /) -> Track:
        """One track by its id.

        Parameters
        ----------
        track_id : int

        Returns
        -------
        Track
        """
        ...


@dataclass(frozen=True)
class ResultFilters:
    """What a listener does not want to see."""

    max_per_artist: int | None = None
    same_artist: bool = True
    """False leaves out the seeds' own artists."""
    same_album: bool = True
    """False leaves out the seeds' own albums."""
    all_versions: bool = False
    """True gives copies and other versions rows of their own (copies of a seed stay out)."""
    within: str = ""
    """A genre, or a folder: only its tracks; "" is the whole library."""
    among: Collection[int] | None = None
    """Ids of the only tracks that are wanted, such as `WordChoice.scores`; None is the whole library."""
    limits: ValueLimits = field(default_factory=ValueLimits)
    """Tempos and keys: only tracks that have them."""
    harmonic: bool = False
    """In a playlist: let each track follow one whose key and tempo it goes with, where possible."""

    def allow(self, track: Track) -> bool:
        """Whether a track is among those that are wanted, and within the limits.

        Parameters
        ----------
        track : Track

        Returns
        -------
        bool
        """
        return (self.among is None or track.id in self.among) and self.limits.hold(track.values)


@dataclass(frozen=True)
class Query:
    """A seed with its vector."""

    vector: Floats
    payload_hash: str
    row: int | None
    """In the space, or None where it is not of the library."""
    track: Track | None
    """The track, or a copy of it, in the library."""
    embedded: EmbeddedTrack | None
    """What listening to a file outside the library gave."""

    @property
    def described(self) -> Track:
        """It as a track, in the library or not."""
        if self.track is not None:
            return self.track
        assert self.embedded is not None  # what is not known was listened to
        found = self.embedded
        return Track(-1, found.file.path, found.tags, found.duration, found.payload_hash)


def shortlist(
    source: TrackSource,
    space: Space,
    seeds: Sequence[Query],
    cosines: Floats64,
    score: Floats64,
    *,
    n: int,
    filters: ResultFilters,
) -> list[Match]:
    """Walk the tracks, best first, and pass over what nobody wants to see.

    Parameters
    ----------
    source : Catalogue or TrackSource
    space : Space
    seeds : sequence of Query
        Never in the list, nor their copies.
    cosines, score : ndarray [shape=(n_tracks,)], float64
        Of every track; the higher score comes first, of equal ones the higher cosine.
    n : int
    filters : ResultFilters

    Returns
    -------
    list of Match

    Raises
    ------
    TrackNotFound
        Where no track is within what was asked for.
    """
    inside = _within(source, filters.within) if filters.within else None
    look_up = _look_up(source)
    settings = space.settings
    described = [(seed.described, seed.vector) for seed in seeds]
    # That the library has the recording of a file from elsewhere is worth knowing: only known seeds fold.
    known = [(seed.track, seed.vector) for seed in seeds if seed.track is not None]
    payloads = {seed.payload_hash for seed in seeds}
    artists = {fold_text(seed.tags.artist) for seed, _ in described} - {""}
    albums = {_album(seed) for seed, _ in described} - {None}
    rows: list[tuple[Match, Floats]] = []
    names = Counter[str]()
    for place in _best_first(space.ids, cosines, np.round(score, 6)):
        identity = int(space.ids[place])
        if (inside is not None and identity not in inside) or (
            filters.among is not None and identity not in filters.among
        ):
            continue
        track = look_up(identity)
        if track.payload_hash in payloads or not filters.limits.hold(track.values):
            continue
        vector, artist = space.vectors[place], fold_text(track.tags.artist)
        if not filters.same_artist and artist in artists:
            continue
        if not filters.same_album and _album(track) in albums:
            continue
        if not filters.all_versions:
            if any(_is_version(track, vector, *seed, settings) for seed in known):
                continue
            first = next(
                (
                    at
                    for at, (match, other) in enumerate(rows)
                    if _is_version(track, vector, match.track, other, settings)
                ),
                None,
            )
            if first is not None:
                match, other = rows[first]
                rows[first] = (replace(match, versions=(*match.versions, track)), other)
                continue
        if len(rows) == n:
            break
        if artist and names[artist] == filters.max_per_artist:
            continue
        names[artist] += 1
        rows.append((Match(track, float(cosines[place]), float(score[place])), vector))
    return [match for match, _ in rows]


def _best_first(ids: Integers, cosines: Floats64, score: Floats64) -> Iterator[int]:
    """Rows by score, then cosine, then id; the first of them before the others are put in order."""

    def ordered(rows: NDArray[np.int64]) -> list[int]:
        found: list[int] = rows[np.lexsort((ids[rows], -cosines[rows], -score[rows]))].tolist()
        return found

    if len(ids) <= 2 * _FIRST_RANKED:
        yield from ordered(np.arange(len(ids)))
        return
    least = np.partition(score, len(score) - _FIRST_RANKED)[len(score) - _FIRST_RANKED]
    first = score >= least
    yield from ordered(np.flatnonzero(first))
    yield from ordered(np.flatnonzero(~first))


@lru_cache(maxsize=4096)  # artists and albums come many times over
def fold_text(text: str) -> str:
    """Lower case, without accents and punctuation, words one space apart.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
    """
    plain = text if text.isascii() else unicodedata.normalize("NFKD", text)
    kept = (letter for letter in plain.casefold() if not unicodedata.combining(letter))
    words = "".join(letter if letter.isalnum() else " " for letter in kept).split()
    return " ".join(words) if words else " ".join(text.split())  # a band may be called "!!!"


def _is_version(one: Track, vector: Floats, two: Track, other: Floats, settings: SimilarSettings) -> bool:
    """Whether two tracks are copies or versions of one song."""
    if one.payload_hash == two.payload_hash:
        return True
    song, other_song = song_of(one.tags.title), song_of(two.tags.title)
    artist, other_artist = fold_text(one.tags.artist), fold_text(two.tags.artist)
    if song and other_song:
        if song != other_song:
            return False
        if artist and artist == other_artist:
            return True
    alike = abs(one.duration - two.duration) <= settings.same_duration
    return (
        alike
        and (not artist or not other_artist or artist == other_artist)
        and (
            float(vector @ other) / max(float(np.linalg.norm(vector) * np.linalg.norm(other)), 1e-12)
            >= settings.same_recording
        )
    )


def _album(track: Track) -> tuple[str, str] | None:
    """What tells an album from another of its name: the artist, or for compilations the folder."""
    title = fold_text(track.tags.album)
    return (title, str(track.path.parent)) if title else None


def _within(source: TrackSource, text: str) -> set[int]:
    """Ids of the tracks in a folder, or of a genre."""
    path = Path(os.path.expanduser(text))  # noqa: PTH111 - what it cannot expand it leaves
    try:
        folder = path.is_dir() or os.sep in text.rstrip("/")
    except (OSError, ValueError):
        folder = False
    tracks = source.tracks()
    if folder:
        tops = {Path(os.path.abspath(path)), Path(os.path.realpath(path))}  # noqa: PTH100 - keeps links
        found = {track.id for track in tracks if tops & set(track.path.parents)}
        if not found:
            raise TrackNotFound(f"the library holds no track in the folder {text}")
        return found
    wanted = set(fold_genre(text, source.aliases))
    genres = {track.id: genres_of(track, source.aliases) for track in tracks}
    found = {track for track, words in genres.items() if wanted & set(words)}
    if not found:
        known = Counter(word for words in genres.values() for word in words)
        offered = ", ".join(word for word, _ in known.most_common(8)) or "none"
        raise TrackNotFound(
            f"no track has the genre {text!r}, and there is no such folder; genres in the library: {offered}"
        )
    return found


def _look_up(source: TrackSource) -> Callable[[int], Track]:
    """Tracks by id: a few one by one, many at once."""
    known: dict[int, Track] = {}
    asked = 0

    def look(identity: int) -> Track:
        nonlocal asked
        asked += 1
        if asked == _SINGLY:
            known.update({track.id: track for track in source.tracks()})
        if identity not in known:
            known[identity] = source.track(identity)
        return known[identity]

    return look
