"""Export to other programs, and import from them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from musicemb.library.opened import OpenedLibrary

if TYPE_CHECKING:
    from musicemb.records import Exported, GenreImport, MeasureStage, ScanStage


class Exchange(OpenedLibrary):
    """Export and import of tables; importing needs a library that is open for writing."""

    def export(
        self,
        path: str | Path,
        *,
        vectors: bool = True,
        segments: bool = False,
        replace: bool = False,
        stream: BinaryIO | None = None,
        on_stage: Callable[[MeasureStage], object] = bool,
    ) -> Exported:
        """Write tracks, vectors, groups, guesses and sounds to a table; see `workflows.exchange.export`.

        Parameters
        ----------
        path : str or Path
            .parquet, .csv, .npz or .jsonl.
        vectors, segments : bool
            What comes along.
        replace : bool
            Replace a file that is there.
        stream : binary file, optional
            Where a .csv or .jsonl goes instead: a pipe, say. `path` then only says the format.
        on_stage : callable
            Called with the progress.

        Returns
        -------
        Exported

        Raises
        ------
        MusicembError
            Where it cannot be written; what was there is untouched.
        """
        from musicemb.records import Exported
        from musicemb.workflows.exchange.export import export_library

        target = Path(path).expanduser()
        steps = export_library(
            self.catalogue,
            target,
            lambda: self.encoder,
            vectors=vectors,
            segments=segments,
            force=replace,
            stream=stream,
        )
        for step in steps:
            if isinstance(step, Exported):
                return step
            on_stage(step)
        raise AssertionError("the last step is the result")

    def export_projector(self, folder: str | Path, *, replace: bool = False) -> Exported:
        """Write the tables that TensorBoard's embedding projector reads.

        Parameters
        ----------
        folder : str or Path
            Made where absent.
        replace : bool
            Replace such tables where they are.

        Returns
        -------
        Exported
        """
        from musicemb.workflows.exchange.export import export_projector

        return export_projector(self.catalogue, Path(folder).expanduser(), lambda: self.encoder, force=replace)

    def plan_import(self, path: str | Path | None) -> GenreImport:
        """Determine what importing a table of genres would change; nothing is stored.

        Parameters
        ----------
        path : str, Path or None
            CSV with "genre" and "path", or "artist" and "title". None takes back all that was ever imported.

        Returns
        -------
        GenreImport

        Raises
        ------
        MusicembError
            Where the file cannot be read, or is no such table.
        """
        from musicemb.io.genre_table import read_genre_table
        from musicemb.workflows.exchange.import_genres import plan_clearing, plan_import

        if path is None:
            return plan_clearing(self.catalogue)
        table = Path(path).expanduser().absolute()
        return plan_import(self.catalogue, read_genre_table(table), folder=table.parent)

    def apply_import(self, plan: GenreImport) -> Iterator[ScanStage]:
        """Store genres as true, and guess again; see `workflows.exchange.import_genres.apply_import`.

        Parameters
        ----------
        plan : GenreImport

        Returns
        -------
        iterator of ScanStage
            Before each step; all is done when it ends.
        """
        from musicemb.workflows.exchange.import_genres import apply_import

        return apply_import(self.catalogue, plan, self.encoder)
