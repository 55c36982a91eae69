"""A library under the ids of a media server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from musicemb.errors import TrackNotFound

if TYPE_CHECKING:
    from musicemb.library import LoadedLibrary
    from musicemb.records import IdMap, Track


@dataclass(frozen=True)
class MediaServerView:
    """Uses the ids of a media server, since its plugins know no others."""

    library: LoadedLibrary
    ids: IdMap

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
            Where the server has no such track, or the library has not got it.
        """
        found = self.ids.found.get(identity)
        if found is not None:
            return self.library.track(found[0])
        kind = self.ids.server.kind
        if identity in self._known:
            raise TrackNotFound(f"the track {identity[:80]} of {kind} was not found in the library: scan its folder")
        raise TrackNotFound(f"{kind} had no track {identity[:80]!r} when it was asked")

    def id_of(self, track: Track) -> str | None:
        """The id of a track; None if the server does not have it.

        Parameters
        ----------
        track : Track

        Returns
        -------
        str or None
        """
        return self._ids.get(track.id)

    def artist(self, identity: str) -> str | None:
        """The name, as in the library, of the artist with an id.

        Parameters
        ----------
        identity : str

        Returns
        -------
        str or None
        """
        return self._artists.get(identity)

    def artist_id(self, track: Track) -> str:
        """The id of the artist of a track.

        Parameters
        ----------
        track : Track

        Returns
        -------
        str
            "" if the server reported none.
        """
        return self._artist_ids.get(track.id, "")

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(track.id for track in self.ids.server.tracks)

    @cached_property
    def _ids(self) -> Mapping[int, str]:
        """The id of each track; if the server has several copies, that of the first."""
        ids: dict[int, str] = {}
        for track in self.ids.server.tracks:
            if track.id in self.ids.found:
                ids.setdefault(self.ids.found[track.id][0], track.id)
        return ids

    @cached_property
    def _artist_ids(self) -> Mapping[int, str]:
        pairs = ((self.ids.found[track.id][0], track) for track in self.ids.server.tracks if track.id in self.ids.found)
        return {row: track.artist_id for row, track in pairs if track.artist_id}

    @cached_property
    def _artists(self) -> Mapping[str, str]:
        return {artist: self.library.known[row].tags.artist for row, artist in self._artist_ids.items()}
