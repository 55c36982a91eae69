"""Copies of the catalogue: a complete one where a person wants it, and small ones that are made by themselves.

The small ones hold all but the segments, and lie beside the catalogue: the last three, at most one a day.
"""

from __future__ import annotations

import os
import re
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import date
from pathlib import Path
from urllib.parse import quote

KEPT = 3
"""Copies that stay."""
_SPARE = 50_000_000
"""Bytes that a copy must leave free, at least; or as much again as it needs."""
_UNFINISHED = ".musicemb-copy-"
_AN_HOUR = 3600


def copies_of(path: Path) -> list[Path]:
    """The copies of a catalogue that were made by themselves.

    Parameters
    ----------
    path : Path
        The catalogue.

    Returns
    -------
    list of Path
        The newest first.
    """
    pattern = re.compile(re.escape(path.name) + r"\.backup-\d{4}-\d\d-\d\d")
    with suppress(OSError):
        return sorted((each for each in path.parent.iterdir() if pattern.fullmatch(each.name)), reverse=True)
    return []


def unfinished_copies(path: Path) -> list[Path]:
    """Unfinished copies of killed runs: files with exactly our names that nobody has written to for an hour.

    Parameters
    ----------
    path : Path
        The catalogue, or the copy's target.

    Returns
    -------
    list of Path
    """
    pattern = re.compile(re.escape(_UNFINISHED) + r"[a-z0-9_]{8}\.part(-journal)?")
    found = []
    with suppress(OSError):
        for each in path.parent.iterdir():
            with suppress(OSError):
                if pattern.fullmatch(each.name) and time.time() - each.stat().st_mtime > _AN_HOUR:
                    found.append(each)
    return found


def keep_copy(path: Path) -> str:
    """Make today's copy, unless there is one.

    Parameters
    ----------
    path : Path
        A catalogue of any version; that of a copy is left alone.

    Returns
    -------
    str
        Why none could be made; "" where all is well.

    Raises
    ------
    sqlite3.Error
        Where the catalogue is damaged, or cannot be read just now.
    """
    target = path.with_name(f"{path.name}.backup-{date.today():%Y-%m-%d}")
    if ".backup-" in path.name or target.exists():
        return ""
    import shutil

    try:
        needed = _essential_bytes(path)
        if shutil.disk_usage(path.parent).free < needed + max(needed, _SPARE):
            return f"no copy of the catalogue was made: less than {2 * needed // 1_000_000 + 50} MB are free beside it"
        write_whole(target, lambda connection: _copy_essentials(path, connection))
        for old in copies_of(path)[KEPT:]:
            old.unlink()
    except OSError as error:
        return f"no copy of the catalogue was made: {error.strerror or error}"
    return ""


def write_whole(target: Path, fill: Callable[[sqlite3.Connection], object]) -> None:
    """Write a database: all of it, or nothing.

    Parameters
    ----------
    target : Path
        Replaced where it exists.
    fill : callable
        Is given a connection to an empty file, and fills it.

    Raises
    ------
    sqlite3.Error, OSError
        Where that cannot be done, or `fill` says so; the target is as it was.
    """
    import tempfile

    for left in unfinished_copies(target):
        left.unlink(missing_ok=True)
    handle, name = tempfile.mkstemp(prefix=_UNFINISHED, suffix=".part", dir=target.parent)
    os.close(handle)
    part = Path(name)
    try:
        with closing(sqlite3.connect(as_uri(part, "mode=rw"), uri=True, isolation_level=None)) as connection:
            connection.execute("PRAGMA synchronous = FULL")
            fill(connection)
            connection.execute("PRAGMA journal_mode = DELETE")
        part.chmod(0o666 & ~_umask())
        sync(part)
        part.replace(target)
        sync(target.parent)
    finally:
        for suffix in ("", "-journal", "-wal", "-shm"):
            with suppress(OSError):
                part.with_name(part.name + suffix).unlink(missing_ok=True)


def sync(path: Path) -> None:
    """Make a file, or the names in a folder, durable as far as the system can.

    Parameters
    ----------
    path : Path
    """
    with suppress(OSError):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def as_uri(path: Path, options: str) -> str:
    """A file as SQLite's URI.

    Parameters
    ----------
    path : Path
        Absolute.
    options : str
        "mode=ro" and the like.

    Returns
    -------
    str
    """
    text = path.as_posix()
    if not text.startswith("/"):
        text = f"/{text}"  # C:/...
    return f"file://{quote(os.fsencode(text))}?{options}"


def _copy_essentials(path: Path, connection: sqlite3.Connection) -> None:
    """Copy all tables as they are, whatever the version; of segments and holders only the table."""
    connection.execute("ATTACH ? AS source", (as_uri(path.absolute(), "mode=ro"),))
    connection.execute("BEGIN IMMEDIATE")
    tables = connection.execute("SELECT name, sql FROM source.sqlite_master WHERE type = 'table' AND sql > ''")
    found = [(name, text) for name, text in tables.fetchall() if not name.startswith("sqlite_")]
    for name, text in found:
        connection.execute(text)
        if name not in ("segment", "holder"):
            connection.execute(f'INSERT INTO main."{name}" SELECT * FROM source."{name}"')
    with suppress(sqlite3.OperationalError):  # none where no table counts by itself
        connection.execute("DELETE FROM main.sqlite_sequence")
        connection.execute("INSERT INTO main.sqlite_sequence SELECT * FROM source.sqlite_sequence")
    rest = "SELECT sql FROM source.sqlite_master WHERE type IN ('index', 'trigger') AND sql > ''"
    for (text,) in connection.execute(rest).fetchall():
        connection.execute(text)
    for mark in ("application_id", "user_version"):
        (value,) = connection.execute(f"PRAGMA source.{mark}").fetchone()
        connection.execute(f"PRAGMA main.{mark} = {int(value)}")
    connection.execute("COMMIT")
    connection.execute("DETACH source")


def _essential_bytes(path: Path) -> int:
    size = path.stat().st_size
    with closing(sqlite3.connect(as_uri(path.absolute(), "mode=ro"), uri=True)) as connection:
        statement = "SELECT coalesce(sum(length(starts) + length(codes) + length(scales)), 0) FROM segment"
        return max(0, size - int(connection.execute(statement).fetchone()[0]))


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
