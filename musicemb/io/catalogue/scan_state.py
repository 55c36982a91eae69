"""Further results of a scan in the catalogue: problems with files, scanned paths, and identifiers (MBID, ISRC)."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from musicemb.io.catalogue.columns import pack_path, pack_text, unpack_path, unpack_text
from musicemb.io.catalogue.connection import Database
from musicemb.records import Problem, TrackTags


class ScanStateTables(Database):
    """The tables problem and root."""

    def put_problem(self, problem: Problem) -> None:
        """Remember a file that gave no vector; an earlier problem of that path is replaced.

        Parameters
        ----------
        problem : Problem
        """
        values = (
            pack_path(problem.path),
            pack_text(problem.reason),
            problem.kind,
            problem.transient,
            problem.size,
            problem.mtime_ns,
        )
        with self.transaction() as connection:
            connection.execute("INSERT OR REPLACE INTO problem VALUES (?, ?, ?, ?, ?, ?)", values)

    def problems(self) -> list[Problem]:
        """Remembered problems, ordered by path.

        Returns
        -------
        list of Problem
        """
        with self.reading() as connection:
            rows = connection.execute("SELECT path, reason, kind, transient, size, mtime_ns FROM problem ORDER BY path")
            return [
                Problem(unpack_path(path), unpack_text(reason), kind, bool(transient), size, mtime_ns)
                for path, reason, kind, transient, size, mtime_ns in rows
            ]

    def clear_problems(self, paths: Iterable[Path] | None = None) -> None:
        """Forget problems.

        Parameters
        ----------
        paths : iterable of Path, optional
            Default: all.
        """
        with self.transaction() as connection:
            if paths is None:
                connection.execute("DELETE FROM problem")
            else:
                connection.executemany("DELETE FROM problem WHERE path = ?", [(pack_path(path),) for path in paths])

    def add_root(self, path: Path) -> None:
        """Remember that a folder (or file) was scanned.

        Parameters
        ----------
        path : Path
            Absolute.
        """
        with self.transaction() as connection:
            connection.execute("INSERT OR IGNORE INTO root VALUES (?)", (pack_path(path),))

    def remove_root(self, path: Path) -> None:
        """Forget that a folder was scanned; its tracks stay.

        Parameters
        ----------
        path : Path
        """
        with self.transaction() as connection:
            connection.execute("DELETE FROM root WHERE path = ?", (pack_path(path),))

    def roots(self) -> list[Path]:
        """Scanned paths, ordered.

        Returns
        -------
        list of Path
        """
        with self.reading() as connection:
            return [unpack_path(path) for (path,) in connection.execute("SELECT path FROM root ORDER BY path")]

    def notes(self) -> dict[int, str]:
        """Damages of files that were worked around ("stops after 61 of 240 s").

        Returns
        -------
        dict of track id to str
            Tracks without a note are left out.
        """
        with self.reading() as connection:
            rows = connection.execute("SELECT id, note FROM track WHERE note <> '' AND gone = 0 ORDER BY id")
            return {row: unpack_text(note) for row, note in rows}


IDENTIFIERS = (
    # A row without either says that the tags were read and have none; tracks of older scans have no row.
    """
    CREATE TABLE identifier (
        track INTEGER PRIMARY KEY REFERENCES track (id) ON DELETE CASCADE, mbid TEXT NOT NULL, isrc TEXT NOT NULL
    )
    """,
)
"""Migration: its table."""


class IdentifierTable(Database):
    """The table identifier."""

    def put_identifiers(self, track_id: int, tags: TrackTags) -> None:
        """Store what the tags of a track say of its recording.

        Parameters
        ----------
        track_id : int
        tags : TrackTags
            As read from the file.
        """
        values = (int(track_id), pack_text(tags.mbid), pack_text(tags.isrc))
        with self.transaction() as connection:
            connection.execute("INSERT OR REPLACE INTO identifier (track, mbid, isrc) VALUES (?, ?, ?)", values)

    def put_all_identifiers(self, found: Iterable[tuple[int, TrackTags]]) -> None:
        """Store those of several tracks in one transaction.

        Parameters
        ----------
        found : iterable of (int, TrackTags)
        """
        with self.transaction():
            for track_id, tags in found:
                self.put_identifiers(track_id, tags)

    def identifiers(self) -> dict[int, tuple[str, str]]:
        """Of each track that has one of them, MBID and ISRC.

        Returns
        -------
        dict of track id to (str, str)
        """
        with self.reading() as connection:
            rows = connection.execute("SELECT track, mbid, isrc FROM identifier WHERE mbid <> '' OR isrc <> ''")
            return {track: (unpack_text(mbid), unpack_text(isrc)) for track, mbid, isrc in rows}

    def without_identifiers(self) -> set[int]:
        """Tracks that are not gone, and whose tags were never read for identifiers: those of older scans.

        Returns
        -------
        set of int
            Track ids.
        """
        with self.reading() as connection:
            rows = connection.execute(
                "SELECT id FROM track WHERE gone = 0 AND id NOT IN (SELECT track FROM identifier)"
            )
            return {row for (row,) in rows}
