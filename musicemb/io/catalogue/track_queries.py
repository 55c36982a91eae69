"""Queries on tracks in SQL: some tracks by id, sums over all, single columns.

None of them makes a `Track` of every row: of 100 000 that alone takes two seconds.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from musicemb.io.catalogue.columns import (
    pack_path,
    unpack_floats,
    unpack_genres,
    unpack_path,
    unpack_stem,
    unpack_tagged_genres,
    unpack_text,
)
from musicemb.io.catalogue.connection import Database
from musicemb.io.catalogue.tracks import select_tracks
from musicemb.records import Floats, Guess, Track, TrackTags

_AT_ONCE = 400
"""Ids in one statement."""
_HERE = "track NOT IN (SELECT id FROM track WHERE gone = 1)"
_ACTIVE = "(SELECT id FROM encoder WHERE active = 1)"


@dataclass(frozen=True)
class TrackTotals:
    """Sums over the tracks that are not gone."""

    tracks: int
    seconds: float
    mixes: int
    """Number of tracks longer than the requested length."""
    gone: int
    """Those that are gone, which count nowhere else."""


class TrackQueries(Database):
    """Queries of the table track, and of tables that are joined to it, without reading all rows."""

    def tracks_of(self, track_ids: Sequence[int]) -> dict[int, Track]:
        """Some tracks, gone or not.

        Parameters
        ----------
        track_ids : sequence of int

        Returns
        -------
        dict of track id to Track
            Ids that the catalogue does not know are left out.
        """
        found: dict[int, Track] = {}
        for start in range(0, len(track_ids), _AT_ONCE):
            ids = ", ".join(str(int(one)) for one in track_ids[start : start + _AT_ONCE])
            with self.reading() as connection:
                found.update({track.id: track for track in select_tracks(connection, f"WHERE t.id IN ({ids})")})
        return found

    def tracks_with_payload(self, payload_hash: str) -> list[Track]:
        """Tracks whose files hold the same audio, byte for byte; gone or not.

        Parameters
        ----------
        payload_hash : str

        Returns
        -------
        list of Track
        """
        with self.reading() as connection:
            return select_tracks(connection, "WHERE t.payload_hash = :value ORDER BY t.id", value=payload_hash)

    def tracks_in_cluster(self, cluster: int) -> list[Track]:
        """The tracks of a cluster of the active encoder that are not gone.

        Parameters
        ----------
        cluster : int
            Or NOISE.

        Returns
        -------
        list of Track
            Ordered by id.
        """
        # The plus sign keeps SQLite from walking the tracks one by one where it can begin with the memberships.
        where = "WHERE m.cluster = :value AND +t.gone = 0 ORDER BY t.id"
        with self.reading() as connection:
            return select_tracks(connection, where, value=int(cluster))

    def cluster_sizes(self, encoder_id: str) -> dict[int, int]:
        """How many tracks that are not gone are in each cluster.

        Parameters
        ----------
        encoder_id : str

        Returns
        -------
        dict of cluster id to int
            NOISE among them.
        """
        statement = f"SELECT cluster, count(*) FROM membership WHERE encoder = ? AND {_HERE} GROUP BY cluster"
        with self.reading() as connection:
            return dict(connection.execute(statement, (encoder_id,)).fetchall())

    def any_described(self, track_ids: Sequence[int]) -> bool:
        """Whether how they sound is stored of any of some tracks.

        Parameters
        ----------
        track_ids : sequence of int

        Returns
        -------
        bool
        """
        with self.reading() as connection:
            for start in range(0, len(track_ids), _AT_ONCE):
                ids = ", ".join(str(int(one)) for one in track_ids[start : start + _AT_ONCE])
                if connection.execute(f"SELECT 1 FROM sound WHERE track IN ({ids}) LIMIT 1").fetchone():
                    return True
        return False

    def totals(self, longest: float) -> TrackTotals:
        """Sums over all tracks that are not gone.

        Parameters
        ----------
        longest : float
            Seconds above which a track counts as a mix.

        Returns
        -------
        TrackTotals
        """
        with self.reading() as connection:
            durations = [seconds for (seconds,) in connection.execute("SELECT duration FROM track WHERE gone = 0")]
            (gone,) = connection.execute("SELECT count(*) FROM track WHERE gone = 1").fetchone()
            mixes = sum(seconds > longest for seconds in durations)
            return TrackTotals(len(durations), sum(durations), mixes, int(gone))

    def embedded(self, most: int) -> int:
        """How many tracks have a vector of the active encoder, gone ones counted.

        Parameters
        ----------
        most : int
            Nobody counts further than this.

        Returns
        -------
        int
        """
        statement = f"SELECT count(*) FROM (SELECT 1 FROM embedding WHERE encoder = {_ACTIVE} LIMIT ?)"
        with self.reading() as connection:
            return int(connection.execute(statement, (most,)).fetchone()[0])

    def embedded_ids(self, encoder_id: str, *, after: int = 0) -> list[int]:
        """Tracks that `vectors` gives.

        Parameters
        ----------
        encoder_id : str
        after : int
            Of tracks with higher numbers than this only.

        Returns
        -------
        list of int
            Ascending.
        """
        statement = f"SELECT track FROM embedding WHERE encoder = ? AND track > ? AND {_HERE} ORDER BY track"
        with self.reading() as connection:
            return [row for (row,) in connection.execute(statement, (encoder_id, after))]

    def vectors_of(self, track_ids: Sequence[int], encoder_id: str) -> dict[int, Floats]:
        """Vectors of some tracks.

        Parameters
        ----------
        track_ids : sequence of int
        encoder_id : str

        Returns
        -------
        dict of track id to ndarray
            Tracks without one are left out.
        """
        found: dict[int, Floats] = {}
        with self.reading() as connection:
            for start in range(0, len(track_ids), _AT_ONCE):
                ids = ", ".join(str(int(one)) for one in track_ids[start : start + _AT_ONCE])
                statement = f"SELECT track, vector FROM embedding WHERE encoder = ? AND track IN ({ids})"
                rows = connection.execute(statement, (encoder_id,))
                found.update({row: unpack_floats(vector) for row, vector in rows})
        return found

    def retagged(self) -> list[int]:
        """Tracks that the last index knows, of which the genres that we wrote have changed since it was noted.

        Returns
        -------
        list of int
            Ids, ascending.
        """
        with self.reading() as connection:
            return [track for (track,) in connection.execute("SELECT track FROM retagged ORDER BY track")]

    def genre_words(self, *, after: int = 0, also: Sequence[int] = ()) -> Iterator[tuple[int, TrackTags, Guess | None]]:
        """The genres of each track that is not gone: in its tags, and guessed.

        Parameters
        ----------
        after : int
            Of tracks with higher numbers than this only.
        also : sequence of int
            Ids of others, which come last.

        Yields
        ------
        track_id : int
        tags : TrackTags
            Genres only; one object for all tracks that have the same.
        guess : Guess or None
            Genres only, likewise.
        """
        statement = f"""
            SELECT t.id, t.genres, t.our_genres, i.genres, g.genre FROM track t
            LEFT JOIN imported_genre i ON i.payload_hash = t.payload_hash
            LEFT JOIN guess g ON g.track = t.id AND g.encoder = {_ACTIVE} WHERE t.gone = 0
        """
        asked = [f"{statement} AND t.id > {int(after)} ORDER BY t.id"]
        for start in range(0, len(also), _AT_ONCE):
            ids = ", ".join(str(int(one)) for one in also[start : start + _AT_ONCE])
            asked.append(f"{statement} AND t.id IN ({ids})")
        made: dict[tuple[Any, ...], TrackTags] = {}
        guessed: dict[object, Guess | None] = {None: None}
        with self.reading() as connection:
            for row, *words, guess in chain.from_iterable(map(connection.execute, asked)):
                tags = made.get(key := tuple(words))
                if tags is None:
                    tags = made[key] = unpack_tagged_genres(*words)
                if guess not in guessed:
                    guessed[guess] = Guess(unpack_genres(guess), 0.0, "neighbours")
                yield row, tags, guessed[guess]

    def genre_counts(self) -> Iterator[tuple[TrackTags, bool, int]]:
        """How many tracks that are not gone have the same genres in their tags, with and without a guess.

        Yields
        ------
        tags : TrackTags
            Genres only.
        guessed : bool
        tracks : int
        """
        statement = f"""
            SELECT t.genres, t.our_genres, i.genres, g.track IS NOT NULL, count(*) FROM track t
            LEFT JOIN imported_genre i ON i.payload_hash = t.payload_hash
            LEFT JOIN guess g ON g.track = t.id AND g.encoder = {_ACTIVE} WHERE t.gone = 0 GROUP BY 1, 2, 3, 4
        """
        with self.reading() as connection:
            for *words, guessed, tracks in connection.execute(statement):
                yield unpack_tagged_genres(*words), bool(guessed), tracks

    def texts(self, *, after: int = 0) -> Iterator[tuple[int, str, str, str, str]]:
        """The searchable texts of the tracks that are not gone.

        Parameters
        ----------
        after : int
            Of tracks with higher numbers than this only.

        Yields
        ------
        track_id : int
            Ascending.
        artist, title, album, name : str
            The file's name without its suffix.
        """
        statement = "SELECT id, artist, title, album, path FROM track WHERE gone = 0 AND id > ? ORDER BY id"
        with self.reading() as connection:
            for row, artist, title, album, path in connection.execute(statement, (after,)):
                yield row, unpack_text(artist), unpack_text(title), unpack_text(album), unpack_stem(path)

    def tracks_below(self, folders: Iterable[Path]) -> set[int]:
        """Tracks that are not gone and lie in one of some folders, or in a folder of theirs.

        Parameters
        ----------
        folders : iterable of Path
            Absolute.

        Returns
        -------
        set of int
            Track ids.
        """
        tops = set(folders)
        with self.reading() as connection:
            if os.sep != "/":  # where the case of a path does not matter, or two signs part it
                rows = connection.execute("SELECT id, path FROM track WHERE gone = 0")
                return {row for row, path in rows if tops & set(unpack_path(path).parents)}
            found = set()
            for top in tops:
                start = pack_path(top).rstrip(b"/") + b"/"
                end = start[:-1] + b"0"  # the sign after "/"
                statement = "SELECT id FROM track WHERE path >= ? AND path < ? AND +gone = 0"
                found |= {row for (row,) in connection.execute(statement, (start, end))}
            return found
