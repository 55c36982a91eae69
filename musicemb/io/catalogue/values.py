"""What was measured of the audio: tempo, key, loudness, silence, and acoustic descriptors.

Values are kept by the hash of the payload, not by track: copies share them, and they outlive moves and forgotten
tracks. Descriptors are kept by track, whatever encoder embedded it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from musicemb.io.catalogue.columns import unpack_number
from musicemb.io.catalogue.connection import Database
from musicemb.records import PARTLY, MusicalKey, TrackValues

if TYPE_CHECKING:
    from musicemb.records import AcousticDescriptors

VALUE_COLUMNS = tuple("musical_key" if field.name == "key" else field.name for field in fields(TrackValues))
"""Of the table measured, in the order that `unpack_values` takes them: a new value is a field of the record and a
migration."""


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
        row = (payload_hash, *(_pack(getattr(values, field.name)) for field in fields(values)))
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

    def durations(self) -> list[float]:
        """Durations of the tracks that are not gone, where they are known.

        Returns
        -------
        list of float
            Seconds.
        """
        with self.reading() as connection:
            rows = connection.execute("SELECT duration FROM track WHERE gone = 0 AND duration > 0")
            return [seconds for (seconds,) in rows]

    def count_values(self) -> dict[str, int]:
        """The number of tracks that are not gone and have a measured value.

        Returns
        -------
        dict of str to int
            "bpm", "key", "loudness", "unmeasured" of those of which nothing was, and "excerpts" of those of which only
            excerpts were heard.
        """
        names = ("bpm", "key", "loudness", "unmeasured", "excerpts")
        statement = """
            SELECT count(v.bpm), count(v.musical_key), count(v.loudness), count(*) - count(v.payload_hash),
                count(CASE WHEN substr(t.decoder, ?) = ? THEN 1 END)
            FROM track t LEFT JOIN measured v ON v.payload_hash = t.payload_hash WHERE t.gone = 0
        """
        with self.reading() as connection:
            return dict(zip(names, connection.execute(statement, (-len(PARTLY), PARTLY)).fetchone(), strict=True))

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
                names = _descriptor_columns()
                values = [float(getattr(descriptors, name)) for name in names]
                marks, columns = ", ".join("?" * len(values)), ", ".join(names)
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

        columns = ", ".join(f"s.{name}" for name in _descriptor_columns())
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
    if row[_MEASURED] is None:
        return None
    return TrackValues(
        *[None if value is None else unpack(value) for unpack, value in zip(_UNPACK, row, strict=True)]  # type: ignore[arg-type]
    )


def _unpack_key(value: object) -> MusicalKey | None:
    return MusicalKey.from_text(str(value))


_MEASURED = VALUE_COLUMNS.index("bpm_confidence")
"""Never NULL in a row of the table."""
_UNPACK = tuple(_unpack_key if column == "musical_key" else unpack_number for column in VALUE_COLUMNS)


def _pack(value: float | MusicalKey | None) -> float | str | None:
    return value.name if isinstance(value, MusicalKey) else None if value is None else float(value)


def _descriptor_columns() -> tuple[str, ...]:
    """Columns of the table sound: a new descriptor is a field of the record and a migration."""
    from musicemb.records import AcousticDescriptors

    return tuple(field.name for field in fields(AcousticDescriptors))
