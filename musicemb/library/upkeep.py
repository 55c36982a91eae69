"""Maintenance of a library: checks, repairs, backups, pruning of the journal, and duplicates."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from musicemb.library.opened import OpenedLibrary

if TYPE_CHECKING:
    from musicemb.records import CheckReport, Duplicates, MeasureStage, Pruning, Restored


class Upkeep(OpenedLibrary):
    """Checks, repairs and backups, pruning of the journal, and duplicates."""

    def backup(self, target: str | Path, *, replace: bool = False) -> None:
        """Write a complete copy of the catalogue, also while another process writes to it.

        Parameters
        ----------
        target : str or Path
        replace : bool
            Replace a file that is there.

        Raises
        ------
        MusicembError
            Where a file is there, or it cannot be written, or the catalogue is damaged; what was there stays.
        """
        from musicemb.io.output.files import check_output

        path = Path(target).expanduser()
        check_output(path, force=replace)
        self.catalogue.backup(path.resolve() if path.is_symlink() else path, replace=replace)

    @staticmethod
    def restore(backup: str | Path, path: str | Path | None = None) -> Restored:
        """Replace the catalogue by a copy of a backup; the old catalogue stays beside it under another name.

        Parameters
        ----------
        backup : str or Path
            What `backup` wrote, or a copy that was made by itself.
        path : str, Path or None
            The catalogue, as for `open`; need not exist, nor be sound.

        Returns
        -------
        Restored

        Raises
        ------
        CatalogueError
            Where the backup is no sound catalogue, or the catalogue is in use.
        """
        from musicemb.io.catalogue.catalogue import catalogue_path
        from musicemb.io.catalogue.safety.swap import restore

        return restore(Path(backup).expanduser().absolute(), catalogue_path(path))

    @staticmethod
    def check(
        path: str | Path | None = None, *, repair: bool = False, on_stage: Callable[[MeasureStage], object] = bool
    ) -> CheckReport:
        """Check whether a catalogue is intact and matches the files; see `workflows.library.check.check_library`.

        Parameters
        ----------
        path : str, Path or None
            The catalogue, as for `open`; it need not be one that can be opened.
        repair : bool
            Save what is intact of a damaged one into a new one in its place.
        on_stage : callable
            Called with the progress.

        Returns
        -------
        CheckReport

        Raises
        ------
        CatalogueError
            Where there is no catalogue, it is in use, or nothing can be saved of it.
        """
        from musicemb.io.catalogue.catalogue import catalogue_path
        from musicemb.records import CheckReport
        from musicemb.workflows.library.check import check_library

        for step in check_library(catalogue_path(path), repair=repair):
            if isinstance(step, CheckReport):
                return step
            on_stage(step)
        raise AssertionError("the last step is the report")

    def plan_pruning(self, days: int) -> Pruning:
        """Plan what `prune` would remove from the journal; nothing is changed.

        Parameters
        ----------
        days : int
            Runs that are older than this are meant.

        Returns
        -------
        Pruning
        """
        from musicemb.workflows.tagging.prune import plan_pruning

        return plan_pruning(self.catalogue, days)

    def prune(self, plan: Pruning) -> None:
        """Remove old entries from the journal; the edits that they describe can no longer be undone.

        Parameters
        ----------
        plan : Pruning
        """
        from musicemb.workflows.tagging.prune import apply_pruning

        apply_pruning(self.catalogue, plan)

    def duplicates(self, *, exact_only: bool = False, on_stage: Callable[[MeasureStage], object] = bool) -> Duplicates:
        """Files that hold the same recording; see `workflows.similarity.duplicates.find_duplicates`.

        Parameters
        ----------
        exact_only : bool
            Only files whose audio is equal, byte for byte.
        on_stage : callable
            Called with the progress.

        Returns
        -------
        Duplicates
        """
        from musicemb.records import Duplicates
        from musicemb.workflows.similarity.duplicates import find_duplicates

        for step in find_duplicates(self.catalogue, exact_only=exact_only):
            if isinstance(step, Duplicates):
                return step
            on_stage(step)
        raise AssertionError("the last step is the result")
