"""Vectors of the tracks in the catalogue and of their segments, by encoder, and which encoder is active."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from musicemb.errors import CatalogueError
from musicemb.io.catalogue.columns import (
    pack_codes,
    pack_floats,
    pack_text,
    unpack_codes,
    unpack_floats,
    unpack_number,
    unpack_text,
)
from musicemb.io.catalogue.connection import Database
from musicemb.io.catalogue.safety import checksums
from musicemb.records import PARTLY, Floats

if TYPE_CHECKING:
    from musicemb.records import EmbeddedTrack, SegmentVectors

_SELECT_VECTORS = """
    SELECT v.track, v.vector FROM embedding v JOIN track t ON t.id = v.track
    WHERE v.encoder = ? AND t.gone = 0 AND t.id > ? ORDER BY t.id
"""


class EmbeddingTables(Database):
    """The tables encoder, embedding, segment and surroundings."""

    @property
    def active_encoder(self) -> str | None:
        """Id of the encoder that results are made with; None in a new catalogue."""
        with self.reading() as connection:
            found = connection.execute("SELECT id FROM encoder WHERE active = 1").fetchone()
            return None if found is None else str(found[0])

    def set_active_encoder(self, encoder_id: str, name: str = "") -> None:
        """Make an encoder the one that results are made with; nothing is dropped.

        Parameters
        ----------
        encoder_id : str
        name : str
            For people; "" keeps the name that is known.
        """
        with self.transaction() as connection:
            self.add_encoder(encoder_id, name)
            connection.execute("UPDATE encoder SET active = 0 WHERE id <> ?", (encoder_id,))
            connection.execute("UPDATE encoder SET active = 1 WHERE id = ?", (encoder_id,))

    def add_encoder(self, encoder_id: str, name: str = "") -> None:
        """Know an encoder, without making it the active one.

        Parameters
        ----------
        encoder_id : str
        name : str
            For people; "" keeps the name that is known.
        """
        with self.transaction() as connection:
            connection.execute("INSERT OR IGNORE INTO encoder (id) VALUES (?)", (encoder_id,))
            if name:
                connection.execute("UPDATE encoder SET name = ? WHERE id = ?", (pack_text(name), encoder_id))

    def encoders(self) -> list[tuple[str, str, int]]:
        """Encoders that the catalogue knows, the active one first.

        Returns
        -------
        list of (id, name, tracks)
            Tracks that are not gone and have a vector of that encoder.
        """
        statement = """
            SELECT e.id, e.name,
                (SELECT count(*) FROM embedding v WHERE v.encoder = e.id
                 AND v.track NOT IN (SELECT id FROM track WHERE gone = 1))
            FROM encoder e ORDER BY e.active DESC, e.rowid
        """
        with self.reading() as connection:
            return [(row, unpack_text(name), tracks) for row, name, tracks in connection.execute(statement)]

    def partly_heard(self) -> set[int]:
        """Tracks that are not gone and of which only excerpts were decoded (`records.PARTLY`).

        Returns
        -------
        set of int
            Track ids.
        """
        with self.reading() as connection:
            statement = "SELECT id FROM track WHERE gone = 0 AND substr(decoder, ?) = ?"
            return {row for (row,) in connection.execute(statement, (-len(PARTLY), PARTLY))}

    def put_vector(self, track_id: int, encoder_id: str, embedded: EmbeddedTrack, *, keep_segments: bool) -> None:
        """Store the vectors of a track that is in the catalogue; `put_track` does this too.

        Parameters
        ----------
        track_id : int
        encoder_id : str
            Known to the catalogue.
        embedded : EmbeddedTrack
        keep_segments : bool
            False drops segment vectors, also earlier ones.

        Raises
        ------
        CatalogueError
            For a vector that is not all numbers, or of another size than the encoder's others: one such would
            spoil every result.
        """
        key, size, path = (int(track_id), encoder_id), len(embedded.vector), embedded.file.path
        if not np.isfinite(embedded.vector).all():
            raise CatalogueError(f"{path}: its vector holds values that are not finite, and was not stored")
        with self.transaction() as connection:
            (others,) = connection.execute("SELECT dimensions FROM encoder WHERE id = ?", key[1:]).fetchone()
            if others is None:
                connection.execute("UPDATE encoder SET dimensions = ? WHERE id = ?", (size, encoder_id))
            elif others != size:
                raise CatalogueError(
                    f"{path}: its vector has {size} dimensions, the others of encoder {encoder_id} have {others}; it "
                    "was not stored"
                )
            connection.execute(
                "INSERT OR REPLACE INTO embedding (track, encoder, vector, homogeneity) VALUES (?, ?, ?, ?)",
                (*key, pack_floats(embedded.vector), float(embedded.homogeneity)),
            )
            _seal(connection, "embedding", key)
            segments = embedded.segments
            if segments is None or not keep_segments:
                connection.execute("DELETE FROM segment WHERE track = ? AND encoder = ?", key)
            else:
                connection.execute(
                    "INSERT OR REPLACE INTO segment (track, encoder, starts, codes, scales) VALUES (?, ?, ?, ?, ?)",
                    (*key, pack_floats(segments.starts), pack_codes(segments.codes), pack_floats(segments.scales)),
                )
                _seal(connection, "segment", key)

    def vectors(self, encoder_id: str, *, after: int = 0) -> tuple[NDArray[np.int64], Floats]:
        """Vectors of all tracks that are not gone.

        Parameters
        ----------
        encoder_id : str
        after : int
            Of tracks with higher numbers than this only.

        Returns
        -------
        ids : ndarray [shape=(n,)], int64
            Track ids, ascending.
        vectors : ndarray [shape=(n, d)], float32
            d is 0 where there are none.
        """
        with self.reading() as connection:
            return _unpack_vectors(connection.execute(_SELECT_VECTORS, (encoder_id, after)).fetchall())

    def vector_blocks(self, encoder_id: str, rows: int) -> Iterator[tuple[NDArray[np.int64], Floats]]:
        """The vectors in blocks, since those of a large library together would take too much memory.

        Parameters
        ----------
        encoder_id : str
        rows : int
            Tracks in a part.

        Yields
        ------
        ids, vectors : ndarray
            As `vectors` gives them.
        """
        with self.reading() as connection:
            cursor = connection.execute(_SELECT_VECTORS, (encoder_id, 0))
            while found := cursor.fetchmany(rows):
                yield _unpack_vectors(found)

    def ungrouped_ids(self, encoder_id: str) -> list[int]:
        """Tracks that `vectors` gives and no grouping has looked at.

        Parameters
        ----------
        encoder_id : str

        Returns
        -------
        list of int
            Ascending.
        """
        statement = """
            SELECT track FROM embedding WHERE encoder = :one AND track NOT IN (SELECT id FROM track WHERE gone = 1)
            AND track NOT IN (SELECT track FROM membership WHERE encoder = :one) ORDER BY track
        """
        with self.reading() as connection:
            return [row for (row,) in connection.execute(statement, {"one": encoder_id})]

    def homogeneities(self, encoder_id: str) -> dict[int, float]:
        """How alike the segments of each track are, for the tracks that `vectors` gives.

        Parameters
        ----------
        encoder_id : str

        Returns
        -------
        dict of track id to float
            0 to 1.
        """
        statement = """
            SELECT v.track, v.homogeneity FROM embedding v JOIN track t ON t.id = v.track
            WHERE v.encoder = ? AND t.gone = 0 ORDER BY t.id
        """
        with self.reading() as connection:
            return {row: unpack_number(value) for row, value in connection.execute(statement, (encoder_id,))}

    def heard_spans(self, encoder_id: str) -> dict[int, tuple[float, float]]:
        """When the first and the last segment of each track begin; a silence before or after them is not between.

        Parameters
        ----------
        encoder_id : str

        Returns
        -------
        dict of track id to (float, float)
            Seconds; of tracks whose segments were kept.
        """
        statement = "SELECT track, substr(starts, 1, 4), substr(starts, -4) FROM segment WHERE encoder = ?"
        with self.reading() as connection:
            rows = [row for row in connection.execute(statement, (encoder_id,)) if row[1]]
            first, last = (unpack_floats(b"".join(row[column] for row in rows)) for column in (1, 2))
        return {row[0]: (float(begin), float(end)) for row, begin, end in zip(rows, first, last, strict=True)}

    def segments(self, track_id: int, encoder_id: str) -> SegmentVectors | None:
        """Segment vectors of a track.

        Parameters
        ----------
        track_id : int
        encoder_id : str

        Returns
        -------
        SegmentVectors or None
            None where none were kept.
        """
        statement = "SELECT starts, codes, scales FROM segment WHERE track = ? AND encoder = ?"
        with self.reading() as connection:
            found = connection.execute(statement, (int(track_id), encoder_id)).fetchone()
            if found is None:
                return None
            from musicemb.records import SegmentVectors

            starts, scales = unpack_floats(found[0]), unpack_floats(found[2])
            return SegmentVectors(starts, unpack_codes(found[1], len(starts)), scales)

    def put_neighbourhood_stats(self, encoder_id: str, ids: NDArray[np.int64], numbers: NDArray[np.float64]) -> None:
        """Store what is usual around each track (see `core.vectors.hubness`) in place of what was stored.

        Parameters
        ----------
        encoder_id : str
            Known to the catalogue.
        ids : ndarray [shape=(n,)], int64
        numbers : ndarray [shape=(n, k)], float64
            A row per track.
        """
        row = (encoder_id, np.asarray(ids, "<i8").tobytes(), np.asarray(numbers, "<f8").tobytes())
        with self.transaction() as connection:
            connection.execute("INSERT OR REPLACE INTO surroundings VALUES (?, ?, ?)", row)

    def neighbourhood_stats(self, encoder_id: str) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """The statistics stored by `put_neighbourhood_stats`; they may include gone tracks and lack new ones.

        Parameters
        ----------
        encoder_id : str

        Returns
        -------
        ids : ndarray [shape=(n,)], int64
        numbers : ndarray [shape=(n, k)], float64
            No rows where nothing was stored.
        """
        statement = "SELECT tracks, numbers FROM surroundings WHERE encoder = ?"
        with self.reading() as connection:
            found = connection.execute(statement, (encoder_id,)).fetchone()
            ids = np.frombuffer(found[0] if found else b"", "<i8").astype(np.int64)
            numbers = np.frombuffer(found[1] if found else b"", "<f8").astype(np.float64)
            return ids, numbers.reshape(len(ids), -1 if len(ids) else 0)


def _unpack_vectors(rows: Sequence[tuple[int, bytes]]) -> tuple[NDArray[np.int64], Floats]:
    ids = np.fromiter((row[0] for row in rows), dtype=np.int64, count=len(rows))
    if len({len(row[1]) for row in rows}) > 1:
        raise ValueError("vectors of one encoder differ in size")
    vectors = unpack_floats(bytearray().join([row[1] for row in rows]))
    if not np.isfinite(vectors).all():
        raise ValueError("a vector holds values that are not finite")
    return ids, vectors.reshape(len(ids), -1 if len(ids) else 0)


def _seal(connection: sqlite3.Connection, table: str, key: tuple[int, str]) -> None:
    statement = f"UPDATE {table} SET checksum = {checksums.expression(table)} WHERE track = ? AND encoder = ?"
    connection.execute(statement, key)
