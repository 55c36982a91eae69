"""Notices that the catalogue's file is not the one that was opened: deleted, moved away or replaced meanwhile.

SQLite goes on with the file that it has open, which nobody will ever find again.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from musicemb.errors import CatalogueError


class Place:
    """Where a catalogue was when it was opened.

    Parameters
    ----------
    path : Path
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._log = path.with_name(f"{path.name}-wal")
        self._file_then = _identity(path)
        self._log_then: tuple[int, int] | None = None

    def is_lost(self) -> bool:
        """Whether the file, or the log beside it that holds what was written last, is another one or not there."""
        if _identity(self._path) != self._file_then:
            return True
        log = _identity(self._log)
        if self._log_then is None:
            self._log_then = log  # comes into being with the first write
        return log != self._log_then


def rescue(connection: sqlite3.Connection, path: Path) -> CatalogueError:
    """Save the data of a lost catalogue through the open connection, and say what happened.

    Parameters
    ----------
    connection : sqlite3.Connection
        To the file that was deleted or replaced.
    path : Path
        Where it was.

    Returns
    -------
    CatalogueError
        To be raised.
    """
    target = path.with_name(f"{path.name}.rescued-{datetime.now():%Y-%m-%d-%H%M%S}")
    saved = "what it held could not be saved"
    with suppress(sqlite3.Error, OSError):
        if not connection.in_transaction and not target.exists():
            copy = sqlite3.connect(target, isolation_level=None)
            try:
                connection.backup(copy)
                copy.execute("PRAGMA journal_mode = DELETE")
            finally:
                copy.close()
            saved = f"what it held, with what this run wrote, was saved as {target.name} beside it"
    what = "replaced by another file" if path.exists() else "deleted or moved away"
    return CatalogueError(f"{path} was {what} while it was in use: nothing more was written; {saved}")


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = os.stat(path)  # noqa: PTH116 - half the time of Path.stat, at every write
    except OSError:
        return None
    return status.st_dev, status.st_ino
