"""Opens a catalogue for writing or reading only: checks that it is one, and migrates it to the present version."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing, suppress
from pathlib import Path

from musicemb.errors import CatalogueError, NothingScanned
from musicemb.io.catalogue import schema
from musicemb.io.catalogue.connection import damaged, explain, why_not
from musicemb.io.catalogue.safety import checksums
from musicemb.io.catalogue.safety import network_mounts as mounts
from musicemb.io.catalogue.safety.copies import as_uri, keep_copy

PATIENCE = 5.0
"""Seconds to wait for another process to finish writing."""

PAUSE = 0.02
"""Seconds between two tries."""


def connect(path: Path, *, read_only: bool, create: bool, notices: list[str] | None = None) -> sqlite3.Connection:
    """Open a catalogue's file, checked to be one and brought to the present version.

    Parameters
    ----------
    path : Path
        Absolute.
    read_only : bool
        Never write, except that a catalogue of an older version is brought up to date first.
    create : bool
        Make a missing one; not with `read_only`.
    notices : list of str, optional
        Is given what the person should hear.

    Returns
    -------
    sqlite3.Connection
        In autocommit mode, foreign keys enforced.

    Raises
    ------
    CatalogueError
        Where that cannot be done.
    """
    _check_path(path, missing_is_fine=create and not read_only)
    until = time.monotonic() + PATIENCE
    while True:
        try:
            return _connect(path, [] if notices is None else notices, read_only=read_only)
        except sqlite3.Error as error:
            # SQLite's own timeout does not cover the change of the journal's mode, nor the mending of a log: of
            # several that begin a catalogue at once all but one would fail on the spot.
            busy = getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY
            if not busy or time.monotonic() >= until:
                raise _explain(error, path) from error
        time.sleep(PAUSE)


def _explain(error: sqlite3.Error, path: Path) -> CatalogueError:
    with suppress(sqlite3.Error), closing(sqlite3.connect(as_uri(path, "mode=ro"), uri=True, timeout=0)) as connection:
        return explain(error, path, connection)
    return explain(error, path)


def _connect(path: Path, notices: list[str], *, read_only: bool) -> sqlite3.Connection:
    if not read_only:
        return _connect_to_write(path, notices)
    connection = _connect_to_read(path)
    if schema.read_state(connection) == "older":
        connection.close()
        _connect_to_write(path, notices).close()
        connection = _connect_to_read(path)
    return connection


def _check_path(path: Path, *, missing_is_fine: bool) -> None:
    try:
        if path.is_dir():
            raise CatalogueError(f"{path} is a folder, not a catalogue: name a file, such as {path / 'library.sqlite'}")
        if path.exists():
            if not path.is_file():
                raise CatalogueError(f"{path} is not a file: name another with --library")
        elif not missing_is_fine:
            raise NothingScanned(f"nothing scanned yet ({path} does not exist): run musicemb scan FOLDER")
        elif not path.parent.is_dir():
            raise CatalogueError(f"{path.parent} is not a folder: make it, or name another catalogue with --library")
    except OSError as error:
        raise CatalogueError(f"{path} cannot be opened: {error.strerror or error}") from error


def _check_state(state: schema.State, path: Path) -> None:
    if state == "foreign":
        raise CatalogueError(f"{path} is another program's database, not a musicemb catalogue: name another file")
    if state == "newer":
        raise CatalogueError(f"{path} was written by a newer musicemb: update the program, or name another catalogue")


def _open(path: Path, options: str) -> sqlite3.Connection:
    connection = sqlite3.connect(as_uri(path, options), uri=True, timeout=PATIENCE, isolation_level=None)
    try:
        connection.execute("PRAGMA foreign_keys = ON")
        checksums.register(connection)
        state = schema.read_state(connection)
        _check_state(state, path)
        if state == "empty" and "mode=ro" in options:
            raise NothingScanned(f"nothing scanned yet ({path} is empty): run musicemb scan FOLDER")
    except UnicodeDecodeError as error:  # SQLite's complaint quotes the damaged bytes
        connection.close()
        raise CatalogueError(damaged(path, "its tables are corrupt")) from error
    except BaseException:
        connection.close()
        raise
    return connection


def _connect_to_read(path: Path) -> sqlite3.Connection:
    try:
        return _open(path, "mode=ro")
    except sqlite3.OperationalError as error:
        code = error.sqlite_errorcode & 0xFF
        if code not in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY) or why_not(path):
            raise
        # Left in the middle of a write (a killed process, a copy of a file in use): a connection that may write
        # recovers it.
        for suffix in ("-wal", "-journal"):
            beside = path.with_name(path.name + suffix)
            if beside.exists() and beside.stat().st_size:
                try:
                    _connect_to_write(path, []).close()
                except sqlite3.Error:
                    raise CatalogueError(
                        f"{path} was not closed properly and cannot be repaired here, where it is read-only: copy it "
                        f"and {beside.name} to a folder of yours and name it with --library"
                    ) from error
                return _open(path, "mode=ro")
        # A closed catalogue in WAL mode, in a folder that cannot be written.
        return _open(path, "mode=ro&immutable=1")


def _connect_to_write(path: Path, notices: list[str]) -> sqlite3.Connection:
    connection = _open(path, "mode=rwc")
    try:
        mode = "DELETE" if mounts.on_network(path) else "WAL"
        try:
            connection.execute(f"PRAGMA journal_mode = {mode}")
        except sqlite3.OperationalError as error:
            # If WAL is not possible, the rollback journal is used; a lock that is not released gives an error.
            if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:
                raise
        connection.execute("PRAGMA synchronous = FULL")
        if schema.read_state(connection) == "older":
            notices += filter(None, [keep_copy(path)])
        schema.migrate(connection)
    except BaseException:
        connection.close()
        raise
    return connection
