"""What the listener wants, in the catalogue: it stays until they say otherwise."""

from __future__ import annotations

from musicemb.io.catalogue.columns import pack_text, unpack_text
from musicemb.io.catalogue.connection import Database

_MIXES = "with mixes"


class PreferenceTable(Database):
    """The table preference."""

    @property
    def with_mixes(self) -> bool:
        """Whether the listener wants mixes (`Track.is_mix`) to be grouped and to vote; False unless they said so."""
        with self.reading() as connection:
            return connection.execute("SELECT 1 FROM preference WHERE name = ?", (_MIXES,)).fetchone() is not None

    def want_mixes(self, wanted: bool) -> None:
        """Store whether mixes are grouped and vote.

        Parameters
        ----------
        wanted : bool
        """
        with self.transaction() as connection:
            connection.execute("DELETE FROM preference WHERE name = ?", (_MIXES,))
            if wanted:
                connection.execute("INSERT INTO preference VALUES (?, ?)", (_MIXES, "yes"))

    def preference(self, name: str) -> str:
        """What the listener said of a matter.

        Parameters
        ----------
        name : str

        Returns
        -------
        str
            "" where they said nothing.
        """
        with self.reading() as connection:
            found = connection.execute("SELECT value FROM preference WHERE name = ?", (name,)).fetchone()
            return "" if found is None else unpack_text(found[0])

    def prefer(self, name: str, value: str) -> None:
        """Store what the listener says of a matter.

        Parameters
        ----------
        name : str
        value : str
            "" takes it back.
        """
        with self.transaction() as connection:
            connection.execute("DELETE FROM preference WHERE name = ?", (name,))
            if value:
                connection.execute("INSERT INTO preference VALUES (?, ?)", (name, pack_text(value)))
