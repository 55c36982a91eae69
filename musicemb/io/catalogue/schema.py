"""The tables of the catalogue, as numbered migrations; also tells whether a file is a catalogue.

A migration is never edited once it has shipped: a change is a new one at the end of `MIGRATIONS`. Each runs in a
transaction of its own together with the version number (a new catalogue: all in one), so that it is always at one.
"""

from __future__ import annotations

import sqlite3
from typing import Literal

from musicemb.io.catalogue.safety.checksums import CHECKED, expression
from musicemb.io.catalogue.scan_state import IDENTIFIERS
from musicemb.io.catalogue.values import MEASURED, SILENCE
from musicemb.io.index.edition import ADDITIONS, EDITION, EDITION_OF_GENRES, RETAGGED

APPLICATION_ID = 0x4D757345
"""SQLite's own mark of whose file it is ("MusE")."""

_FIRST = (
    """
    CREATE TABLE encoder (
        id TEXT PRIMARY KEY,
        name TEXT NOT NULL DEFAULT '',
        dimensions INTEGER,
        active INTEGER NOT NULL DEFAULT 0
    )
    """,
    "CREATE UNIQUE INDEX one_active_encoder ON encoder (active) WHERE active = 1",
    # AUTOINCREMENT: the id of a forgotten track is never given to another one.
    """
    CREATE TABLE track (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        path BLOB NOT NULL UNIQUE,
        size INTEGER NOT NULL,
        mtime_ns INTEGER NOT NULL,
        payload_hash TEXT NOT NULL,
        duration REAL NOT NULL,
        decoder TEXT NOT NULL,
        note TEXT NOT NULL,
        artist TEXT NOT NULL,
        title TEXT NOT NULL,
        album TEXT NOT NULL,
        genres TEXT NOT NULL,
        our_genres TEXT NOT NULL,
        our_confidence REAL,
        our_encoder TEXT NOT NULL,
        gone INTEGER NOT NULL DEFAULT 0
    )
    """,
    "CREATE INDEX track_payload ON track (payload_hash)",
    """
    CREATE TABLE embedding (
        track INTEGER NOT NULL REFERENCES track (id) ON DELETE CASCADE,
        encoder TEXT NOT NULL REFERENCES encoder (id) ON DELETE CASCADE,
        vector BLOB NOT NULL,
        homogeneity REAL NOT NULL,
        PRIMARY KEY (track, encoder)
    )
    """,
    """
    CREATE TABLE segment (
        track INTEGER NOT NULL REFERENCES track (id) ON DELETE CASCADE,
        encoder TEXT NOT NULL REFERENCES encoder (id) ON DELETE CASCADE,
        starts BLOB NOT NULL,
        codes BLOB NOT NULL,
        scales BLOB NOT NULL,
        PRIMARY KEY (track, encoder)
    )
    """,
    """
    CREATE TABLE cluster (
        encoder TEXT NOT NULL REFERENCES encoder (id) ON DELETE CASCADE,
        id INTEGER NOT NULL,
        name TEXT NOT NULL,
        size INTEGER NOT NULL,
        typical TEXT NOT NULL,
        PRIMARY KEY (encoder, id)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE membership (
        track INTEGER NOT NULL REFERENCES track (id) ON DELETE CASCADE,
        encoder TEXT NOT NULL REFERENCES encoder (id) ON DELETE CASCADE,
        cluster INTEGER NOT NULL,
        strength REAL NOT NULL,
        nearest INTEGER NOT NULL,
        PRIMARY KEY (track, encoder)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE guess (
        track INTEGER NOT NULL REFERENCES track (id) ON DELETE CASCADE,
        encoder TEXT NOT NULL REFERENCES encoder (id) ON DELETE CASCADE,
        genre TEXT NOT NULL,
        confidence REAL NOT NULL,
        witness TEXT NOT NULL,
        PRIMARY KEY (track, encoder)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE problem (
        path BLOB PRIMARY KEY,
        reason TEXT NOT NULL,
        kind TEXT NOT NULL,
        transient INTEGER NOT NULL,
        size INTEGER NOT NULL,
        mtime_ns INTEGER NOT NULL
    ) WITHOUT ROWID
    """,
    "CREATE TABLE root (path BLOB PRIMARY KEY) WITHOUT ROWID",
    """
    CREATE TABLE run (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        kind TEXT NOT NULL,
        started TEXT NOT NULL,
        encoder TEXT NOT NULL
    )
    """,
    # The journal knows files, not tracks: it outlives a track that was forgotten.
    """
    CREATE TABLE journal (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        run INTEGER NOT NULL REFERENCES run (id),
        path BLOB NOT NULL,
        payload_hash TEXT NOT NULL,
        before TEXT NOT NULL,
        after TEXT NOT NULL,
        note TEXT NOT NULL,
        undone INTEGER NOT NULL DEFAULT 0
    )
    """,
    "CREATE INDEX journal_run ON journal (run)",
)

