"""What a listener notices of each track's sound, in the catalogue: of the audio itself, whatever encoder heard it."""

from __future__ import annotations

from musicemb.io.catalogue.connection import Database
from musicemb.records import Sound


class Sounds(Database):
    """The table sound."""

    def put_sound(self, track_id: int, sound: Sound | None) -> None:
        """Store how a track sounds; `put_track` does this too.

        Parameters
        ----------
        track_id : int
        sound : Sound or None
            None drops what was stored.
        """
        with self.transaction() as connection:
            connection.execute("DELETE FROM sound WHERE track = ?", (int(track_id),))
            if sound is not None:
                values = (int(track_id), float(sound.tempo), float(sound.brightness), float(sound.energy))
                connection.execute("INSERT INTO sound VALUES (?, ?, ?, ?)", values)

    def sounds(self) -> dict[int, Sound]:
        """How the tracks that are not gone sound.

        Returns
        -------
        dict of track id to Sound
            Tracks that were scanned before this was listened for are left out.
        """
        statement = """
            SELECT s.track, s.tempo, s.brightness, s.energy FROM sound s JOIN track t ON t.id = s.track
            WHERE t.gone = 0 ORDER BY t.id
        """
        with self.reading() as connection:
            return {row: Sound(*values) for row, *values in connection.execute(statement)}

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
