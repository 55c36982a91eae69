"""One connection to the catalogue's SQLite file: its transactions, its end, and its errors in plain words."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from musicemb.errors import CatalogueError
from musicemb.io.catalogue.safety.contents import Contents, close_overwritten, salvage_overwritten
from musicemb.io.catalogue.safety.copies import keep_copy, write_whole
from musicemb.io.catalogue.safety.holder import describe, read_holder
from musicemb.io.catalogue.safety.place import Place, rescue


class Database:
    """A connection with its transactions; the catalogue's tables stand in the classes above it.

    Attributes
    ----------
    path : Path
        The SQLite file.
    read_only : bool
    notices : list of str
        What the person should hear, though it stopped nothing.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path, *, read_only: bool) -> None:
        self._connection = connection
        self.path = path
        self.read_only = read_only
        self.notices: list[str] = []
        self._place = None if read_only else Place(path)
        self._contents = None if read_only else Contents(path, connection)
        self._loss = ""
        self._overwritten = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Context that turns errors of damaged data into a clear message.

        Yields
        ------
        sqlite3.Connection

        Raises
        ------
        CatalogueError
            For every error of SQLite, and for contents that are not what was written.
        """
        try:
            yield self._connection
        except sqlite3.Error as error:
            raise explain(error, self.path) from error
        except (ValueError, TypeError) as error:
            raise CatalogueError(damaged(self.path, str(error))) from error

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Context in which all writes hold, or none.

        May be nested: an inner one that fails takes back its own writes only.

        Yields
        ------
        sqlite3.Connection

        Raises
        ------
        CatalogueError
            Where the catalogue cannot be written; what was there stays.
        """
        if self.read_only:
            raise CatalogueError(f"{self.path} was opened for reading only: open it with read_only=False to change it")
        connection = self._connection
        outer = not connection.in_transaction
        if outer:
            self.check_place()
        try:
            connection.execute("BEGIN IMMEDIATE" if outer else "SAVEPOINT inner")
            if outer:
                self._beat(connection)
            yield connection
            connection.execute("COMMIT" if outer else "RELEASE inner")
        except BaseException as error:
            # SQLite takes everything back by itself where the disk is full.
            with suppress(sqlite3.Error):
                if connection.in_transaction:
                    connection.execute("ROLLBACK" if outer else "ROLLBACK TO inner")
                if connection.in_transaction:
                    connection.execute("RELEASE inner")
            if isinstance(error, sqlite3.Error):
                raise explain(error, self.path, connection) from error
            raise
        if outer:
            self.check_place()

    def check_place(self) -> None:
        """Make sure that what is written can be found again; best called right before music is written.

        Raises
        ------
        CatalogueError
            The file was deleted, moved, replaced or overwritten since it was opened. What it held is saved under
            another name.
        """
        if self._loss:
            raise CatalogueError(self._loss)
        error = None
        if self._place is not None and self._place.is_lost():
            error = rescue(self._connection, self.path)
        elif self._contents is not None and self._contents.are_lost():
            self._overwritten = True
            error = salvage_overwritten(self._connection, self.path)
        if error is not None:
            self._loss = str(error)
            raise error

    def _beat(self, connection: sqlite3.Connection) -> None:
        """Give a sign of life along with a write; see `safety.holding`."""

    def revision(self) -> tuple[int, int]:
        """A pair of numbers that changes whenever the contents may have changed, by this program or another one."""
        with self.reading() as connection:
            return connection.execute("PRAGMA data_version").fetchone()[0], connection.total_changes

    def edition(self) -> int:
        """A number that stands for all that the index is made from: another one after each change of it, for ever."""
        with self.reading() as connection:
            return int(connection.execute("SELECT number FROM edition").fetchone()[0])

    def indexed(self) -> tuple[int | None, int]:
        """For what the last index was made of which all is still true.

        Returns
        -------
        edition : int or None
            None where there is no such index.
        reach : int
            Tracks of higher numbers than this have come since.
        """
        with self.reading() as connection:
            edition, reach = connection.execute("SELECT indexed, reach FROM edition").fetchone()
            return edition, int(reach)

    def note_index(self, edition: int) -> None:
        """Note that an index was made.

        Parameters
        ----------
        edition : int
            For which one. Nothing is noted where the catalogue has changed since.
        """
        with self.transaction() as connection:
            reach = "(SELECT coalesce(max(id), 0) FROM track)"
            connection.execute(
                f"UPDATE edition SET indexed = number, reach = {reach} WHERE number = ? AND indexed IS NOT number",
                (edition,),
            )
            connection.execute(
                "DELETE FROM retagged WHERE (SELECT number = ? AND indexed = number FROM edition)", (edition,)
            )

    def backup(self, target: str | Path, *, replace: bool = False) -> None:
        """Copy the catalogue, complete, also while another process writes to it.

        Parameters
        ----------
        target : str or Path
            "~" is the home folder.
        replace : bool
            Replace a file that is there.

        Raises
        ------
        CatalogueError
            Where the target exists or cannot be written, or the catalogue is damaged; what was there stays.
        """
        target = Path(target).expanduser().absolute()
        if target.exists() and (not replace or target.samefile(self.path)):
            raise CatalogueError(f"{target} exists already: name another file for the backup")
        try:
            write_whole(target, self._copy_to)
        except sqlite3.Error as error:
            raise explain(error, target) from error
        except OSError as error:
            raise CatalogueError(f"{target} cannot be written: {error.strerror or error}") from error

    def _copy_to(self, copy: sqlite3.Connection) -> None:
        self._connection.backup(copy)
        (found,) = copy.execute("PRAGMA quick_check(1)").fetchone()
        if found != "ok":
            raise CatalogueError(damaged(self.path, found))

    def keep_copy(self) -> None:
        """Make today's copy beside the catalogue (see `safety.copies`), or note why there is none.

        Raises
        ------
        CatalogueError
            Where the catalogue is damaged.
        """
        try:
            reason = keep_copy(self.path)
        except sqlite3.Error as error:
            raise explain(error, self.path, self._connection) from error
        if reason:
            self.notices.append(reason)

    def close(self) -> None:
        """Close the catalogue; it is one file again, unless another process has it open. Closing twice is harmless."""
        if self._overwritten:
            close_overwritten(self._connection, self.path)
            return
        with suppress(sqlite3.Error):
            if not self.read_only:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                # Back from the write-ahead log to one plain file: it can be copied as it is, and read from a
                # folder that cannot be written. Where others have it open the last of them does this.
                self._connection.execute("PRAGMA busy_timeout = 0")
                self._connection.execute("PRAGMA journal_mode = DELETE")
        self._connection.close()


