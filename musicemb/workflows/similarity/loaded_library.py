"""A library in memory: several threads may query it in parallel, and no query waits for a disk or a scan."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from musicemb.errors import TrackNotFound
from musicemb.records import NOISE, Cluster, Floats64, GenreAliases, Match, Track
from musicemb.workflows.similarity.artists import ArtistMatch, Artists
from musicemb.workflows.similarity.library_vectors import Space, open_space
from musicemb.workflows.similarity.playlist import path_between
from musicemb.workflows.similarity.ranking import Query, ResultFilters
from musicemb.workflows.similarity.similar import rank_all, refuse_both
from musicemb.workflows.similarity.track_index import TrackIndex

if TYPE_CHECKING:
    from musicemb.io.catalogue.catalogue import Catalogue


PATH_CANDIDATES = 300
"""Tracks that a path may lead through at least: what it costs rises with their square, and a client waits for it."""


@dataclass(frozen=True)
class LoadedLibrary:
    """The contents of a catalogue when it was read; it never changes, and nothing is read from a disk."""

    path: Path
    """The catalogue."""
    known: Mapping[int, Track]
    """All tracks by id, the gone ones included, in the order of their ids."""
    space: Space
    groups: tuple[Cluster, ...]
    aliases: GenreAliases
    identifiers: Mapping[int, tuple[str, str]] = field(default_factory=dict)
    """Track id -> MBID of the recording and ISRC, of the tracks whose tags have one."""
    _paths: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    def tracks(self) -> list[Track]:
        """All tracks that are not gone, in the order of their ids."""
        return self._present

    def track(self, track_id: int, /) -> Track:
        """One track by its id.

        Parameters
        ----------
        track_id : int

        Returns
        -------
        Track
            Perhaps a gone one.

        Raises
        ------
        TrackNotFound
        """
        if track_id not in self.known:
            raise TrackNotFound(f"the library has no track {track_id}")
        return self.known[track_id]

    def tracks_of(self, track_ids: Sequence[int], /) -> Mapping[int, Track]:
        """Some tracks by their ids, gone or not; the others too.

        Parameters
        ----------
        track_ids : sequence of int

        Returns
        -------
        mapping of int to Track
        """
        return self.known

    def has_vector(self, track: Track) -> bool:
        """Whether a track can be compared: it is not gone, and was embedded by the library's encoder.

        Parameters
        ----------
        track : Track

        Returns
        -------
        bool
        """
        return track.id in self._rows

    def similar(
        self,
        seeds: Track | Sequence[Track],
        *,
        n: int = 10,
        max_per_artist: int | None = None,
        same_artist: bool = True,
        same_album: bool = True,
        unlike: Sequence[Track] = (),
    ) -> list[Match]:
        """The tracks that sound most like one, or like several, as `find_similar` orders them.

        Parameters
        ----------
        seeds : Track or sequence of Track
        n : int
        max_per_artist : int, optional
        same_artist, same_album : bool
            False leaves out those of the seeds' own.
        unlike : sequence of Track
            What the matches shall not be like.

        Returns
        -------
        list of Match
            Best first.

        Raises
        ------
        TrackNotFound
            Where a seed is gone, or was never embedded.
        MusicembError
            Where a track is both what to be like and what to be unlike.
        """
        queries = [self._query(track) for track in ((seeds,) if isinstance(seeds, Track) else seeds)]
        against = [self._query(track) for track in unlike]
        refuse_both(queries, against)
        if n < 1 or not queries:
            return []
        filters = ResultFilters(max_per_artist, same_artist, same_album)
        return rank_all(self, self.space, queries, against, n=n, filters=filters)

    def between(self, start: Track, end: Track, *, n: int = 25) -> list[Track]:
        """A smooth way from one track to another; see `playlist_between`.

        Parameters
        ----------
        start, end : Track
        n : int
            Tracks in all, at least two.

        Returns
        -------
        list of Track
            From start to end.

        Raises
        ------
        MusicembError
            Where the two are one recording, or one has no vector.
        """
        few = max(PATH_CANDIDATES, 3 * n)
        space = replace(self.space, settings=replace(self.space.settings, path_candidates=few))
        with self._paths:  # a path is the only expensive query: one at a time leaves the processors to the others
            return path_between(space, self, start, end, n)

    def scaled_similarity(self, track: Track, others: Sequence[Track]) -> list[float]:
        """How near tracks are to one, 0 to 1: what `similar` orders by.

        Parameters
        ----------
        track : Track
        others : sequence of Track

        Returns
        -------
        list of float
            1 for the track itself.
        """
        close = self._all_similarities(track)
        return [1.0 if other.id == track.id else float(np.clip(close[self._row(other)], 0, 1)) for other in others]

    def farthest(self, track: Track) -> tuple[Track, float]:
        """The track that is least like one.

        Parameters
        ----------
        track : Track

        Returns
        -------
        track : Track
        scaled_similarity : float
            As `scaled_similarity` has it.
        """
        close = self._all_similarities(track)
        row = int(np.argmin(close))
        return self.known[int(self.space.ids[row])], float(np.clip(close[row], 0, 1))

    def steps(self, tracks: Sequence[Track]) -> list[float]:
        """How near each track is to the next of a list.

        Parameters
        ----------
        tracks : sequence of Track

        Returns
        -------
        list of float
            One fewer than tracks.
        """
        return [self.scaled_similarity(one, [two])[0] for one, two in pairwise(tracks)]

    def members(self, group: int) -> list[Track]:
        """The tracks of a group, those that belong to it most first.

        Parameters
        ----------
        group : int
            -1: those that belong to none.

        Returns
        -------
        list of Track

        Raises
        ------
        TrackNotFound
            Where there is no such group.
        """
        typical = next((one.typical for one in self.groups if one.id == group), None)
        if typical is None and group != NOISE:
            raise TrackNotFound(f"there is no group {group}")
        place = {id_: at for at, id_ in enumerate(typical or ())}
        found = [track for track in self._present if track.cluster == group]
        return sorted(found, key=lambda track: (place.get(track.id, len(place)), -track.strength, track.id))

    def similar_artists(self, artist: str, *, n: int = 10) -> list[ArtistMatch]:
        """The artists that sound most like one; see `artists.Artists.similar`.

        Parameters
        ----------
        artist : str
            A name, whatever its case and accents.
        n : int

        Returns
        -------
        list of ArtistMatch

        Raises
        ------
        TrackNotFound
            Where no track is by this artist.
        """
        with self._lock:
            artists = self._artists
        return artists.similar(artist, n=n)

    @cached_property
    def index(self) -> TrackIndex:
        """The tracks that are not gone, to be found by their names."""
        return TrackIndex(self._present)

    @cached_property
    def _present(self) -> list[Track]:
        return [track for track in self.known.values() if not track.gone]

    @cached_property
    def _rows(self) -> dict[int, int]:
        return {track_id: row for row, track_id in enumerate(self.space.ids.tolist())}

    @cached_property
    def _artists(self) -> Artists:
        return Artists.of(self.space, self.known)

    def _query(self, track: Track) -> Query:
        row = self._row(track)
        return Query(self.space.vectors[row], track.payload_hash, row, track, None)

    def _row(self, track: Track) -> int:
        row = self._rows.get(track.id)
        if row is None:
            what = "is gone: scan its folder again if it is back" if track.gone else "has no vector: scan again"
            raise TrackNotFound(f"{track.name} {what}")
        return row

    def _all_similarities(self, track: Track) -> Floats64:
        row = self._row(track)
        _, close = self.space.compare([self.space.vectors[row]], [row])
        found: Floats64 = close[0]
        return found


def load_library(catalogue: Catalogue) -> LoadedLibrary:
    """Read what queries need of a catalogue.

    Parameters
    ----------
    catalogue : Catalogue
        May be read-only.

    Returns
    -------
    LoadedLibrary

    Raises
    ------
    CatalogueError
        Where it holds no tracks.
    """
    space = open_space(catalogue)
    known = {track.id: track for track in catalogue.tracks(include_gone=True)}
    groups = tuple(catalogue.clusters(space.encoder_id))
    return LoadedLibrary(catalogue.path, known, space, groups, catalogue.aliases, catalogue.identifiers())