_SURROUNDINGS = (
    # One row per encoder: a query reads all of them at once, and they are replaced as a whole.
    """
    CREATE TABLE surroundings (
        encoder TEXT PRIMARY KEY REFERENCES encoder (id) ON DELETE CASCADE,
        tracks BLOB NOT NULL,
        numbers BLOB NOT NULL
    )
    """,
)

_CLUSTERINGS = (
    # How the clusters were made, as JSON: it is shown, never searched.
    """
    CREATE TABLE clustering (
        encoder TEXT PRIMARY KEY REFERENCES encoder (id) ON DELETE CASCADE,
        facts TEXT NOT NULL
    ) WITHOUT ROWID
    """,
    # Apart from cluster, whose rows are replaced at every clustering: what the listener said outlives them.
    """
    CREATE TABLE given_name (
        encoder TEXT NOT NULL REFERENCES encoder (id) ON DELETE CASCADE,
        cluster INTEGER NOT NULL,
        name TEXT NOT NULL,
        PRIMARY KEY (encoder, cluster)
    ) WITHOUT ROWID
    """,
    "ALTER TABLE cluster ADD COLUMN traits TEXT NOT NULL DEFAULT ''",
    # Of the audio itself, whatever encoder heard it; tracks of older scans have none.
    """
    CREATE TABLE sound (
        track INTEGER PRIMARY KEY REFERENCES track (id) ON DELETE CASCADE,
        tempo REAL NOT NULL,
        brightness REAL NOT NULL,
        energy REAL NOT NULL
    )
    """,
    "CREATE TABLE preference (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
)

_LAYOUT = (
    # laid is 0 where a track was put among its neighbours after the layout was made.
    """
    CREATE TABLE layout (
        track INTEGER NOT NULL REFERENCES track (id) ON DELETE CASCADE,
        encoder TEXT NOT NULL REFERENCES encoder (id) ON DELETE CASCADE,
        x REAL NOT NULL,
        y REAL NOT NULL,
        laid INTEGER NOT NULL,
        PRIMARY KEY (track, encoder)
    ) WITHOUT ROWID
    """,
)

_CHECKSUMS = (
    # See `checksums`. Of segments the older rows stay without one: to read and write them all would take minutes.
    *(f"ALTER TABLE {table} ADD COLUMN checksum INTEGER" for table in CHECKED),
    *(f"UPDATE {table} SET checksum = {expression(table)}" for table in ("embedding", "journal")),
    # The process that scans or writes to music now; at most one row.
    """
    CREATE TABLE holder (
        token TEXT NOT NULL,
        pid INTEGER NOT NULL,
        started REAL NOT NULL,
        host TEXT NOT NULL,
        command TEXT NOT NULL,
        since TEXT NOT NULL,
        seen TEXT NOT NULL
    )
    """,
)

