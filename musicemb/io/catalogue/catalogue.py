"""The catalogue: one SQLite file that remembers a library's tracks, vectors, clusters, guesses and written tags.

Each table is written by one class, in the module of its topic; `Catalogue` inherits them all, and has the writes that
concern several tables. The schema stands in `schema`, the connection in `opening` and `connection`.
Nothing else of the program speaks SQL.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from musicemb.errors import CatalogueError
from musicemb.io.catalogue.clusters import ClusterTables
from musicemb.io.catalogue.columns import unpack_text
from musicemb.io.catalogue.embeddings import EmbeddingTables
from musicemb.io.catalogue.journal import JournalTables
from musicemb.io.catalogue.map_positions import MapPositionTable
from musicemb.io.catalogue.opening import connect
from musicemb.io.catalogue.preferences import DecisionTable, GivenNameTables, ImportedGenreTable, PreferenceTable
from musicemb.io.catalogue.safety.holding import HolderTable
from musicemb.io.catalogue.scan_state import IdentifierTable, ScanStateTables
from musicemb.io.catalogue.track_queries import TrackQueries
from musicemb.io.catalogue.tracks import TrackTable
from musicemb.io.catalogue.values import ValueTables
from musicemb.records import NO_ALIASES, NOISE, FoundFile, GenreAliases, TrackTags
from musicemb.settings.configuration import NO_CONFIGURATION, Configuration

if TYPE_CHECKING:
    from musicemb.records import EmbeddedTrack

VARIABLE = "MUSICEMB_LIBRARY"
"""Environment variable that names the catalogue where nobody else does."""


class Catalogue(
    HolderTable,
    TrackTable,
    TrackQueries,
    IdentifierTable,
    EmbeddingTables,
    ClusterTables,
    GivenNameTables,
    ValueTables,
    PreferenceTable,
    ImportedGenreTable,
    DecisionTable,
    MapPositionTable,
    ScanStateTables,
    JournalTables,
):
    """A library's memory. Use it in a `with` block, or `close` it.

    Every write is a transaction of its own, on disk when the method returns; `transaction` groups several. Not for
    use by several threads.

    Attributes
    ----------
    path : Path
        The SQLite file.
    read_only : bool
        True where writing raises a `CatalogueError`.
    aliases : GenreAliases
        The listener's own words for genres, that all the library's are folded by.
    configuration : Configuration
        What the listener wants of all their libraries, where this one does not remember anything else.
    """

    def __init__(
        self, connection: sqlite3.Connection, path: Path, *, read_only: bool, aliases: GenreAliases = NO_ALIASES
    ) -> None:
        super().__init__(connection, path, read_only=read_only)
        self.aliases = aliases

    def put_track(self, embedded: EmbeddedTrack, encoder_id: str, *, keep_segments: bool = True) -> int:
        """Store a track with its vector: all of it or nothing, on disk when this returns.

        A track at that path is replaced and keeps its id. Where its audio differs, the vectors, clusters and guesses
        of other encoders are dropped: they speak of other music. A remembered problem of the path is forgotten.

        Parameters
        ----------
        embedded : EmbeddedTrack
        encoder_id : str
        keep_segments : bool
            False leaves the segment vectors out.

        Returns
        -------
        int
            Id of the track.
        """
        with self.transaction() as connection:
            self.add_encoder(encoder_id)
            track_id, replaced = self.put_file(embedded)
            self.put_identifiers(track_id, embedded.tags)
            if replaced:
                for table in ("embedding", "segment", "membership", "guess", "odds", "layout"):
                    connection.execute(f"DELETE FROM {table} WHERE track = ?", (track_id,))
            self.put_vector(track_id, encoder_id, embedded, keep_segments=keep_segments)
            self.put_descriptors(track_id, embedded.descriptors)
            if embedded.values is not None:
                self.put_values(embedded.payload_hash, embedded.values)
            self.clear_problems([embedded.file.path])
        return track_id

    def retag_track(self, track_id: int, file: FoundFile, tags: TrackTags) -> None:
        """Store new tags of a track whose audio and path are as before.

        Parameters
        ----------
        track_id : int
        file : FoundFile
            Its size and time now.
        tags : TrackTags
        """
        with self.transaction():
            self.retag_file(track_id, file, tags)
            self.put_identifiers(track_id, tags)

    def move_tracks(self, moves: Mapping[int, FoundFile]) -> None:
        """Store the new paths of files whose audio and tags are as before; all data of their tracks stay.

        Chains and swaps (1 to 2, 2 to 3) are safe in one call. Another track that stood at one of the new paths, and
        does not move itself, is dropped: its file was replaced. Remembered problems of the new paths are forgotten.

        Parameters
        ----------
        moves : mapping of track id to FoundFile
        """
        with self.transaction():
            self.move_files(moves)
            self.clear_problems(file.path for file in moves.values())

    def delete_vectors(self, encoder_id: str) -> int:
        """Drop all that an encoder has made: vectors, clusters, guesses. The tracks stay.

        Parameters
        ----------
        encoder_id : str
            Active or not; afterwards the catalogue does not know it.

        Returns
        -------
        int
            How many tracks had a vector of it.
        """
        with self.transaction() as connection:
            dropped = connection.execute("DELETE FROM embedding WHERE encoder = ?", (encoder_id,)).rowcount
            own = ("segment", "membership", "guess", "odds", "layout")
            tables = (*own, "cluster", "clustering", "given_name", "surroundings")
            for table in tables:
                connection.execute(f"DELETE FROM {table} WHERE encoder = ?", (encoder_id,))
            connection.execute("DELETE FROM encoder WHERE id = ?", (encoder_id,))
        return dropped

    def counts(self) -> dict[str, int]:
        """How much the catalogue holds.

        Returns
        -------
        dict of str to int
            "tracks" (not gone), "gone", "failed" and "skipped" (remembered problems), "runs", and of the active
            encoder "embedded", "clusters", "noise" and "guesses", gone tracks left out.
        """
        of_encoder = "FROM {} x JOIN track t ON t.id = x.track WHERE x.encoder = :active AND t.gone = 0"
        statements = {
            "tracks": "SELECT count(*) FROM track WHERE gone = 0",
            "gone": "SELECT count(*) FROM track WHERE gone = 1",
            "failed": "SELECT count(*) FROM problem WHERE kind = 'failed'",
            "skipped": "SELECT count(*) FROM problem WHERE kind = 'skipped'",
            "runs": "SELECT count(*) FROM run",
            "embedded": f"SELECT count(*) {of_encoder.format('embedding')}",
            "clusters": "SELECT count(*) FROM cluster WHERE encoder = :active",
            "noise": f"SELECT count(*) {of_encoder.format('membership')} AND x.cluster = {NOISE}",
            "guesses": f"SELECT count(*) {of_encoder.format('guess')}",
        }
        values = {"active": self.active_encoder}
        with self.reading() as connection:
            return {name: connection.execute(text, values).fetchone()[0] for name, text in statements.items()}

    def recordings_of(self, track_ids: Sequence[int]) -> dict[int, tuple[str, str]]:
        """The few columns of some tracks, gone or not, that queries on many tracks need.

        Parameters
        ----------
        track_ids : sequence of int
            Thousands at most: they stand in one statement.

        Returns
        -------
        dict of track id to (payload hash, artist)
        """
        ids = ", ".join(str(int(one)) for one in track_ids)
        with self.reading() as connection:
            found = connection.execute(f"SELECT id, payload_hash, artist FROM track WHERE id IN ({ids})").fetchall()
        return {one: (str(payload), unpack_text(artist)) for one, payload, artist in found}


def default_path() -> Path:
    """The default path of the catalogue.

    Returns
    -------
    Path
        "library.sqlite" in the user's data folder.
    """
    import platformdirs

    return platformdirs.user_data_path("musicemb", appauthor=False) / "library.sqlite"


def catalogue_path(path: str | Path | None = None) -> Path:
    """Where a catalogue lies.

    Parameters
    ----------
    path : str or Path, optional
        Default: what `MUSICEMB_LIBRARY` names, else `default_path()`.

    Returns
    -------
    Path
        Absolute.
    """
    named = path if path is not None else os.environ.get(VARIABLE) or None
    return (Path(named).expanduser() if named is not None else default_path()).absolute()


def open_catalogue(
    path: str | Path | None = None,
    *,
    read_only: bool = False,
    create: bool = True,
    aliases: GenreAliases = NO_ALIASES,
    configuration: Configuration = NO_CONFIGURATION,
) -> Catalogue:
    """Open a library's catalogue.

    Parameters
    ----------
    path : str or Path, optional
        The SQLite file. Default: what `MUSICEMB_LIBRARY` names, else `default_path()`.
    read_only : bool
        For commands that only look: works on a file and in a folder that cannot be written.
    create : bool
        Make one where there is none (never with `read_only`); the default path's folder too.
    aliases : GenreAliases
        The listener's own words for genres (`workflows.genres.vocabulary.load_aliases` reads their file); they are no
        part of the file.
    configuration : Configuration
        What holds where the library remembers nothing else; no part of the file either.

    Returns
    -------
    Catalogue

    Raises
    ------
    CatalogueError
        Where there is none to read, or it is locked, damaged, from a newer version, not a catalogue, not writable.

    Examples
    --------
    >>> with open_catalogue(read_only=True) as catalogue:  # doctest: +SKIP
    ...     tracks = catalogue.tracks()
    """
    where = catalogue_path(path)
    if where == default_path() and create and not read_only:
        try:
            where.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CatalogueError(
                f"{where.parent} cannot be made ({error.strerror or error}): name another catalogue with --library"
            ) from error
    notices: list[str] = []
    connection = connect(where, read_only=read_only, create=create, notices=notices)
    opened = Catalogue(connection, where, read_only=read_only, aliases=aliases)
    opened.configuration = configuration
    opened.notices += notices
    return opened
