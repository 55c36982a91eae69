"""The journal in the catalogue: what was written to which file in which run, so that it can be undone."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from musicemb.errors import CatalogueError
from musicemb.io.catalogue.columns import pack_json, pack_path, unpack_json, unpack_path, unpack_text
from musicemb.io.catalogue.connection import Database
from musicemb.io.catalogue.safety import checksums

if TYPE_CHECKING:
    from musicemb.records import JournalEntry, Run

_SOUND = f"checksum IS {checksums.expression('journal')}"
# Text as bytes: a damaged one that cannot be decoded would end the whole query.
_ENTRIES = f"""
    SELECT id, run, path, CAST(payload_hash AS BLOB), CAST(before AS BLOB), CAST(after AS BLOB), CAST(note AS BLOB),
           undone, {_SOUND}
    FROM journal
"""


class JournalTables(Database):
    """The tables run and journal. Entries know files, not tracks, and outlive them."""

    def start_run(self, kind: Literal["tag", "undo"], encoder_id: str = "") -> int:
        """Begin a run that writes to files.

        Parameters
        ----------
        kind : {"tag", "undo"}
        encoder_id : str
            Whose guesses are written; "" for an undo.

        Returns
        -------
        int
            Id of the run.
        """
        started = datetime.now(UTC).isoformat(timespec="seconds")
        with self.transaction() as connection:
            values = (kind, started, encoder_id)
            cursor = connection.execute("INSERT INTO run (kind, started, encoder) VALUES (?, ?, ?)", values)
        return int(cursor.lastrowid or 0)

    def runs(self) -> list[Run]:
        """All runs.

        Returns
        -------
        list of Run
            The oldest first; `files` counts journal entries, undone or not.
        """
        statement = """
            SELECT r.id, r.kind, r.started, (SELECT count(*) FROM journal j WHERE j.run = r.id), r.encoder
            FROM run r ORDER BY r.id
        """
        from musicemb.records import Run

        with self.reading() as connection:
            return [Run(*row) for row in connection.execute(statement)]

    def add_journal(
        self,
        run: int,
        path: Path,
        payload_hash: str,
        before: Mapping[str, list[str]],
        after: Mapping[str, list[str]],
        note: Mapping[str, str] | None = None,
    ) -> int:
        """Note an edit of one file; on disk when this returns, so best called before the file is touched.

        Parameters
        ----------
        run : int
            From `start_run`.
        path : Path
        payload_hash : str
        before : mapping of tag field to values
        after : mapping of tag field to values
        note : mapping of str to str, optional

        Returns
        -------
        int
            Id of the entry.
        """
        texts = [pack_json(dict(part)) for part in (before, after, note or {})]
        values = (int(run), pack_path(path), payload_hash, *texts)
        with self.transaction() as connection:
            cursor = connection.execute(
                "INSERT INTO journal (run, path, payload_hash, before, after, note) VALUES (?, ?, ?, ?, ?, ?)", values
            )
            entry = int(cursor.lastrowid or 0)
            _seal(connection, entry)
        return entry

    def drop_journal(self, entry_id: int) -> None:
        """Remove the entry of an edit that was not made.

        Parameters
        ----------
        entry_id : int
        """
        with self.transaction() as connection:
            connection.execute("DELETE FROM journal WHERE id = ?", (int(entry_id),))

    def mark_undone(self, entry_id: int) -> None:
        """Note that an edit was undone.

        Parameters
        ----------
        entry_id : int

        Raises
        ------
        CatalogueError
            Where there is no such entry.
        """
        with self.transaction() as connection:
            # One that is damaged stays so: a new checksum would hide it.
            statement = f"UPDATE journal SET undone = 1 WHERE id = ? AND {_SOUND}"
            cursor = connection.execute(statement, (int(entry_id),))
            if cursor.rowcount != 1:
                raise CatalogueError(f"{self.path} has no journal entry {entry_id}: nothing was marked")
            _seal(connection, entry_id)

    def mark_left(self, entry_id: int) -> None:
        """Note that an edit was to be undone and could not be, so that it is when what is in the way goes.

        Parameters
        ----------
        entry_id : int
        """
        (entry,) = self.journal_entries([entry_id])
        if entry.damaged:
            return
        with self.transaction() as connection:
            note = pack_json({**entry.note, "left": "yes"})
            connection.execute("UPDATE journal SET note = ? WHERE id = ?", (note, int(entry_id)))
            _seal(connection, entry_id)

    def open_entries(self, *, undone: bool = False) -> dict[str, list[int]]:
        """Entries that were not undone.

        Parameters
        ----------
        undone : bool
            True: those that were, too.

        Returns
        -------
        dict of str to list of int
            Payload hash to ids, the oldest first; those that are damaged are left out.
        """
        found: dict[str, list[int]] = {}
        with self.reading() as connection:
            for entry, digest in connection.execute(
                f"SELECT id, payload_hash FROM journal WHERE undone <= ? AND {_SOUND} ORDER BY id", (int(undone),)
            ):
                found.setdefault(digest, []).append(entry)
        return found

    def journal_entries(self, ids: Iterable[int]) -> list[JournalEntry]:
        """Some entries.

        Parameters
        ----------
        ids : iterable of int

        Returns
        -------
        list of JournalEntry
            In the order of `ids`; unknown ones are left out.
        """
        with self.reading() as connection:
            rows = [connection.execute(f"{_ENTRIES} WHERE id = ?", (int(entry),)).fetchone() for entry in ids]
            return [_entry(row) for row in rows if row is not None]

    def journal(self, run: int) -> list[JournalEntry]:
        """Entries of a run, in the order of writing.

        Parameters
        ----------
        run : int

        Returns
        -------
        list of JournalEntry
            Empty for an unknown run.
        """
        with self.reading() as connection:
            rows = connection.execute(f"{_ENTRIES} WHERE run = ? ORDER BY id", (int(run),)).fetchall()
            return [_entry(row) for row in rows]

    def old_entries(self, before: str) -> list[int]:
        """Intact entries of runs that ended long ago, without those that wait to be undone.

        Parameters
        ----------
        before : str
            When the runs were started at the latest: ISO 8601, UTC.

        Returns
        -------
        list of int
            Ids, the oldest first.
        """
        statement = f"""
            SELECT id FROM journal
            WHERE run IN (SELECT id FROM run WHERE started < ?) AND {_SOUND}
                AND (undone = 1 OR instr(CAST(note AS BLOB), CAST('"left"' AS BLOB)) = 0)
            ORDER BY id
        """
        with self.reading() as connection:
            return [entry for (entry,) in connection.execute(statement, (before,))]

    def drop_entries(self, ids: Iterable[int], before: str) -> None:
        """Delete entries for good, and the runs of before a time that have none left.

        Parameters
        ----------
        ids : iterable of int
        before : str
            As for `old_entries`.
        """
        with self.transaction() as connection:
            connection.executemany("DELETE FROM journal WHERE id = ?", [(int(entry),) for entry in ids])
            connection.execute("DELETE FROM run WHERE started < ? AND id NOT IN (SELECT run FROM journal)", (before,))


def _seal(connection: sqlite3.Connection, entry_id: int) -> None:
    statement = f"UPDATE journal SET checksum = {checksums.expression('journal')} WHERE id = ?"
    connection.execute(statement, (int(entry_id),))


def _entry(row: tuple[Any, ...]) -> JournalEntry:
    from musicemb.records import JournalEntry

    entry, run, path, digest, before, after, note, undone, sound = row
    if not sound:
        where = unpack_path(path) if isinstance(path, bytes) else Path(f"journal entry {entry}")
        return JournalEntry(entry, run, where, "", {}, {}, undone=bool(undone), damaged=True)
    return JournalEntry(
        entry,
        run,
        unpack_path(path),
        unpack_text(digest),
        before=unpack_json(before),
        after=unpack_json(after),
        note=unpack_json(note),
        undone=bool(undone),
    )
