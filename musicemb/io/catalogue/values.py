"""What was measured of the audio: tempo, key, loudness, silence, and acoustic descriptors.

Values are kept by the hash of the payload, not by track: copies share them, and they outlive moves and forgotten
tracks. Descriptors are kept by track, whatever encoder embedded it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from musicemb.io.catalogue.columns import unpack_number
from musicemb.io.catalogue.connection import Database
from musicemb.records import MusicalKey, TrackValues

if TYPE_CHECKING:
    from musicemb.records import AcousticDescriptors

_DESCRIPTORS = ("tempo", "brightness", "energy")
"""Fields of `AcousticDescriptors`, in their order, and columns of the table sound: a new descriptor is a field of the
record and a migration."""

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
    "silence",
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

SILENCE = (
    # NULL where an older version measured: how much of a track is silent is not known then.
    "ALTER TABLE measured ADD COLUMN silence REAL",
)
"""The migration that added a column to it."""


class ValueTables(Database):
    """The tables measured and sound."""

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
            values.silence,
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

    def put_descriptors(self, track_id: int, descriptors: AcousticDescriptors | None) -> None:
        """Store the acoustic descriptors of a track; `put_track` does this too.

        Parameters
        ----------
        track_id : int
        descriptors : AcousticDescriptors or None
            None drops what was stored.
        """
        with self.transaction() as connection:
            connection.execute("DELETE FROM sound WHERE track = ?", (int(track_id),))
            if descriptors is not None:
                values = [float(getattr(descriptors, name)) for name in _DESCRIPTORS]
                marks = ", ".join("?" * len(values))
                columns = ", ".join(_DESCRIPTORS)
                connection.execute(
                    f"INSERT INTO sound (track, {columns}) VALUES (?, {marks})", (int(track_id), *values)
                )

    def descriptors(self) -> dict[int, AcousticDescriptors]:
        """Acoustic descriptors of the tracks that are not gone.

        Returns
        -------
        dict of track id to AcousticDescriptors
            Tracks that were scanned before they were computed are left out.
        """
        from musicemb.records import AcousticDescriptors

        columns = ", ".join(f"s.{name}" for name in _DESCRIPTORS)
        statement = f"""
            SELECT s.track, {columns} FROM sound s JOIN track t ON t.id = s.track WHERE t.gone = 0 ORDER BY t.id
        """
        with self.reading() as connection:
            return {row: AcousticDescriptors(*values) for row, *values in connection.execute(statement)}


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
    bpm, bpm_sure, key, key_sure, loudness, loudness_sure, extent, extent_sure, peak, silence = row
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
        number(silence),
    )
