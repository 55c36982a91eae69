"""The edition of a catalogue: a number that every change replaces, so that an outdated index is recognised.

Where nothing has happened since but that tracks came, what the index holds is still true, and the next one is made from
it: `indexed` names the edition that it was made for, until anything that it knows changes. Genres that we wrote into
files do not vote: tracks of which these alone have changed are noted one by one.
"""

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

_OUTGROWN = "BEGIN UPDATE edition SET indexed = NULL, reach = 0; END"
_KNOWN = "(SELECT reach FROM edition)"


def _outgrown(table: str, event: str, when: str) -> str:
    name = f"outgrown_{table}_{event.split()[1].lower()}"
    return f"CREATE TRIGGER {name} {event} ON {table} WHEN {_KNOWN} > 0 AND ({when}) {_OUTGROWN}"


def _of_tracks(table: str, key: str, columns: str) -> tuple[str, ...]:
    """Triggers for a table with a row per track: what happens to tracks beyond the index's reach is none of it."""
    return (
        _outgrown(table, "AFTER INSERT", f"NEW.{key} <= {_KNOWN}"),  # also what takes another row's place
        _outgrown(table, "AFTER DELETE", f"OLD.{key} <= {_KNOWN}"),
        _outgrown(table, f"AFTER UPDATE OF {columns}", f"OLD.{key} <= {_KNOWN}"),
    )


_SAME_START = " AND ".join(f"substr(NEW.{one}, 1, length(s.{one})) = s.{one}" for one in ("tracks", "numbers"))
_SAME_VALUES = " AND ".join(f"m.{one} IS NEW.{one}" for one in ("payload_hash", "bpm", "musical_key", "loudness"))
_HEARD_BEFORE = f"SELECT 1 FROM track WHERE payload_hash = NEW.payload_hash AND id <= {_KNOWN}"

ADDITIONS = (
    "ALTER TABLE edition ADD COLUMN indexed INTEGER",
    # The highest number of a track that this index can know.
    "ALTER TABLE edition ADD COLUMN reach INTEGER NOT NULL DEFAULT 0",
    *_of_tracks("track", "id", _INDEXED["track"]),
    *_of_tracks("embedding", "track", _INDEXED["embedding"]),
    *_of_tracks("membership", "track", "track, encoder, cluster, strength"),
    *_of_tracks("guess", "track", _INDEXED_LATER["guess"]),
    *_of_tracks("odds", "track", _INDEXED_LATER["odds"]),
    *(_outgrown("encoder", event, "1") for event in ("AFTER DELETE", "AFTER UPDATE OF id, active")),
    *(_outgrown("imported_genre", f"AFTER {event}", "1") for event in ("INSERT", "DELETE", "UPDATE")),
    # Of the same audio the same values may be stored once more: a copy has come.
    _outgrown(
        "measured",
        "BEFORE INSERT",
        f"EXISTS ({_HEARD_BEFORE}) AND NOT EXISTS (SELECT 1 FROM measured m WHERE {_SAME_VALUES})",
    ),
    *(_outgrown("measured", f"AFTER {event}", "1") for event in ("DELETE", "UPDATE")),
    # One row for all tracks: those that came stand behind the others.
    _outgrown(
        "surroundings",
        "BEFORE INSERT",
        f"NOT EXISTS (SELECT 1 FROM surroundings s WHERE s.encoder = NEW.encoder AND {_SAME_START})",
    ),
    *(_outgrown("surroundings", f"AFTER {event}", "1") for event in ("DELETE", "UPDATE")),
)
"""Migration that lets an index be made from the one before, where only tracks came since."""

_SAME = " AND ".join(
    f"NEW.{one} IS OLD.{one}" for one in ("id", "path", "duration", "payload_hash", "artist", "title", "album", "gone")
)
_SAME_GENRES = "NEW.genres IS OLD.genres AND NEW.our_genres IS OLD.our_genres"
_NEVER_THEIRS = "OLD.genres IS OLD.our_genres AND NEW.genres IS NEW.our_genres"
"""The genre in the file was and is only ours: nothing of the listener's has changed."""

RETAGGED = (
    # Tracks that an index knows, of which the genres that we wrote have changed since it was made.
    "CREATE TABLE retagged (track INTEGER PRIMARY KEY)",
    "DROP TRIGGER outgrown_track_update",
    _outgrown(
        "track",
        f"AFTER UPDATE OF {_INDEXED['track']}",
        f"OLD.id <= {_KNOWN} AND NOT ({_SAME} AND ({_SAME_GENRES} OR {_NEVER_THEIRS}))",
    ),
    "CREATE TRIGGER retagged_track AFTER UPDATE OF genres, our_genres ON track "
    f"WHEN OLD.id <= {_KNOWN} AND NOT ({_SAME_GENRES}) BEGIN INSERT OR IGNORE INTO retagged VALUES (OLD.id); END",
)
"""Migration that lets an index be made from the one before after `tag` and `undo`, too."""
