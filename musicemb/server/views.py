"""The library under the ids of each kind of client, made anew when the library has changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from musicemb.library import Library
from musicemb.server.media_server_view import MediaServerView
from musicemb.server.view import OwnView, View

if TYPE_CHECKING:
    from musicemb.library import LoadedLibrary
    from musicemb.records.media_servers import ServerTracks


class Views:
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
        self._own: OwnView | None = None
        self._ready: tuple[LoadedLibrary, dict[str, MediaServerView]] | None = None

    def prepare(self, library: LoadedLibrary) -> None:
        """Find the servers' tracks in a library, which takes seconds, before it is served.

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

    def own(self) -> OwnView:
        """Under the catalogue's own ids.

        Returns
        -------
        OwnView
        """
        library, view = self._library(), self._own
        if view is None or view.library is not library:
            self._own = view = OwnView(library)
        return view

    def of(self, kind: str) -> MediaServerView:
        """Under the ids of a media server.

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
        """Under the ids that plugins know: those of the media server where there is one alone, else our own.

        Returns
        -------
        View
        """
        return self.of(next(iter(self.servers))) if len(self.servers) == 1 else self.own()
