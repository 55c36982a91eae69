"""The library as clients see it, with the ids that each client knows; rebuilt when the library has changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from musicemb.library import Library
from musicemb.server.catalogue_view import CatalogueView
from musicemb.server.media_server_view import MediaServerView

if TYPE_CHECKING:
    from musicemb.library import LoadedLibrary
    from musicemb.records import Match, ServerTracks, Track


MOST_ASKED = 10_000
"""Matches looked at for an answer, where the clients know few of the tracks."""


class View(Protocol):
    """A library with the ids of one kind of client."""

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
        """The id of a track; None if the clients do not know it.

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


class ClientViews:
    """All views of one library.

    Parameters
    ----------
    library : callable
        Gives the library as it is now.
    servers : sequence of ServerTracks
        One of each kind at most.
    """

    def __init__(self, library: Callable[[], LoadedLibrary], servers: Sequence[ServerTracks] = ()) -> None:
        self._library = library
        self.servers = {server.kind: server for server in servers}
        self._own: CatalogueView | None = None
        self._ready: tuple[LoadedLibrary, dict[str, MediaServerView]] | None = None

    def prepare(self, library: LoadedLibrary) -> None:
        """Match the media servers' tracks with the library before it is served; this takes seconds.

        Parameters
        ----------
        library : LoadedLibrary
        """
        if self.servers:
            found = {
                kind: MediaServerView(library, Library.match_server(library, server))
                for kind, server in self.servers.items()
            }
            self._ready = library, found

    def own(self) -> CatalogueView:
        """The view with the catalogue's ids.

        Returns
        -------
        CatalogueView
        """
        library, view = self._library(), self._own
        if view is None or view.library is not library:
            self._own = view = CatalogueView(library)
        return view

    def of(self, kind: str) -> MediaServerView:
        """The view with the ids of a media server.

        Parameters
        ----------
        kind : str
            One of `servers`.

        Returns
        -------
        MediaServerView
        """
        if self._ready is None:
            self.prepare(self._library())
        assert self._ready is not None  # there is a server
        return self._ready[1][kind]

    def plugins(self) -> View:
        """The view for plugins: with the ids of the media server if there is exactly one, else with our own.

        Returns
        -------
        View
        """
        return self.of(next(iter(self.servers))) if len(self.servers) == 1 else self.own()


def known_matches(
    view: View, seeds: Sequence[Track], n: int, *, max_per_artist: int | None = None, unlike: Sequence[Track] = ()
) -> list[Match]:
    """The matches most similar to some tracks, among the tracks that the clients know.

    Parameters
    ----------
    view : View
    seeds : sequence of Track
    n : int
    max_per_artist : int, optional
    unlike : sequence of Track
        What the matches shall not be like.

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
        found = view.library.similar(seeds, n=asked, max_per_artist=max_per_artist, unlike=unlike)
        known = []
        for match in found:
            track = next((one for one in (match.track, *match.versions) if view.id_of(one) is not None), None)
            if track is not None:
                known.append(match if track is match.track else replace(match, track=track))
        if len(known) >= n or len(found) < asked or asked >= MOST_ASKED:
            return known[:n]
        asked = min(4 * asked, MOST_ASKED)
