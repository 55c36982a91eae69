"""The listener's input: preferences, decisions on guesses, group names, and imported genres."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from musicemb.io.catalogue.columns import (
    pack_json,
    pack_text,
    unpack_json,
    unpack_tagged_genres,
    unpack_text,
    unpack_words,
)
from musicemb.io.catalogue.connection import Database
from musicemb.settings.configuration import NO_CONFIGURATION, Configuration

if TYPE_CHECKING:
    from musicemb.records import Decision

_MIXES = "with mixes"


class PreferenceTable(Database):
    """The table preference: it stays until the listener says otherwise."""

    configuration: Configuration = NO_CONFIGURATION
    """What holds where nothing is remembered."""

    @property
    def with_mixes(self) -> bool:
        """Whether the listener wants mixes (`Track.is_mix`) to be grouped and to vote; False unless they said so."""
        return bool(self.configuration.value("mixes", remembered=self.remembered_mixes))

    @property
    def remembered_mixes(self) -> bool | None:
        """The listener's choice on mixes at a scan; None if there was none."""
        said = self.preference(_MIXES)
        return None if not said else said == "yes"

    def want_mixes(self, wanted: bool) -> None:
        """Store whether mixes are grouped and vote.

        Parameters
        ----------
        wanted : bool
        """
        self.prefer(_MIXES, "yes" if wanted else "no")

    def preference(self, name: str) -> str:
        """The listener's preference of this name.

        Parameters
        ----------
        name : str

        Returns
        -------
        str
            "" where they said nothing.
        """
        with self.reading() as connection:
            found = connection.execute("SELECT value FROM preference WHERE name = ?", (name,)).fetchone()
            return "" if found is None else unpack_text(found[0])

    def prefer(self, name: str, value: str) -> None:
        """Store what the listener says of a matter.

        Parameters
        ----------
        name : str
        value : str
            "" takes it back.
        """
        with self.transaction() as connection:
            connection.execute("DELETE FROM preference WHERE name = ?", (name,))
            if value:
                connection.execute("INSERT INTO preference VALUES (?, ?)", (name, pack_text(value)))


class TrackEvidence(NamedTuple):
    """The data of a track that guesses use."""

    id: int
    payload_hash: str
    artist: str
    album: str
    duration: float
    genres: tuple[str, ...]
    """The listener's own."""
    cluster: int | None


class GivenNameTables(Database):
    """The tables given_name and kept_name: names that the listener gave to groups."""

    def give_name(self, encoder_id: str, cluster: int, name: str) -> None:
        """Store the name that the listener gives a cluster.

        Parameters
        ----------
        encoder_id : str
            Known to the catalogue.
        cluster : int
        name : str
            "" takes it back.
        """
        key = (encoder_id, int(cluster))
        with self.transaction() as connection:
            connection.execute("DELETE FROM given_name WHERE encoder = ? AND cluster = ?", key)
            if name:
                connection.execute("INSERT INTO given_name VALUES (?, ?, ?)", (*key, pack_text(name)))

    def given_names(self, encoder_id: str) -> dict[int, str]:
        """Names that the listener gave, also to clusters that are not there any more.

        Parameters
        ----------
        encoder_id : str

        Returns
        -------
        dict of cluster id to str
        """
        with self.reading() as connection:
            return select_given_names(connection, encoder_id)

    def keep_name(self, name: str, tracks: Collection[int]) -> None:
        """Remember a name that the listener gave to a group that is not there just now.

        Parameters
        ----------
        name : str
        tracks : collection of track ids
            That were in the group; none: the name has found its place.
        """
        with self.transaction() as connection:
            connection.execute("DELETE FROM kept_name WHERE name = ?", (pack_text(name),))
            if tracks:
                row = pack_text(name), pack_json(sorted(int(track) for track in tracks))
                connection.execute("INSERT INTO kept_name VALUES (?, ?)", row)

    def kept_names(self) -> dict[str, list[int]]:
        """Names that wait for their group.

        Returns
        -------
        dict of name to list of track ids
        """
        with self.reading() as connection:
            rows = connection.execute("SELECT name, tracks FROM kept_name ORDER BY name").fetchall()
        return {unpack_text(name): unpack_json(tracks) for name, tracks in rows}


def select_given_names(connection: sqlite3.Connection, encoder_id: str) -> dict[int, str]:
    """Names that the listener gave to an encoder's clusters, as `GivenNameTables.given_names` says.

    Parameters
    ----------
    connection : sqlite3.Connection
    encoder_id : str

    Returns
    -------
    dict of cluster id to str
    """
    rows = connection.execute("SELECT cluster, name FROM given_name WHERE encoder = ?", (encoder_id,))
    return {cluster: unpack_text(name) for cluster, name in rows}


