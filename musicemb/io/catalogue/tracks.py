"""Tracks in the catalogue: what is known of each file, whether it is still there, where it has moved."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from musicemb.errors import TrackNotFound
from musicemb.io.catalogue.columns import (
    pack_json,
    pack_path,
    pack_text,
    unpack_genres,
    unpack_number,
    unpack_path,
    unpack_text,
    unpack_words,
)
from musicemb.io.catalogue.connection import Database
from musicemb.io.catalogue.safety.checksums import expression
from musicemb.io.catalogue.values import VALUE_COLUMNS, unpack_values
from musicemb.records import NOISE, FoundFile, Guess, KnownFile, Track, TrackTags

if TYPE_CHECKING:
    from musicemb.records import EmbeddedTrack

_ENCODER = "coalesce(:encoder, (SELECT id FROM encoder WHERE active = 1))"

_SELECT_TRACKS = f"""
    SELECT t.id, t.path, t.duration, t.payload_hash, t.gone,
           t.artist, t.title, t.album, t.genres, t.our_genres, t.our_confidence, t.our_encoder,
           i.genres, m.cluster, m.strength, g.genre, g.confidence, g.witness, m.nearest,
           {", ".join(f"v.{name}" for name in VALUE_COLUMNS)}
    FROM track t
    LEFT JOIN imported_genre i ON i.payload_hash = t.payload_hash
    LEFT JOIN membership m ON m.track = t.id AND m.encoder = {_ENCODER}
    LEFT JOIN measured v ON v.payload_hash = t.payload_hash
    LEFT JOIN guess g ON g.track = t.id AND g.encoder = {_ENCODER}
