"""The catalogue: one SQLite file that remembers a library's tracks, vectors, clusters, guesses and written tags.

The tables and what is done with them stand in `tracks`, `vectors`, `groups`, `layouts`, `problems` and `journal`,
the schema in `schema`, the connection in `opening` and `database`. Nothing else of the program speaks SQL.
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from musicemb.errors import CatalogueError
from musicemb.io.catalogue.clusters import Groups
from musicemb.io.catalogue.journal import Journal
from musicemb.io.catalogue.map_positions import Layouts
from musicemb.io.catalogue.opening import connect
from musicemb.io.catalogue.scan_state import Problems
from musicemb.io.catalogue.tracks import Tracks
from musicemb.records import NO_ALIASES, NOISE, GenreAliases

VARIABLE = "MUSICEMB_LIBRARY"
"""Environment variable that names the catalogue where nobody else does."""


class Catalogue(Tracks, Groups, Layouts, Problems, Journal):
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
    """

    def __init__(
        self, connection: sqlite3.Connection, path: Path, *, read_only: bool, aliases: GenreAliases = NO_ALIASES
    ) -> None:
        super().__init__(connection, path, read_only=read_only)
        self.aliases = aliases

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


def default_path() -> Path:
    """Where the catalogue lies unless told otherwise.

    Returns
    -------
    Path
        "library.sqlite" in the user's data folder.
    """
    import platformdirs

    return platformdirs.user_data_path("musicemb", appauthor=False) / "library.sqlite"


def open_catalogue(
    path: str | Path | None = None,
    *,
    read_only: bool = False,
    create: bool = True,
    aliases: GenreAliases = NO_ALIASES,
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
    named = path if path is not None else os.environ.get(VARIABLE) or None
    where = (Path(named).expanduser() if named is not None else default_path()).absolute()
    if named is None and create and not read_only:
        try:
            where.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CatalogueError(
                f"{where.parent} cannot be made ({error.strerror or error}): name another catalogue with --library"
            ) from error
    return Catalogue(connect(where, read_only=read_only, create=create), where, read_only=read_only, aliases=aliases)
