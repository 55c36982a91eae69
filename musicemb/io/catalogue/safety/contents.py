"""Notices that another file was copied over the catalogue (`cp`, `rsync --inplace`) while it was open.

The file is still the one that was opened, and SQLite sees nothing of it: what it writes next would be one half of each.
"""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path

from musicemb.errors import CatalogueError
from musicemb.io.catalogue.safety.copies import as_uri, write_whole

_TRIES = 5
_PAUSE = 0.05
"""Another process that folds its log into the file just now is done by then."""


class Contents:
    """The state of the catalogue's file when it was opened.

    Parameters
    ----------
    path : Path
    connection : sqlite3.Connection
        To it, for writing.

    Attributes
    ----------
    mark : str
        Something that nobody else knows and that the file itself holds, not only the log beside it; "" before.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self._path, self._connection = path, connection
        self.mark = ""
        self._state = _state(path)
        self._revision = _revision(connection)
        self._progress = _progress(connection)

    def are_lost(self) -> bool:
        """Whether the file holds something else; little more than a look at its size and times where it does not."""
        now = _state(self._path)
        if now == self._state:
            return False
        for attempt in range(_TRIES):
            if self._are_ours():
                self._state = now
                return False
            if attempt < _TRIES - 1:
                time.sleep(_PAUSE)
        return True

    def _are_ours(self) -> bool:
        if self.mark:
            return _bears(self._path, self.mark)
        # Nothing of ours is in the file yet. Where nobody wrote by way of SQLite it must be as far as it was.
        revision, expected = _revision(self._connection), self._progress
        if revision != self._revision:
            expected = _progress(self._connection)
        if _fresh_progress(self._path) != expected or expected is None:
            return False
        self._revision, self._progress = revision, expected
        return True


def salvage_overwritten(connection: sqlite3.Connection, path: Path) -> CatalogueError:
    """Save what the log and the memory of SQLite still hold of a catalogue that was overwritten, and say so.

    Parameters
    ----------
    connection : sqlite3.Connection
        To it; it is of no further use but to be closed by `close_overwritten`.
    path : Path

    Returns
    -------
    CatalogueError
        To be raised.
    """
    from musicemb.io.catalogue.safety.salvage import salvage_into

    target = path.with_name(f"{path.name}.rescued-{datetime.now():%Y-%m-%d-%H%M%S}")
    raw = target.with_name(f"{target.name}.part")
    saved = "none of its content could be saved"
    with suppress(sqlite3.Error, OSError, CatalogueError):
        if not connection.in_transaction and not target.exists():
            try:
                write_whole(raw, connection.backup)
                salvage_into(raw, target)
            finally:
                raw.unlink(missing_ok=True)
            saved = (
                f"what could be saved of what it held and of what this run wrote is in {target.name} beside it "
                f"(musicemb undo --library {target.name})"
            )
    return CatalogueError(f"another file was copied over {path} while it was in use: nothing more was written; {saved}")


def close_overwritten(connection: sqlite3.Connection, path: Path) -> None:
    """Close a catalogue that was overwritten, and leave the file that is there now as it is.

    SQLite would fold its log into it, here or when the file is opened next.

    Parameters
    ----------
    connection : sqlite3.Connection
    path : Path
    """
    log = path.with_name(f"{path.name}-wal")
    with suppress(OSError):
        os.truncate(log, 0)
    connection.close()
    for beside in (log, path.with_name(f"{path.name}-shm")):
        with suppress(OSError):
            beside.unlink(missing_ok=True)


def _state(path: Path) -> tuple[int, ...] | None:
    try:
        status = os.stat(path)  # noqa: PTH116 - half the time of Path.stat, at every write
    except OSError:
        return None
    # No program sets a ctime (of Linux and macOS): a copy that keeps times and size alters it too.
    changed = 0 if os.name == "nt" else status.st_ctime_ns
    return status.st_size, status.st_mtime_ns, changed


def _bears(path: Path, mark: str) -> bool:
    """Whether the file itself, whatever the log beside it says, holds a mark."""
    with (
        suppress(sqlite3.Error),
        closing(sqlite3.connect(as_uri(path, "mode=ro&immutable=1"), uri=True, isolation_level=None)) as connection,
    ):
        return connection.execute("SELECT 1 FROM holder WHERE token = ?", (mark,)).fetchone() is not None
    return False


def _fresh_progress(path: Path) -> tuple[object, ...] | None:
    """How far the file has come, as a program sees it that opens it now; None where it is damaged."""
    with (
        suppress(sqlite3.Error),
        closing(sqlite3.connect(as_uri(path, "mode=ro"), uri=True, timeout=2, isolation_level=None)) as connection,
    ):
        log = path.with_name(f"{path.name}-wal")
        # What is left in a log fits the file that it was written for, and hardly ever another one.
        if log.exists() and log.stat().st_size and connection.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
            return None
        return _progress(connection)
    return None


def _progress(connection: sqlite3.Connection) -> tuple[object, ...] | None:
    """Numbers that differ between any two states of a library."""
    with suppress(sqlite3.Error):
        statement = "SELECT (SELECT number FROM edition), (SELECT max(id) FROM journal), (SELECT max(id) FROM run)"
        return tuple(connection.execute(statement).fetchone())
    return None


def _revision(connection: sqlite3.Connection) -> tuple[object, ...] | None:
    """Another value once somebody has written by way of SQLite."""
    with suppress(sqlite3.Error):
        return connection.execute("PRAGMA data_version").fetchone()[0], connection.total_changes
    return None
