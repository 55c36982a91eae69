"""Saves what is intact in a damaged catalogue into a new one, row by row, past the pages that are damaged."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from musicemb.errors import CatalogueError
from musicemb.io.catalogue import schema
from musicemb.io.catalogue.connection import explain
from musicemb.io.catalogue.safety.checksums import CHECKED, register, row_checksum
from musicemb.io.catalogue.safety.copies import write_whole
from musicemb.io.catalogue.safety.inspection import is_sound
from musicemb.io.catalogue.safety.pages import Pages, Row, Value
from musicemb.io.catalogue.safety.swap import aside, replace_catalogue
from musicemb.records import Repair

_CHECKSUMS_CAME = 5
"""Version from which on all rows of these have a checksum; segments of older ones may have none."""
_ALIKE = ("track", "embedding", "segment", "journal")
"""Tables whose rows are known by their shape where nothing leads to them any more."""
_NEVER = ("holder", "edition", "retagged")
"""Tables that the new catalogue has of its own."""
_LARGEST_ID = 2**53
_ANY_VERSION = 1000
"""No version will ever be so high: the number itself is damaged."""
_NO_DAMAGE = (
    *(sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL, sqlite3.SQLITE_PERM),
    *(sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_FULL),
)
_KINDS = {type(None): "null", int: "integer", float: "real", bytes: "blob", str: "text"}


@dataclass(frozen=True)
class _Column:
    name: str
    kind: str
    required: bool
    rowid: bool


def salvage(path: Path) -> Repair:
    """Put what can be saved of a catalogue in its place; the damaged file stays beside it.

    A kill at any moment leaves the damaged file or the new one.

    Parameters
    ----------
    path : Path

    Returns
    -------
    Repair

    Raises
    ------
    CatalogueError
        Where nothing can be saved, another process holds the catalogue, or nothing can be written.
    """
    saved: dict[str, int] = {}
    lost: dict[str, tuple[int, ...]] = {}
    try:
        kept = replace_catalogue(path, lambda connection: _fill(path, connection, saved, lost), "damaged")
    except sqlite3.Error as error:
        raise explain(error, path) from error
    except OSError as error:
        raise CatalogueError(f"{path} cannot be replaced: {error.strerror or error}; it is as it was") from error
    return Repair(kept, saved, lost)


def salvage_into(path: Path, target: Path) -> None:
    """Put what can be saved of a damaged catalogue into a new file.

    Parameters
    ----------
    path : Path
        Stays as it is.
    target : Path
        Replaced where it exists.

    Raises
    ------
    CatalogueError, sqlite3.Error, OSError
        Where nothing can be saved, or written.
    """
    write_whole(target, lambda connection: _fill(path, connection, {}, {}))


def _fill(path: Path, connection: sqlite3.Connection, saved: dict[str, int], lost: dict[str, tuple[int, ...]]) -> None:
    with closing(_open_pages(path)) as pages:
        _Salvage(pages, connection).run(saved, lost)
    if not saved.get("track") and not saved.get("journal"):
        raise CatalogueError(f"nothing could be saved of {path}: restore a backup, or move it away and scan again")


def is_damage(error: CatalogueError, path: Path) -> bool:
    """Whether a catalogue could not be opened because it is damaged.

    Parameters
    ----------
    error : CatalogueError
        What opening it said.
    path : Path

    Returns
    -------
    bool
        False where there is none, it is another program's or a newer version's, or is in use.
    """
    cause = error.__cause__
    if isinstance(cause, sqlite3.Error):
        return getattr(cause, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF not in _NO_DAMAGE
    if isinstance(cause, UnicodeDecodeError):
        return True
    try:
        with closing(_open_pages(path)) as pages:
            names = {row[1] for _, row in pages.rows(1, set()) if len(row) == 5}
            sound = pages.mark == schema.APPLICATION_ID and len(schema.MIGRATIONS) < pages.version < _ANY_VERSION
            return {"track", "journal"} <= names and not sound
    except (OSError, ValueError):
        return False


def _open_pages(path: Path) -> Pages:
    log = path.with_name(f"{path.name}-wal")
    if not log.exists():
        # A repair that was killed has put the log aside with the file already.
        for kept in aside(path, "damaged"):
            if kept.samefile(path):
                log = kept.with_name(f"{kept.name}-wal")
    return Pages(path, log)


class _Salvage:
    """One salvage, table by table."""

    def __init__(self, pages: Pages, connection: sqlite3.Connection) -> None:
        self._pages, self._new = pages, connection
        self._seen: set[int] = set()
        self._bad: dict[str, set[int]] = {name: set() for name in CHECKED}
        register(connection)
        connection.execute("PRAGMA foreign_keys = OFF")
        schema.migrate(connection)
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
        self._tables = {name: self._columns(name) for (name,) in names.fetchall() if name not in _NEVER}
        self._roots: dict[str, int] = {}
        for _, row in pages.rows(1, self._seen):
            if len(row) == 5 and isinstance(row[1], str) and isinstance(row[3], int):
                self._roots[row[1]] = row[3]

    def _columns(self, table: str) -> list[_Column]:
        rows = self._new.execute(f"PRAGMA table_info({table})").fetchall()
        keys = [row for row in rows if row[5]]
        whole = "WITHOUT ROWID" not in str(
            self._new.execute("SELECT sql FROM sqlite_master WHERE name = ?", (table,)).fetchone()[0]
        )
        alias = whole and len(keys) == 1 and keys[0][2] == "INTEGER"
        return [_Column(row[1], row[2], bool(row[3]), alias and bool(row[5])) for row in rows]

    def run(self, saved: dict[str, int], lost: dict[str, tuple[int, ...]]) -> None:
        """Fill the new catalogue, and say what is in it and what is known not to be."""
        named = {table: self._known_ids(table) for table in ("track", "journal")}
        self._new.execute("BEGIN IMMEDIATE")
        for table in self._tables:
            if table in self._roots:
                self._put(table, self._reach(table))
        self._put_sequence()
        for name in self._roots.keys() - self._tables.keys():
            list(self._reach(name))  # indexes: no row of theirs is one of a table
        self._put_strays(self._pages.lost_rows(self._seen))
        self._mend_references()
        self._new.execute("COMMIT")
        for table in self._tables:
            (saved[table],) = self._new.execute(f"SELECT count(*) FROM {table}").fetchone()
        for table, ids in named.items():
            there = {row for (row,) in self._new.execute(f"SELECT id FROM {table}")}
            lost[table] = tuple(sorted(ids - there))
        for mark in ("embedding", "segment"):
            lost[mark] = tuple(sorted(self._bad[mark]))

    def _reach(self, name: str) -> Iterator[tuple[int, Row]]:
        seen: set[int] = set()  # of its own: a damaged page of another table may lead into this one
        yield from self._pages.rows(self._roots[name], seen)
        self._seen |= seen

    def _known_ids(self, table: str) -> set[int]:
        """Ids of the rows that there were, as far as the table's own keys and its indexes tell."""
        found: set[int] = set()
        if table in self._roots:
            found |= {rowid for rowid, _ in self._pages.rows(self._roots[table], set())}
        for index in ("track_payload",) if table == "track" else ("journal_run",):
            if index in self._roots:
                rows = self._pages.rows(self._roots[index], set())
                found |= {row[-1] for _, row in rows if row and isinstance(row[-1], int)}
        return {row for row in found if 0 < row < _LARGEST_ID}

    def _put(self, table: str, rows: Iterable[tuple[int, Row]]) -> None:
        columns = self._tables[table]
        marks = ", ".join("?" * len(columns))
        for rowid, row in rows:
            values = self._fit(table, rowid, row)
            if values is not None:
                self._new.execute(f"INSERT OR IGNORE INTO {table} VALUES ({marks})", values)

    def _put_strays(self, rows: Iterator[tuple[int, Row]]) -> None:
        for rowid, row in rows:
            for table in _ALIKE:
                missing = len(self._tables[table]) - len(row)
                # Where a shape is shared the checksum decides: without one only a track is told by its shape.
                alike = missing == 0 if table in CHECKED else 0 <= missing <= 2
                if alike and self._fit(table, rowid, row, stray=True) is not None:
                    self._put(table, [(rowid, row)])
                    break

    def _put_sequence(self) -> None:
        """Let no id be given again that was in use."""
        if "sqlite_sequence" not in self._roots:
            return
        for _, row in self._reach("sqlite_sequence"):
            if len(row) == 2 and row[0] in self._tables and isinstance(row[1], int):
                changed = self._new.execute(
                    "UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = ?", (row[1], row[0])
                )
                if not changed.rowcount:
                    self._new.execute("INSERT INTO sqlite_sequence VALUES (?, ?)", (row[0], row[1]))

    def _fit(self, table: str, rowid: int, row: Row, *, stray: bool = False) -> list[Value] | None:
        """A row as its table wants it; None where it is damaged."""
        columns = self._tables[table]
        if len(row) > len(columns):
            return None
        values: list[Value] = []
        for column, value in zip(columns, (*row, *[None] * (len(columns) - len(row))), strict=True):
            if column.rowid:
                value = rowid if 0 < rowid < _LARGEST_ID else None
            elif column.kind == "REAL" and isinstance(value, int):
                value = float(value)
            text = value.encode("utf-8", "surrogateescape") if isinstance(value, str) else None
            raw = value if isinstance(value, bytes) else text
            kind = _KINDS[type(value)]
            if not is_sound(column.name, column.kind, kind, raw, required=column.required or column.rowid):
                return None
            values.append(value)
        if table in CHECKED and not self._check(table, columns, values, stray=stray):
            return None
        return values

    def _check(self, table: str, columns: list[_Column], values: list[Value], *, stray: bool) -> bool:
        by_name = dict(zip((column.name for column in columns), values, strict=True))
        pairs: list[float | bytes | None] = []
        for name in CHECKED[table]:
            value = by_name[name]
            pairs += [1, value.encode("utf-8", "surrogateescape")] if isinstance(value, str) else [0, value]
        right = row_checksum(*pairs)
        stored = by_name["checksum"]
        if stored is None and not stray and (table == "segment" or self._pages.version < _CHECKSUMS_CAME):
            values[[column.name for column in columns].index("checksum")] = right
            return True
        if stored != right:
            owner = by_name.get("track", by_name.get("id"))
            if not stray and isinstance(owner, int):
                self._bad[table].add(owner)
            return False
        return True

    def _mend_references(self) -> None:
        new = self._new
        new.execute("INSERT OR IGNORE INTO encoder (id) SELECT DISTINCT encoder FROM embedding")
        if new.execute("SELECT 1 FROM encoder WHERE active = 1").fetchone() is None:
            most = "(SELECT encoder FROM embedding GROUP BY encoder ORDER BY count(*) DESC LIMIT 1)"
            new.execute(f"UPDATE encoder SET active = 1 WHERE id = {most}")
        new.execute(
            "INSERT OR IGNORE INTO run (id, kind, started, encoder) SELECT DISTINCT run, 'tag', ?, '' FROM journal",
            (datetime.now(UTC).isoformat(timespec="seconds"),),
        )
        for table in self._tables:
            for reference in new.execute(f"PRAGMA foreign_key_list({table})").fetchall():
                parent, column, key = reference[2:5]
                new.execute(f"DELETE FROM {table} WHERE {column} NOT IN (SELECT {key} FROM {parent})")
