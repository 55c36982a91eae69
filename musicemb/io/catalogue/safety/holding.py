"""Locks the catalogue: only one process at a time may scan or write to music."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from musicemb.errors import CatalogueError
from musicemb.io.catalogue.connection import Database
from musicemb.io.catalogue.safety.holder import describe, read_holder, this_process

if TYPE_CHECKING:
    from musicemb.records import Holder

_BEAT = 30.0
"""Seconds between two signs of life, given along with other writes."""


class HolderTable(Database):
    """The table holder."""

    _token = ""
    _beaten = 0.0

    def holder(self) -> Holder | None:
        """The process that has locked the catalogue; None if there is none, or only this object.

        Returns
        -------
        Holder or None
        """
        with self.reading() as connection:
            found = read_holder(connection)
        return None if found is None or found[1] == self._token else found[0]

    def require_free(self) -> None:
        """Refuse to begin what another process is in the middle of.

        Raises
        ------
        CatalogueError
            Names the process, its command and since when it runs.
        """
        holder = self.holder()
        if holder is not None:
            raise CatalogueError(
                f"{self.path} is held by {describe(holder)}: wait until it has finished, then run again"
            )

    @contextmanager
    def holding(self) -> Iterator[None]:
        """Lock the catalogue for a scan, or for writing to music; nested calls have no effect.

        Yields
        ------
        None

        Raises
        ------
        CatalogueError
            Where another process, or another object of this one, holds it.
        """
        if self._token:
            yield
            return
        import secrets

        token, (pid, started, host, command) = secrets.token_hex(8), this_process()
        now = _now()
        with self.transaction() as connection:
            self.require_free()
            connection.execute("DELETE FROM holder")
            row = (token, pid, started, host, command, now, now)
            connection.execute("INSERT INTO holder VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        self._token, self._beaten = token, time.monotonic()
        self._seal(token)
        try:
            yield
        finally:
            self._token = ""
            self._seal("")
            with suppress(CatalogueError, sqlite3.Error), self.transaction() as connection:
                connection.execute("DELETE FROM holder WHERE token = ?", (token,))

    def _seal(self, mark: str) -> None:
        """Know the file itself by the mark from now on, once it is in there and not only in the log."""
        if self._contents is None:
            return
        if mark:
            with self.reading() as connection:
                blocked, frames, folded = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
            if blocked or frames != folded:  # a reader still needs the file as it was
                return
        self._contents.mark = mark

    def _beat(self, connection: sqlite3.Connection) -> None:
        if self._token and time.monotonic() - self._beaten > _BEAT:
            self._beaten = time.monotonic()
            connection.execute("UPDATE holder SET seen = ? WHERE token = ?", (_now(), self._token))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