def explain(error: sqlite3.Error, path: Path, connection: sqlite3.Connection | None = None) -> CatalogueError:
    """Say in one line what an error of SQLite means for a person and what to do.

    Parameters
    ----------
    error : sqlite3.Error
    path : Path
        The catalogue.
    connection : sqlite3.Connection, optional
        To it: where another process is in the way, it is named.

    Returns
    -------
    CatalogueError
    """
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL):
        return CatalogueError(
            f"another musicemb is writing to {path}{_who(connection)}: try again when it has finished"
        )
    if code == sqlite3.SQLITE_FULL:
        return CatalogueError(
            f"no space is left for {path}: the last step was not stored, earlier ones were; "
            "free some space and run again"
        )
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM):
        return CatalogueError(
            f"{path} cannot be written: it or its folder is read-only; change that or name another catalogue with "
            "--library"
        )
    if code == sqlite3.SQLITE_NOTADB:
        return CatalogueError(
            f"{path} is not a musicemb catalogue: name another file with --library (if it was one, its beginning is "
            "damaged: restore a backup)"
        )
    if code == sqlite3.SQLITE_CORRUPT or "decode" in str(error):
        return CatalogueError(damaged(path, str(error)))
    if code == sqlite3.SQLITE_CANTOPEN:
        return CatalogueError(f"{path} cannot be opened{why_not(path)}: check the permissions of it and its folder")
    if code == sqlite3.SQLITE_IOERR:
        return CatalogueError(
            f"{path} cannot be read or written ({error}): the last step was not stored; check the disk and its space"
        )
    return CatalogueError(f"{path}: {error}; if this persists, restore a backup")


def _who(connection: sqlite3.Connection | None) -> str:
    with suppress(sqlite3.Error, ValueError, TypeError):
        found = None if connection is None else read_holder(connection)
        return f" ({describe(found[0])})" if found else ""
    return ""


def damaged(path: Path, detail: str) -> str:
    """The error for a catalogue whose contents are damaged.

    Parameters
    ----------
    path : Path
    detail : str

    Returns
    -------
    str
    """
    return f"{path} is damaged ({detail}): musicemb check --repair saves what can be saved, or restore a backup"


def why_not(path: Path) -> str:
    """The system's reason for refusing to open a file, " (Permission denied)", or "" where it opens.

    Parameters
    ----------
    path : Path

    Returns
    -------
    str
    """
    try:
        with path.open("rb"):
            return ""
    except OSError as error:
        return f" ({error.strerror or error})"
