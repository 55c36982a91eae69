"""Methods for programs that keep a library open for a long time and answer clients, such as a server."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from musicemb.errors import CatalogueError
from musicemb.library.sounds import Sounds

if TYPE_CHECKING:
    from musicemb.records import IdMap, ServerTracks
    from musicemb.workflows.similarity.loaded_library import LoadedLibrary


class Serving(Sounds):
    """Loads the library into memory, and tells whether it has changed."""

    def revision(self) -> tuple[int, ...]:
        """Numbers that change whenever the contents may have changed, through this program or another one.

        Also where another file has taken the catalogue's place, which this object does not read: open it again.

        Returns
        -------
        tuple of int

        Raises
        ------
        CatalogueError
            Where the file is gone, or cannot be read.
        """
        path = self.catalogue.path
        try:
            found = path.stat()
        except OSError as error:
            raise CatalogueError(f"{path} cannot be read: {error.strerror or error}") from error
        return (found.st_dev, found.st_ino, *self.catalogue.revision())

    def load(self) -> LoadedLibrary:
        """Load all data that queries need into memory, for programs that answer from several threads, such as a server.

        Returns
        -------
        LoadedLibrary
            As the library is now; `revision` tells when it has changed.

        Raises
        ------
        CatalogueError
            Where the library holds no tracks.
        """
        from musicemb.workflows.similarity.loaded_library import load_library

        return load_library(self.catalogue)

    def map_page(self) -> bytes:
        """The map as a page for a server: it plays audio that the server sends, not files on the browser's machine.

        Returns
        -------
        bytes
            HTML. Tracks that have no place yet are laid out, which takes minutes in a large library.

        Raises
        ------
        MusicembError
            As for `map`.
        """
        from musicemb.records import MusicMap
        from musicemb.settings import MAP_GREY
        from musicemb.web.page import render_page
        from musicemb.workflows.mapping.map import map_library

        music = next(
            step for step in map_library(self.catalogue, tag_heads=self._tag_heads()) if isinstance(step, MusicMap)
        )
        grouped = any(group.colour != MAP_GREY for group in music.colourings["cluster"].groups)
        return render_page(music, colour_by="cluster" if grouped else "genre", served=True)

    @staticmethod
    def ask_server(text: str, *, anew: bool = False, on_note: Callable[[str], object] = bool) -> ServerTracks:
        """Fetch all tracks of a media server; see `workflows.media_servers.asking`.

        Parameters
        ----------
        text : str
            Kind and address, such as "navidrome=http://localhost:4533". Credentials are in the environment.
        anew : bool
            Ask it even if what it said within a day is remembered.
        on_note : callable
            Called with a note if tracks fetched earlier are used.

        Returns
        -------
        ServerTracks

        Raises
        ------
        SettingsError
            Where no such server is known, or credentials are missing.
        MusicembError
            Where it cannot be asked, and never was before.
        """
        from musicemb.workflows.media_servers.asking import ask_server, parse_server

        return ask_server(*parse_server(text), anew=anew, on_note=on_note)

    @staticmethod
    def match_server(library: LoadedLibrary, server: ServerTracks) -> IdMap:
        """Match the tracks of a media server with those of the library; see `workflows.media_servers.matching`.

        Parameters
        ----------
        library : LoadedLibrary
        server : ServerTracks

        Returns
        -------
        IdMap
        """
        from musicemb.workflows.media_servers.matching import match_tracks

        return match_tracks(server, library.tracks(), library.identifiers)