"""

_TAG_COLUMNS = ("artist", "title", "album", "genres", "our_genres", "our_confidence", "our_encoder")
_COLUMNS = ("path", "size", "mtime_ns", "payload_hash", "duration", "decoder", "note", *_TAG_COLUMNS)


class TrackTable(Database):
    """The table track, with what it joins to each row. Paths are absolute and kept byte for byte."""

    def known_files(self, encoder_id: str) -> list[KnownFile]:
        """Everything that a scan compares found files with, the gone ones included.

        Parameters
        ----------
        encoder_id : str
            Encoder whose vectors `KnownFile.embedded` speaks of.

        Returns
        -------
        list of KnownFile
            Ordered by id. A vector that is damaged counts as none, so that the next scan makes it anew.
        """
        statement = f"""
            SELECT t.id, t.path, t.size, t.mtime_ns, t.payload_hash, t.gone,
                   e.track IS NOT NULL AND e.checksum IS {expression("embedding")}
            FROM track t LEFT JOIN embedding e ON e.track = t.id AND e.encoder = ? ORDER BY t.id
        """
        with self.reading() as connection:
            return [
                KnownFile(row, unpack_path(path), size, mtime_ns, digest, bool(gone), bool(embedded))
                for row, path, size, mtime_ns, digest, gone, embedded in connection.execute(statement, (encoder_id,))
            ]

    def put_file(self, embedded: EmbeddedTrack) -> tuple[int, bool]:
        """Store what is known of a track's file; `put_track` stores its vectors too.

        Parameters
        ----------
        embedded : EmbeddedTrack
            A track at that path is replaced and keeps its id.

        Returns
        -------
        track_id : int
        replaced : bool
            True where another audio stood at that path.
        """
        file = embedded.file
        values = (
            pack_path(file.path),
            file.size,
            file.mtime_ns,
            embedded.payload_hash,
            float(embedded.duration),
            embedded.decoder,
            pack_text(embedded.note),
            *_tag_values(embedded.tags),
        )
        with self.transaction() as connection:
            known = connection.execute("SELECT id, payload_hash FROM track WHERE path = ?", values[:1]).fetchone()
            if known is None:
                marks = ", ".join("?" * len(_COLUMNS))
                cursor = connection.execute(f"INSERT INTO track ({', '.join(_COLUMNS)}) VALUES ({marks})", values)
                track_id = int(cursor.lastrowid or 0)
                return track_id, False
            track_id = int(known[0])
            connection.execute(
                f"UPDATE track SET gone = 0, {' = ?, '.join(_COLUMNS)} = ? WHERE id = ?", (*values, track_id)
            )
            return track_id, bool(known[1] != embedded.payload_hash)

    def move_files(self, moves: Mapping[int, FoundFile]) -> None:
        """Store where files are now; `move_tracks` forgets problems of the new paths too.

        Chains and swaps (1 to 2, 2 to 3) are safe in one call. Another track that stood at one of the new paths, and
        does not move itself, is dropped: its file was replaced.

        Parameters
        ----------
        moves : mapping of track id to FoundFile
        """
        with self.transaction() as connection:
            for track_id in moves:
                connection.execute("UPDATE track SET path = ? WHERE id = ?", (b"\0%d" % track_id, int(track_id)))
            for track_id, file in moves.items():
                path = pack_path(file.path)
                connection.execute("DELETE FROM track WHERE path = ?", (path,))
                cursor = connection.execute(
                    "UPDATE track SET path = ?, size = ?, mtime_ns = ?, gone = 0 WHERE id = ?",
                    (path, file.size, file.mtime_ns, int(track_id)),
                )
                _must_exist(cursor.rowcount, track_id)

    def retag_file(self, track_id: int, file: FoundFile, tags: TrackTags) -> None:
        """Store new tags of a track; `retag_track` stores what they say of its recording too.

        Parameters
        ----------
        track_id : int
        file : FoundFile
            Its size and time now.
        tags : TrackTags
        """
        columns = ("size", "mtime_ns", *_TAG_COLUMNS)
        values = (file.size, file.mtime_ns, *_tag_values(tags), int(track_id))
        with self.transaction() as connection:
            cursor = connection.execute(f"UPDATE track SET gone = 0, {' = ?, '.join(columns)} = ? WHERE id = ?", values)
            _must_exist(cursor.rowcount, track_id)

    def mark_gone(self, track_ids: Iterable[int]) -> None:
        """Take tracks whose files are not there any more out of all results; nothing of them is lost.

        Parameters
        ----------
        track_ids : iterable of int
        """
        self._mark(track_ids, gone=True)

    def mark_found(self, track_ids: Iterable[int]) -> None:
        """Bring back tracks whose files are there again, as they were.

        Parameters
        ----------
        track_ids : iterable of int
        """
        self._mark(track_ids, gone=False)

    def _mark(self, track_ids: Iterable[int], *, gone: bool) -> None:
        with self.transaction() as connection:
            connection.executemany("UPDATE track SET gone = ? WHERE id = ?", [(gone, int(row)) for row in track_ids])

    def forget_gone(self) -> int:
        """Delete the gone tracks for good, with all data that refers to them. The journal of written tags stays.

        Returns
        -------
        int
            How many.
        """
        with self.transaction() as connection:
            return connection.execute("DELETE FROM track WHERE gone = 1").rowcount

    def forget_tracks(self, track_ids: Iterable[int]) -> None:
        """Delete tracks for good, as `forget_gone` does.

        Parameters
        ----------
        track_ids : iterable of int
        """
        with self.transaction() as connection:
            connection.executemany("DELETE FROM track WHERE id = ?", [(int(row),) for row in track_ids])

    def tracks(self, *, include_gone: bool = False, encoder_id: str | None = None) -> list[Track]:
        """All tracks, with the cluster and guess that an encoder gave them.

        Parameters
        ----------
        include_gone : bool
        encoder_id : str, optional
            Default: the active one.

        Returns
        -------
        list of Track
            Ordered by id.
        """
        with self.reading() as connection:
            rows = "ORDER BY t.id" if include_gone else "WHERE t.gone = 0 ORDER BY t.id"
            return select_tracks(connection, rows, encoder_id)

    def track(self, track_id: int) -> Track:
        """One track by its id, gone or not.

        Parameters
        ----------
        track_id : int

        Returns
        -------
        Track

        Raises
        ------
        TrackNotFound
        """
        with self.reading() as connection:
            found = select_tracks(connection, "WHERE t.id = :value", value=int(track_id))
        if not found:
            raise _no_track(track_id)
        return found[0]

    def track_at(self, path: Path) -> Track | None:
        """The track at a path, gone or not.

        Parameters
        ----------
        path : Path
            Absolute.

        Returns
        -------
        Track or None
        """
        with self.reading() as connection:
            return next(iter(select_tracks(connection, "WHERE t.path = :value", value=pack_path(path))), None)

    def longer_than(self, seconds: float) -> set[int]:
        """Tracks that play longer than this and are not gone.

        Parameters
        ----------
        seconds : float

        Returns
        -------
        set of int
            Track ids.
        """
        with self.reading() as connection:
            rows = connection.execute("SELECT id FROM track WHERE duration > ? AND gone = 0", (float(seconds),))
            return {row for (row,) in rows}


def select_tracks(
    connection: sqlite3.Connection, where: str, encoder_id: str | None = None, value: object = None
) -> list[Track]:
    """Tracks with all that is joined to them.

    Parameters
    ----------
    connection : sqlite3.Connection
    where : str
        "WHERE ... ORDER BY ..." on the table track (t), and on membership (m) and guess (g) of the encoder.
    encoder_id : str, optional
        Default: the active one.
    value : object
        What `where` calls ":value".

    Returns
    -------
    list of Track
    """
    values = {"encoder": encoder_id or None, "value": value}
    # All rows first: while they are read nobody can begin to write, and a server reads often.
    rows = connection.execute(f"{_SELECT_TRACKS} {where}", values).fetchall()
    rows.reverse()  # each goes as its track comes: both of all tracks at once would be half as much again
    return [_make_track(rows.pop()) for _ in range(len(rows))]


def _tag_values(tags: TrackTags) -> tuple[object, ...]:
    confidence = None if tags.our_confidence is None else float(tags.our_confidence)
    texts = map(pack_text, (tags.artist, tags.title, tags.album))
    return (*texts, pack_json(tags.genres), pack_json(tags.our_genres), confidence, pack_text(tags.our_encoder))


def _make_track(row: tuple[Any, ...]) -> Track:
    values, row = unpack_values(row[-len(VALUE_COLUMNS) :]), row[: -len(VALUE_COLUMNS)]
    track_id, path, duration, digest, gone, *tag_values, cluster, strength, genre, confidence, predictor, near = row
    *texts, genres, our_genres, our_confidence, our_encoder, imported = tag_values
    artist, title, album, encoder = map(unpack_text, (*texts, our_encoder))
    sure = None if our_confidence is None else unpack_number(our_confidence)
    told = () if imported is None else unpack_words(imported)
    tags = TrackTags(artist, title, album, unpack_words(genres), unpack_words(our_genres), sure, encoder, told)
    guess = None if genre is None else Guess(unpack_genres(genre), unpack_number(confidence), predictor)
    strength, duration = 0.0 if strength is None else unpack_number(strength), unpack_number(duration)
    nearest = None if near == NOISE else near
    if not (isinstance(cluster, int | None) and isinstance(near, int | None)):
        raise TypeError(f"{cluster!r}, {near!r} are stored where clusters are expected")
    where = unpack_path(path)
    return Track(track_id, where, tags, duration, digest, bool(gone), cluster, strength, guess, nearest, values)


def _no_track(track_id: int) -> TrackNotFound:
    return TrackNotFound(f"the catalogue has no track {track_id}: musicemb status shows what it holds")


def _must_exist(changed: int, track_id: int) -> None:
    if changed != 1:
        raise _no_track(track_id)