_ODDS = (
    # What is likely of each track, as JSON: what is said of it can be chosen anew without a scan.
    """
    CREATE TABLE odds (
        track INTEGER NOT NULL REFERENCES track (id) ON DELETE CASCADE,
        encoder TEXT NOT NULL REFERENCES encoder (id) ON DELETE CASCADE,
        worth TEXT NOT NULL,
        threshold REAL NOT NULL,
        witness TEXT NOT NULL,
        PRIMARY KEY (track, encoder)
    ) WITHOUT ROWID
    """,
)

_STAYING = (
    # 1 where the track took part in the last full grouping; 0 where it joined since, or was away then.
    "ALTER TABLE membership ADD COLUMN grouped INTEGER NOT NULL DEFAULT 1",
    # Names that the listener gave to groups that are not there just now, with the tracks that were in them.
    "CREATE TABLE kept_name (name TEXT PRIMARY KEY, tracks TEXT NOT NULL) WITHOUT ROWID",
)

_IMPORTED = (
    # Genres that the listener told by a file: of the audio, so that they outlive moves, rescans and forgotten tracks.
    "CREATE TABLE imported_genre (payload_hash TEXT PRIMARY KEY, genres TEXT NOT NULL) WITHOUT ROWID",
)

_DECISIONS = (
    # What the listener said of a guess in a review, until it is written; that a file stays as it is, for good.
    """
    CREATE TABLE decision (
        track INTEGER PRIMARY KEY REFERENCES track (id) ON DELETE CASCADE, payload_hash TEXT NOT NULL,
        before TEXT NOT NULL, guessed TEXT NOT NULL, verdict TEXT NOT NULL, genres TEXT NOT NULL
    )
    """,
)

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    *(_FIRST, _SURROUNDINGS, _CLUSTERINGS, _LAYOUT, _CHECKSUMS, _ODDS, _STAYING, _IMPORTED, _DECISIONS, MEASURED),
    *(IDENTIFIERS, EDITION, EDITION_OF_GENRES, SILENCE, ADDITIONS, RETAGGED),
)
"""Statements that lead from version n to n + 1, n counted from 0."""

State = Literal["empty", "foreign", "older", "current", "newer"]


def read_state(connection: sqlite3.Connection) -> State:
    """Determine the kind of database of a connection; writes nothing.

    Parameters
    ----------
    connection : sqlite3.Connection
        In autocommit mode, outside of a transaction.

    Returns
    -------
    str
        "empty": a new file; "foreign": another program's database; "older", "current", "newer": a catalogue,
        and how its version compares with this program's.

    Raises
    ------
    sqlite3.Error
        Where it is no database at all, damaged or locked.
    """
    connection.execute("BEGIN")  # the three belong together: another process may be making the tables just now
    try:
        (mark,) = connection.execute("PRAGMA application_id").fetchone()
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
    if mark == 0 and version == 0 and tables == 0:
        return "empty"
    if mark != APPLICATION_ID:
        return "foreign"
    newest = len(MIGRATIONS)
    return "current" if version == newest else "older" if version < newest else "newer"


def migrate(connection: sqlite3.Connection) -> None:
    """Bring a catalogue to the present version: a new one in one transaction, an older one in one per migration.

    Also proves that the catalogue can be written: even one that is up to date is marked once more.

    Parameters
    ----------
    connection : sqlite3.Connection
        In autocommit mode (`isolation_level=None`), outside of a transaction.

    Raises
    ------
    sqlite3.Error
        Where something cannot be written; the migration that failed has left nothing behind.
    """
    while True:
        connection.execute("BEGIN IMMEDIATE")
        try:
            # Read inside the transaction: another process may have been faster.
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            reached = max(version, min(version + 1, len(MIGRATIONS)) if version else len(MIGRATIONS))
            for statement in sum(MIGRATIONS[version:reached], ()):
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {reached}")
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        if reached >= len(MIGRATIONS):
            return
