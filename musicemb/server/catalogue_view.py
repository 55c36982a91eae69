"""The library with the catalogue's ids."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from musicemb.errors import TrackNotFound

if TYPE_CHECKING:
    from musicemb.library import LoadedLibrary
    from musicemb.records import Track


@dataclass(frozen=True)
class CatalogueView:
    """Uses the catalogue's ids, which stay the same when a file moves."""

    library: LoadedLibrary

    def track(self, identity: str) -> Track:
        """The track with an id.

        Parameters
        ----------
        identity : str

        Returns
        -------
        Track

        Raises
        ------
        TrackNotFound
            Where there never was one, or its file is gone.
        """
        if not (identity.isascii() and identity.isdecimal() and len(identity) < 19):
            raise TrackNotFound(f"no track has the id {identity[:80]!r}")
        track = self.library.track(int(identity))
        if track.gone:
            raise TrackNotFound(f"the track {identity} is gone: its file was not there at the last scan")
        return track

    def id_of(self, track: Track) -> str | None:
        """The id of a track.

        Parameters
        ----------
        track : Track

        Returns
        -------
        str
        """
        return str(track.id)

    def artist(self, identity: str) -> str | None:
        """The name of the artist with an id.

        Parameters
        ----------
        identity : str

        Returns
        -------
        str or None
        """
        return self._artists.get(identity) if identity.startswith("ar-") else None

    def artist_id(self, track: Track) -> str:
        """The id of the artist of a track.

        Parameters
        ----------
        track : Track

        Returns
        -------
        str
            "" where the tag names none.
        """
        return name_id("ar", track.tags.artist) if track.tags.artist else ""

    @cached_property
    def _artists(self) -> Mapping[str, str]:
        names = {track.tags.artist for track in self.library.tracks()}
        return {name_id("ar", name): name for name in names if name}


def name_id(kind: str, *names: str) -> str:
    """An id for something that has no number: an artist or an album.

    Parameters
    ----------
    kind : str
        What it begins with.
    *names : str

    Returns
    -------
    str
        The same for the same names.
    """
    text = "\0".join(names).encode("utf-8", "surrogatepass")
    return f"{kind}-{hashlib.sha256(text).hexdigest()[:16]}"
