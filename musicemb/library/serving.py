"""What a program needs that keeps a library open for a long time and answers others, such as a server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from musicemb.errors import CatalogueError
from musicemb.library.opened import OpenedLibrary

if TYPE_CHECKING:
    from musicemb.workflows.similarity.loaded_library import LoadedLibrary


class Serving(OpenedLibrary):
    """The library in memory, and whether it is still as it was."""

    def revision(self) -> tuple[int, ...]:
        """Other numbers whenever the contents may have changed, by this program or another one.

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
        """All that queries need, in memory: for programs that answer from several threads, such as a server.

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
