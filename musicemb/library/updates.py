"""Operations that change a library or the tags of its files: scans, tagging and undoing, forgetting."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from musicemb.library.opened import OpenedLibrary
from musicemb.settings import FAST_EXCERPTS, ScanSettings

if TYPE_CHECKING:
    from musicemb.records import Applied, Change, Forgetting, JournalEntry, ValueChange, ValueKind
    from musicemb.settings import TagPolicy
    from musicemb.workflows.library.finding import Ready
    from musicemb.workflows.library.scan import ScanEvent
    from musicemb.workflows.library.watch import WatchEvent
    from musicemb.workflows.parallel.executor import Executor
    from musicemb.workflows.tagging.value_tags import ValuePolicy


class Updates(OpenedLibrary):
    """Scans, edits of tags, and removal of tracks; each needs a library that is open for writing."""

    def scan(
        self,
        paths: Sequence[str | Path] = (),
        *,
        workers: int | None = None,
        exclude: Sequence[str] = (),
        forget_exclude: bool = False,
        reembed: bool = False,
        retry_failed: bool = False,
        keep_segments: bool = True,
        fast: bool = False,
        vocabulary: Sequence[str] | None = None,
        max_genres: int | None = None,
        min_confidence: float | None = None,
        with_mixes: bool | None = None,
        regroup: bool = False,
        executor: Executor | None = None,
        ready: Ready | None = None,
    ) -> Iterator[ScanEvent]:
        """Bring the library up to date with the files on disk; see `workflows.library.scan.scan_library`.

        Parameters
        ----------
        paths, workers
            As for `scan_library`; where they are not given the user's configuration holds.
        exclude : sequence of str
            Globs of what to leave out, from now on, beside those of earlier scans and of the configuration.
        forget_exclude : bool
            Forget the globs of earlier scans.
        reembed, retry_failed, keep_segments
            As for `scan_library`.
        fast : bool
            Hear excerpts of new tracks only; a later scan without it hears those tracks whole.
        vocabulary : sequence of str, optional
            Genres that may be guessed from now on; empty: any. None: as before.
        max_genres : int, optional
            Genres that a guess may name from now on. None: as before.
        min_confidence : float, optional
            Confidence that a guess takes from now on; negative: the one it was calibrated for again. None: as before.
        with_mixes : bool, optional
            Whether tracks over 20 minutes are grouped and vote from now on. None: as before.
        regroup, executor, ready
            As for `scan_library`.

        Yields
        ------
        ScanPlanned, ScanProgress, ScanStage or ScanSummary
            The summary is the last.
        """
        from musicemb.workflows.genres.vocabulary import store_preferences
        from musicemb.workflows.library.configuration import excluded_globs, roots_to_scan
        from musicemb.workflows.library.identifiers import fill_identifiers
        from musicemb.workflows.library.scan import scan_library

        self.catalogue.require_free()  # before what is wanted is stored, and an encoder is opened
        used, newer = self.choose_encoder(reembed=reembed)
        altered = store_preferences(
            self.catalogue, vocabulary=vocabulary, max_genres=max_genres, min_confidence=min_confidence
        )
        if with_mixes is not None:
            altered |= with_mixes != self.catalogue.with_mixes
            self.catalogue.want_mixes(with_mixes)
        self._encoder = None
        globs = excluded_globs(self.catalogue, exclude, forget=forget_exclude)
        yield from fill_identifiers(self.catalogue)
        yield from scan_library(
            paths or roots_to_scan(self.catalogue),
            catalogue=self.catalogue,
            encoder=used,
            workers=self.catalogue.configuration.value("workers", option=workers),
            exclude=globs,
            reembed=reembed,
            retry_failed=retry_failed,
            keep_segments=keep_segments,
            newer_encoder=newer,
            guess_again=altered,
            regroup=regroup,
            settings=ScanSettings(excerpts=FAST_EXCERPTS if fast else 0),
            executor=executor,
            ready=ready,
        )

    def watch(
        self,
        paths: Sequence[str | Path] = (),
        *,
        once: bool = False,
        settle: float = 5.0,
        poll: bool = False,
        exclude: Sequence[str] = (),
        workers: int | None = None,
    ) -> Iterator[WatchEvent]:
        """Scan, and scan again whenever files were added, changed or removed; see `workflows.library.watch.Watcher`.

        Parameters
        ----------
        paths : sequence of str or Path
            Folders; none: what was scanned before.
        once : bool
            One scan, as timers do it.
        settle : float
            Seconds for which a file must not change before it is embedded.
        poll : bool
            Check at intervals, if the system does not report changes.
        exclude, workers
            As for `scan`.

        Yields
        ------
        ScanPlanned, ScanProgress, ScanStage, ScanSummary or WatchNotice
            Without end, unless `once`.
        """
        from musicemb.extras import require
        from musicemb.workflows.library.configuration import roots_to_scan
        from musicemb.workflows.library.watch import Watcher

        def scan(folders: Sequence[Path], ready: Ready) -> Iterator[ScanEvent]:
            return self.scan(folders, exclude=exclude, workers=workers, ready=ready)

        if not once:
            require("watch", "watchfiles")
        folders = paths or roots_to_scan(self.catalogue)
        watcher = Watcher(scan, self.catalogue.holder, folders, settle=settle, poll=poll)
        yield from watcher.once() if once else watcher.run()

    def plan_tags(
        self,
        *,
        policy: TagPolicy = "missing",
        min_confidence: float | None = None,
        upgrade_tags: bool = False,
        vocabulary: Sequence[str] | None = None,
        max_genres: int | None = None,
        reviewed: bool = True,
    ) -> list[Change]:
        """Plan what tagging would change; nothing is written. See `workflows.tagging.tag.plan_tags`.

        Parameters
        ----------
        policy
            As for `plan_tags`.
        min_confidence : float, optional
            Confidence that a guess takes, this once. None: as in the last scan.
        upgrade_tags
            As for `plan_tags`.
        vocabulary : sequence of str, optional
            Genres that may be guessed, this once; empty: any. None: as in the last scan.
        max_genres : int, optional
            Genres that a guess may name, this once. None: as in the last scan.
        reviewed
            As for `plan_tags`.

        Returns
        -------
        list of Change
        """
        from musicemb.workflows.tagging.tag import plan_tags

        guesses = self.guess_otherwise(vocabulary=vocabulary, max_genres=max_genres, min_confidence=min_confidence)
        return plan_tags(
            self.catalogue,
            policy=policy,
            min_confidence=min_confidence,
            upgrade_tags=upgrade_tags,
            guesses=guesses,
            reviewed=reviewed,
        )

    def apply_tags(self, changes: Iterable[Change]) -> Iterator[Applied]:
        """Write planned changes to the files; see `workflows.tagging.tag.apply_tags`.

        Parameters
        ----------
        changes : iterable of Change

        Returns
        -------
        iterator of Applied
            Comes as the files are written.
        """
        from musicemb.workflows.tagging.tag import apply_tags

        return apply_tags(self.catalogue, changes)

    def plan_values(
        self,
        kinds: Sequence[ValueKind] = ("bpm", "key", "replaygain"),
        *,
        policy: ValuePolicy = "missing",
        min_confidence: float | None = None,
        upgrade_tags: bool = False,
    ) -> list[ValueChange]:
        """Plan what writing tempo, key and loudness would change; see `workflows.tagging.value_tags.plan_values`.

        Parameters
        ----------
        kinds, policy, min_confidence, upgrade_tags
            As there.

        Returns
        -------
        list of ValueChange
        """
        from musicemb.workflows.tagging.value_tags import plan_values

        return plan_values(
            self.catalogue, kinds, policy=policy, min_confidence=min_confidence, upgrade_tags=upgrade_tags
        )

    def apply_values(self, changes: Iterable[ValueChange]) -> Iterator[Applied]:
        """Write planned values to the files; see `workflows.tagging.value_tags.apply_values`.

        Parameters
        ----------
        changes : iterable of ValueChange

        Returns
        -------
        iterator of Applied
            Comes as the files are written.
        """
        from musicemb.workflows.tagging.value_tags import apply_values

        return apply_values(self.catalogue, changes)

    def plan_undo(self, run: int | None = None) -> list[JournalEntry]:
        """Plan what undoing would restore; nothing is written.

        Parameters
        ----------
        run : int, optional
            None: the latest tagging that was not undone yet.

        Returns
        -------
        list of JournalEntry
        """
        from musicemb.workflows.tagging.undo import plan_undo

        return plan_undo(self.catalogue, run)

    def apply_undo(self, entries: Iterable[JournalEntry]) -> Iterator[Applied]:
        """Restore the tags that files had before a run; see `workflows.tagging.undo.apply_undo`.

        Parameters
        ----------
        entries : iterable of JournalEntry

        Returns
        -------
        iterator of Applied
        """
        from musicemb.workflows.tagging.undo import apply_undo

        return apply_undo(self.catalogue, entries)

    def plan_forgetting(self, paths: Sequence[str | Path]) -> Forgetting:
        """Plan what `forget` would remove; nothing is changed.

        Parameters
        ----------
        paths : sequence of str or Path

        Returns
        -------
        Forgetting
        """
        from musicemb.workflows.library.status import plan_forgetting

        return plan_forgetting(self.catalogue, paths)

    def forget(self, what: Forgetting | Sequence[str | Path] | None = None) -> int:
        """Remove tracks from the library; no file is changed.

        Parameters
        ----------
        what : Forgetting, sequence of str or Path, or None
            Folders and files, or the plan for them; None: the tracks whose files are gone.

        Returns
        -------
        int
            How many tracks were dropped.
        """
        from musicemb.records import Forgetting
        from musicemb.workflows.library.status import forget_gone, forget_places

        if what is None:
            return forget_gone(self.catalogue)
        plan = what if isinstance(what, Forgetting) else self.plan_forgetting(what)
        forget_places(self.catalogue, plan)
        return len(plan.tracks)
