"""A library as the clients of one dialect see it: its tracks under the ids that they know."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from musicemb.errors import TrackNotFound

if TYPE_CHECKING:
    from musicemb.library import LoadedLibrary
    from musicemb.records import Match, Track

MOST_ASKED = 10_000
"""Matches looked at for an answer, where the clients know few of the tracks."""


class View(Protocol):
    """A library with ids."""

    @property
    def library(self) -> LoadedLibrary:
        """The tracks."""
        ...

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
        """
        ...

    def id_of(self, track: Track) -> str | None:
        """The id of a track; None where the clients do not know it.

        Parameters
        ----------
        track : Track

        Returns
        -------
        str or None
        """
        ...

    def artist(self, identity: str) -> str | None:
        """The name of the artist with an id, or None.

        Parameters
        ----------
        identity : str

        Returns
        -------
        str or None
        """
        ...

    def artist_id(self, track: Track) -> str:
        """The id of the artist of a track; "" where there is none.

        Parameters
        ----------
        track : Track

        Returns
        -------
        str
        """
        ...


@dataclass(frozen=True)
class OwnView:
    """Ids are the catalogue's own: they stay when a file moves."""

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
    """An id for what has no number: an artist, an album.

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


def known_matches(view: View, seeds: Sequence[Track], n: int, *, max_per_artist: int | None = None) -> list[Match]:
    """What is most like some tracks, of the tracks that the clients know.

    Parameters
    ----------
    view : View
    seeds : sequence of Track
    n : int
    max_per_artist : int, optional

    Returns
    -------
    list of Match
        Where they know a copy or another version of a match only, that one.

    Raises
    ------
    TrackNotFound
        As `LoadedLibrary.similar` does.
    """
    asked = n
    while True:
        found = view.library.similar(seeds, n=asked, max_per_artist=max_per_artist)
        known = []
        for match in found:
            track = next((one for one in (match.track, *match.versions) if view.id_of(one) is not None), None)
            if track is not None:
                known.append(match if track is match.track else replace(match, track=track))
        if len(known) >= n or len(found) < asked or asked >= MOST_ASKED:
            return known[:n]
        asked = min(4 * asked, MOST_ASKED)
