"""Replaces a catalogue by another one; the old one stays beside it under another name."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path

from musicemb.errors import CatalogueError
from musicemb.io.catalogue.connection import damaged, explain
from musicemb.io.catalogue.opening import connect
from musicemb.io.catalogue.safety.copies import as_uri, sync, write_whole
from musicemb.io.catalogue.safety.holder import describe, read_holder
from musicemb.records import Restored

LOGS = ("-wal", "-journal")
"""What SQLite keeps beside a file that was not closed, and would apply to whatever lies there."""


def restore(backup: Path, path: Path) -> Restored:
    """Put a copy of a backup in a catalogue's place.

    A kill at any moment leaves the one or the other.

    Parameters
    ----------
    backup : Path
        A copy that `musicemb backup` made, or that was made by itself.
    path : Path
        The catalogue; need not exist, nor be sound.

    Returns
    -------
    Restored

    Raises
    ------
    CatalogueError
        Where the backup is no sound catalogue, another process holds the catalogue, or nothing can be written.
    """
    if path.exists() and backup.exists() and backup.samefile(path):
        raise CatalogueError(f"{backup} is the catalogue itself: name a backup of it")
    source = connect(backup, read_only=True, create=False)
    with closing(source):
        try:
            (found,) = source.execute("PRAGMA quick_check(1)").fetchone()
            if found != "ok":
                raise CatalogueError(damaged(backup, found))
            tracks, entries = (
                int(source.execute(f"SELECT count(*) FROM {table}").fetchone()[0]) for table in ("track", "journal")
            )
            kept = replace_catalogue(path, source.backup, "replaced")
        except sqlite3.Error as error:
            raise explain(error, backup) from error
        except OSError as error:
            raise CatalogueError(f"{path} cannot be replaced: {error.strerror or error}; it is as it was") from error
    return Restored(path, tracks, entries, kept)


def close_properly(path: Path) -> bool:
    """Let SQLite finish what a killed process has left, so that the file is all there is.

    Parameters
    ----------
    path : Path

    Returns
    -------
    bool
        False where the file is so damaged that SQLite cannot.

    Raises
    ------
    CatalogueError
        Another process holds the catalogue.
    """
    try:
        with closing(sqlite3.connect(as_uri(path, "mode=rw"), uri=True, timeout=2, isolation_level=None)) as connection:
            with suppress(sqlite3.OperationalError, ValueError, TypeError):  # no such table in older ones
                if found := read_holder(connection):
                    raise CatalogueError(f"{path} is held by {describe(found[0])}: wait until it has finished")
            connection.execute("PRAGMA journal_mode = DELETE")
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("COMMIT")
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY:
            raise explain(error, path) from error
        return False
    return not any(path.with_name(path.name + suffix).exists() for suffix in LOGS)


def replace_catalogue(path: Path, fill: Callable[[sqlite3.Connection], object], word: str) -> Path | None:
    """Write a new catalogue and put it in the place of another.

    Parameters
    ----------
    path : Path
    fill : callable
        Is given a connection to an empty file, and fills it.
    word : str
        Why the old one lies aside: part of its new name.

    Returns
    -------
    Path or None
        The old one; None where there was none.

    Raises
    ------
    sqlite3.Error, OSError
        Where that cannot be done; the old one is as it was.
    CatalogueError
        Another process holds the catalogue.
    """

    if path.exists():
        close_properly(path)
    new = path.with_name(f"{path.name}.new")
    try:
        write_whole(new, fill)
        kept = _put_aside(path, word) if path.exists() else None
        for suffix in (*LOGS, "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        new.replace(path)
        sync(path.parent)
    finally:
        with suppress(OSError):
            new.unlink(missing_ok=True)
    return kept


def aside(path: Path, word: str) -> list[Path]:
    """Catalogues that lie beside one under another name.

    Parameters
    ----------
    path : Path
    word : str

    Returns
    -------
    list of Path
        The oldest first.
    """
    with suppress(OSError):
        return sorted(each for each in path.parent.glob(f"{path.name}.{word}-*") if not each.name.endswith(LOGS))
    return []


def _put_aside(path: Path, word: str) -> Path:
    """Give a file a second name, and what lies beside it too; once, also where a run was killed in between."""
    for kept in aside(path, word):
        if kept.samefile(path):
            return kept
    kept = path.with_name(f"{path.name}.{word}-{datetime.now():%Y-%m-%d-%H%M%S}")
    for suffix in ("", *LOGS):
        source = path.with_name(path.name + suffix)
        if source.exists():
            _name_again(source, kept.with_name(kept.name + suffix))
    sync(path.parent)
    return kept


def _name_again(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:
        part = target.with_name(f"{target.name}.part")
        shutil.copy2(source, part)
        sync(part)
        part.replace(target)
