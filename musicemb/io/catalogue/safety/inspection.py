"""Looks for damage in a catalogue: its structure, the checksums, and values that nobody has written."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass, field

from musicemb.io.catalogue.safety.checksums import CHECKED, expression

_JSON = {"genres", "our_genres", "typical", "facts", "worth"}
_OBJECTS = {"facts", "worth"}
_UNLESS_EMPTY = {"traits"}
_KINDS = {"INTEGER": ("integer",), "REAL": ("real", "integer"), "BLOB": ("blob",), "TEXT": ("text", "blob")}
_LINES = 20
"""Complaints of SQLite that are kept."""


@dataclass
class Damage:
    """The damage of a catalogue."""

    structure: list[str] = field(default_factory=list)
    """In SQLite's words."""
    checksums: dict[str, list[int]] = field(default_factory=dict)
    """Of journal the entries' ids, of the other tables the tracks'."""
    values: list[str] = field(default_factory=list)
    """Tables with values that cannot be read, and how many."""

    def __bool__(self) -> bool:
        return bool(self.structure or self.checksums or self.values)


def inspect(connection: sqlite3.Connection) -> Damage:
    """Look for damage; changes nothing.

    Parameters
    ----------
    connection : sqlite3.Connection
        To a catalogue of the present version, checksums registered.

    Returns
    -------
    Damage
    """
    found = Damage()
    try:
        lines = [str(row[0]) for row in connection.execute(f"PRAGMA integrity_check({_LINES})")]
        found.structure = [" ".join(line.split()) for line in lines if line != "ok"]
        strays = connection.execute("PRAGMA foreign_key_check").fetchall()
        if strays:
            found.structure.append(f"{len(strays):,} rows belong to nothing, the first in table {strays[0][0]}")
    except (sqlite3.Error, UnicodeDecodeError) as error:
        found.structure.append(" ".join(str(error).split()))
    for table in CHECKED:
        key = "id" if table == "journal" else "track"
        known = " AND checksum IS NOT NULL" if table == "segment" else ""
        statement = f"SELECT {key} FROM {table} WHERE checksum IS NOT {expression(table)}{known} ORDER BY 1"
        try:
            rows = [int(row) for (row,) in connection.execute(statement)]
        except (sqlite3.Error, ValueError, TypeError) as error:
            found.structure.append(f"table {table}: {' '.join(str(error).split())}")
        else:
            if rows:
                found.checksums[table] = rows
    try:
        found.values = [f"{count:,} in table {table}" for table, count in unreadable_rows(connection).items()]
    except (sqlite3.Error, UnicodeDecodeError) as error:
        if not found.structure:
            found.structure.append(" ".join(str(error).split()))
    return found


def unreadable_rows(connection: sqlite3.Connection) -> dict[str, int]:
    """Count rows with a value that is not of its column's kind, text that cannot be decoded, a list that is none.

    Parameters
    ----------
    connection : sqlite3.Connection

    Returns
    -------
    dict of str to int
        By table, those without any left out.

    Raises
    ------
    sqlite3.Error
        Where a table cannot be read.
    """
    found = {}
    names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    for (table,) in names.fetchall():
        columns = connection.execute(f"PRAGMA table_info({table})").fetchall()
        wanted = [f"typeof({name})" for _, name, *_ in columns]
        # Text as bytes: what cannot be decoded would end the whole query.
        wanted += [f"CAST({name} AS BLOB)" if kind == "TEXT" else "NULL" for _, name, kind, *_ in columns]
        count = 0
        for row in connection.execute(f"SELECT {', '.join(wanted)} FROM {table}"):
            values = zip(columns, row[: len(columns)], row[len(columns) :], strict=True)
            count += not all(
                is_sound(name, declared, kind, text, required=bool(required or key))
                for (_, name, declared, required, _, key), kind, text in values
            )
        if count:
            found[table] = count
    return found


def is_sound(name: str, declared: str, kind: str, text: bytes | None, *, required: bool) -> bool:
    """Whether a value can be what its column holds.

    Parameters
    ----------
    name, declared : str
        Of the column, and its type.
    kind : str
        Of the value, as SQLite's typeof says.
    text : bytes or None
        The value of a column of text.
    required : bool
        The value may not be missing.

    Returns
    -------
    bool
    """
    if kind == "null":
        return not required
    if kind not in _KINDS.get(declared, (kind,)):
        return False
    if declared != "TEXT" or text is None:
        return True
    try:
        decoded = text.decode("utf-8", "surrogatepass")
        if name in _JSON or (name in _UNLESS_EMPTY and decoded):
            return isinstance(json.loads(decoded), dict if name in _OBJECTS else list)
    except (ValueError, RecursionError):
        return False
    return True
