"""What tells that an index no longer fits its catalogue: a number in it that every change replaces."""

from __future__ import annotations

from collections.abc import Mapping

_INDEXED = {
    "track": "path, duration, payload_hash, artist, title, album, genres, our_genres, gone",
    "embedding": "track, encoder, vector",
    "surroundings": "encoder, tracks, numbers",
    "membership": "track, encoder, cluster",
    "encoder": "id, active",
    "imported_genre": "payload_hash, genres",
}
"""Tables that the index beside the catalogue is made from and the columns that matter to it."""

_INDEXED_LATER = {
    "guess": "track, encoder, genre",
    "odds": "track, encoder, worth",
    "measured": "payload_hash, bpm, musical_key, loudness",
}
"""Those that it has been made from since it answers for counts and genres too."""


def _triggers(tables: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(
        f"CREATE TRIGGER edition_{table}_{event.split()[0].lower()} AFTER {event} ON {table} "
        "BEGIN UPDATE edition SET number = random(); END"
        for table, columns in tables.items()
        for event in ("INSERT", "DELETE", f"UPDATE OF {columns}")
    )


EDITION = (
    # Another number whenever what the index is made from has changed, whoever changed it: an index fits one edition.
    "CREATE TABLE edition (id INTEGER PRIMARY KEY CHECK (id = 1), number INTEGER NOT NULL)",
    "INSERT INTO edition VALUES (1, random())",
    # Few are gone: to leave these out is quicker than to look at each track whether it is there.
    "CREATE INDEX track_gone ON track (id) WHERE gone = 1",
    *_triggers(_INDEXED),
)
"""Migration of the catalogue that brings the edition."""

EDITION_OF_GENRES = _triggers(_INDEXED_LATER)
"""Migration that lets it stand for guesses and measured values too."""