class ImportedGenreTable(Database):
    """The table imported_genre: by the audio's hash, so that copies of a recording share a row."""

    def imported_genres(self) -> dict[str, tuple[str, ...]]:
        """All genres that were imported, those of forgotten tracks included.

        Returns
        -------
        dict of payload hash to tuple of str
        """
        with self.reading() as connection:
            rows = connection.execute("SELECT payload_hash, genres FROM imported_genre ORDER BY payload_hash")
            return {unpack_text(payload): unpack_words(genres) for payload, genres in rows}

    def put_imported_genres(self, genres: Mapping[str, Sequence[str]]) -> None:
        """Store what genres recordings have; the others keep theirs.

        Parameters
        ----------
        genres : mapping of payload hash to sequence of str
            None at all takes back what was imported for a recording.
        """
        with self.transaction() as connection:
            connection.executemany("DELETE FROM imported_genre WHERE payload_hash = ?", [(one,) for one in genres])
            rows = [(payload, pack_json(list(words))) for payload, words in genres.items() if words]
            connection.executemany("INSERT INTO imported_genre VALUES (?, ?)", rows)

    def known_copies(self, reach: int) -> dict[int, int]:
        """Tracks of higher numbers than one, of whose audio there is a track of a lower number.

        Parameters
        ----------
        reach : int

        Returns
        -------
        dict of track id to track id
            The lowest that has this audio; none of both is gone.
        """
        statement = """
            SELECT n.id, min(o.id) FROM track n JOIN track o ON o.payload_hash = n.payload_hash AND o.id <= :reach
            WHERE n.id > :reach AND n.gone = 0 AND o.gone = 0 AND n.payload_hash <> '' GROUP BY n.id
        """
        with self.reading() as connection:
            return dict(connection.execute(statement, {"reach": reach}).fetchall())

    def voices(self, encoder_id: str, *, after: int = 0) -> Iterator[TrackEvidence]:
        """The data that guesses use, of the tracks that are not gone.

        Parameters
        ----------
        encoder_id : str
            Whose clusters.
        after : int
            Of tracks with higher numbers than this only.

        Yields
        ------
        TrackEvidence
        """
        statement = """
            SELECT t.id, t.payload_hash, t.artist, t.album, t.duration, m.cluster, t.genres, t.our_genres, i.genres
            FROM track t LEFT JOIN imported_genre i ON i.payload_hash = t.payload_hash
            LEFT JOIN membership m ON m.track = t.id AND m.encoder = ? WHERE t.gone = 0 AND t.id > ? ORDER BY t.id
        """
        said: dict[tuple[Any, ...], tuple[str, ...]] = {}
        with self.reading() as connection:
            for row, digest, artist, album, seconds, cluster, *words in connection.execute(
                statement, (encoder_id, after)
            ):
                if (key := tuple(words)) not in said:
                    said[key] = unpack_tagged_genres(*words).listener_genres
                yield TrackEvidence(row, digest, unpack_text(artist), unpack_text(album), seconds, said[key], cluster)


class DecisionTable(Database):
    """The table decision."""

    def decide(self, decisions: Mapping[int, Decision]) -> None:
        """Store what the listener decided, in place of what they decided of the same tracks before.

        Parameters
        ----------
        decisions : mapping of track id to Decision
        """
        rows = [
            (
                int(track),
                one.payload_hash,
                pack_json(list(one.before)),
                pack_json(list(one.guessed)),
                one.verdict,
                pack_json(list(one.genres)),
            )
            for track, one in decisions.items()
        ]
        with self.transaction() as connection:
            connection.executemany("INSERT OR REPLACE INTO decision VALUES (?, ?, ?, ?, ?, ?)", rows)

    def decisions(self) -> dict[int, Decision]:
        """The listener's decisions that were not written yet.

        Returns
        -------
        dict of track id to Decision
            Also those that do not hold any more (`Decision.holds`).
        """
        with self.reading() as connection:
            rows = connection.execute(
                "SELECT track, payload_hash, before, guessed, verdict, genres FROM decision ORDER BY track"
            ).fetchall()
        from musicemb.records import Decision

        return {
            track: Decision(verdict, unpack_words(genres), unpack_words(guessed), unpack_words(before), payload)
            for track, payload, before, guessed, verdict, genres in rows
        }

    def forget_decisions(self, tracks: Iterable[int]) -> None:
        """Drop decisions: they are written, or taken back.

        Parameters
        ----------
        tracks : iterable of track ids
        """
        with self.transaction() as connection:
            connection.executemany("DELETE FROM decision WHERE track = ?", [(int(track),) for track in tracks])
