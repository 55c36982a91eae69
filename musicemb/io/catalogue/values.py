"""What was measured of the audio: tempo, key, loudness.

Kept by the hash of the payload, not by track: copies share it, and it outlives moves and forgotten tracks.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from musicemb.io.catalogue.columns import unpack_number
from musicemb.io.catalogue.connection import Database
from musicemb.records import MusicalKey, TrackValues

VALUE_COLUMNS = (
    "bpm",
    "bpm_confidence",
    "musical_key",
    "key_confidence",
    "loudness",
    "loudness_confidence",
    "loudness_range",
    "range_confidence",
    "peak",
)
"""Of the table measured, in the order that `unpack_values` takes them."""


MEASURED = (
    # NULL is "not there": a track without a beat has no tempo.
    """
    CREATE TABLE measured (
        payload_hash TEXT PRIMARY KEY, bpm REAL, bpm_confidence REAL NOT NULL, musical_key TEXT,
        key_confidence REAL NOT NULL, loudness REAL, loudness_confidence REAL NOT NULL,
        loudness_range REAL, range_confidence REAL NOT NULL, peak REAL
    ) WITHOUT ROWID
    """,
)
"""The migration that made the table; never edited, like those in `schema`."""


class ValueTable(Database):
    """The table measured."""

    def put_values(self, payload_hash: str, values: TrackValues) -> None:
        """Store what was measured of some audio; `put_track` does this too.

        Parameters
        ----------
        payload_hash : str
        values : TrackValues
        """
        key = None if values.key is None else values.key.name
        row = (
            payload_hash,
            values.bpm,
            float(values.bpm_confidence),
            key,
            float(values.key_confidence),
            values.loudness,
            float(values.loudness_confidence),
            values.loudness_range,
            float(values.range_confidence),
            values.peak,
        )
        marks = ", ".join("?" * len(row))
        columns = ", ".join(("payload_hash", *VALUE_COLUMNS))
        with self.transaction() as connection:
            connection.execute(f"INSERT OR REPLACE INTO measured ({columns}) VALUES ({marks})", row)

    def unmeasured(self) -> set[int]:
        """Tracks that are not gone and of whose audio nothing was measured: they were scanned by an older version.

        Returns
        -------
        set of int
            Track ids.
        """
        statement = """
            SELECT t.id FROM track t LEFT JOIN measured v ON v.payload_hash = t.payload_hash
            WHERE t.gone = 0 AND v.payload_hash IS NULL
        """
        with self.reading() as connection:
            return {row for (row,) in connection.execute(statement)}


def unpack_values(row: Sequence[Any]) -> TrackValues | None:
    """Values as the catalogue has them.

    Parameters
    ----------
    row : sequence
        Of `VALUE_COLUMNS`.

    Returns
    -------
    TrackValues or None
        None where nothing was measured.
    """
    bpm, bpm_sure, key, key_sure, loudness, loudness_sure, extent, extent_sure, peak = row
    if bpm_sure is None:
        return None

    def number(value: object) -> float | None:
        return None if value is None else unpack_number(value)

    return TrackValues(
        number(bpm),
        unpack_number(bpm_sure),
        None if key is None else MusicalKey.from_text(str(key)),
        unpack_number(key_sure),
        number(loudness),
        unpack_number(loudness_sure),
        number(extent),
        unpack_number(extent_sure),
        number(peak),
    )
