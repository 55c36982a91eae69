"""Checksums of the rows that nobody can make again (the journal) or would miss the damage of (vectors).

SQLite finds a torn page, but no flipped bit inside a value. A checksum covers all of a row's other columns.
"""

from __future__ import annotations

import sqlite3
import struct
import zlib

FUNCTION = "row_checksum"
"""Name of the function that `register` gives to SQL."""

CHECKED = {
    "embedding": ("track", "encoder", "vector", "homogeneity"),
    "segment": ("track", "encoder", "starts", "codes", "scales"),
    "journal": ("id", "run", "path", "payload_hash", "before", "after", "note", "undone"),
}
"""Tables with a column "checksum", and the columns that it is made of."""


def row_checksum(*values: float | bytes | None) -> int:
    """CRC-32 of values, each with its type and length, so that no two rows read alike.

    Parameters
    ----------
    *values : None, int, float or bytes
        A pair per column: whether it is text, and its value, text as UTF-8.

    Returns
    -------
    int
    """
    found = 0
    for value in values:
        if isinstance(value, bytes):
            found = zlib.crc32(value, zlib.crc32(b"b%d:" % len(value), found))
        elif isinstance(value, float):
            found = zlib.crc32(b"f" + struct.pack("<d", value), found)
        else:
            found = zlib.crc32(f"{value};".encode(), found)
    return found


def register(connection: sqlite3.Connection) -> None:
    """Let SQL on a connection compute checksums.

    Parameters
    ----------
    connection : sqlite3.Connection
    """
    connection.create_function(FUNCTION, -1, row_checksum, deterministic=True)


def expression(table: str) -> str:
    """The checksum of a row as it stands, in SQL.

    Parameters
    ----------
    table : str
        One of `CHECKED`.

    Returns
    -------
    str
    """
    # Text goes as bytes: where it is damaged it may not be decodable.
    parts = (
        f"typeof({name}) = 'text', CASE typeof({name}) WHEN 'text' THEN CAST({name} AS BLOB) ELSE {name} END"
        for name in CHECKED[table]
    )
    return f"{FUNCTION}({', '.join(parts)})"
