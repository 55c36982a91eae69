"""Turns scores into a list of results: copies and versions are folded, and tracks per artist limited."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING, Protocol

import numpy as np

from musicemb.core.similarity.folding import fold_text
from musicemb.core.similarity.versions import song_of
from musicemb.core.values.limits import ValueLimits
from musicemb.records import Floats, Floats64, GenreAliases, Integers, Match, Track
from musicemb.settings import SimilarSettings
from musicemb.workflows.index.within import tracks_within
from musicemb.workflows.similarity.library_vectors import Space

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from musicemb.records import EmbeddedTrack

_LOOKED_UP = 32
"""Tracks looked up together at first; then twice as many each time."""
_AT_ONCE = 1600
"""Tracks per query for recording and artist only."""
_FIRST_RANKED = 1024
"""Tracks that are sorted per step: a query for ten does not wait until all are sorted."""


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

    def tracks_of(self, track_ids: Sequence[int], /) -> Mapping[int, Track]:
        """Some tracks by their ids.

        Parameters
        ----------
        track_ids : sequence of int

        Returns
        -------
        mapping of int to Track
            Perhaps with others among them.
        """
        ...


@dataclass(frozen=True)
class ResultFilters:
    """Filters that the listener has set for the results."""

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
    """Walk the tracks, best first, and skip those that the filters exclude.

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
    inside = tracks_within(source, filters.within) if filters.within else None
    settings = space.settings
    described = [(seed.described, seed.vector) for seed in seeds]
    # That the library has the recording of a file from elsewhere is worth knowing: only known seeds fold.
    known = [(seed.track, seed.vector) for seed in seeds if seed.track is not None]
    payloads = {seed.payload_hash for seed in seeds}
    artists = {fold_text(seed.tags.artist) for seed, _ in described} - {""}
    albums = {_album(seed) for seed, _ in described} - {None}
    rows: list[tuple[Match, Floats]] = []
    names = Counter[str]()
    places = _best_first(space.ids, cosines, np.round(score, 6))
    for only in (inside, filters.among):
        if only is not None:
            chosen = np.isin(space.ids, np.fromiter(only, dtype=np.int64, count=len(only)))
            places = filter(chosen.__getitem__, places)
    for place, track in look_up(source, space.ids, places):
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
    """The key of an album: its name with the artist, or for compilations the folder."""
    title = fold_text(track.tags.album)
    return (title, str(track.path.parent)) if title else None


def look_up(source: TrackSource, ids: Integers, places: Iterable[int]) -> Iterator[tuple[int, Track]]:
    """Rows with their tracks, in the order of the rows; more of them at once as more are asked for.

    Parameters
    ----------
    source : TrackSource
    ids : ndarray [shape=(n,)], int64
        Of the tracks, by row.
    places : iterable of int
        Rows.

    Yields
    ------
    row : int
    track : Track
    """
    waiting, count = iter(places), _LOOKED_UP
    while rows := list(islice(waiting, count)):
        tracks = source.tracks_of([int(ids[row]) for row in rows])
        for row in rows:
            identity = int(ids[row])
            yield row, tracks.get(identity) or source.track(identity)
        count *= 2


def look_up_recordings(
    source: TrackSource, ids: Integers, places: Iterable[int], filters: ResultFilters | None = None
) -> Iterator[tuple[int, str, str]]:
    """Rows that a listener wants to see, with payload hash and artist, in the order of the rows.

    A catalogue makes no whole tracks where any will do: of a thousand and more that takes longer than a question.

    Parameters
    ----------
    source : TrackSource
    ids : ndarray [shape=(n,)], int64
        Of the tracks, by row.
    places : iterable of int
        Rows.
    filters : ResultFilters, optional
        Of them what `allow` looks at.

    Yields
    ------
    row : int
    payload_hash, artist : str
    """
    filters = filters or ResultFilters()
    if hasattr(source, "recordings_of") and filters.among is None and filters.limits == ValueLimits():
        waiting = iter(places)
        while rows := list(islice(waiting, _AT_ONCE)):
            known = source.recordings_of(ids[rows].tolist())
            yield from ((row, *known[one]) for row, one in zip(rows, ids[rows].tolist(), strict=True))
    else:
        for row, track in look_up(source, ids, places):
            if filters.allow(track):
                yield row, track.payload_hash, track.tags.artist
