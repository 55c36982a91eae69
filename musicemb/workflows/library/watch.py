"""Keeps a library up to date when files are added, changed or removed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from musicemb.errors import CatalogueError, LibraryRootError, SettingsError
from musicemb.io.file_changes import TICK, watch_folders
from musicemb.records import ScanSummary, WatchNotice
from musicemb.workflows.library.finding import Ready
from musicemb.workflows.library.roots import count_of, make_absolute
from musicemb.workflows.library.scan import ScanEvent
from musicemb.workflows.library.steady import SETTLE, Steadiness

WatchEvent = ScanEvent | WatchNotice
Scan = Callable[[Sequence[Path], Ready], Iterator[ScanEvent]]
Watch = Callable[[Sequence[Path], bool], Iterator[set[Path]]]

LONGEST_WAIT = 60.0
"""Seconds after which complete files are scanned, even if other files are still arriving."""
RETRY = 10.0
"""Seconds between two tries while another process holds the library."""


class Watcher:
    """Scans folders once, and again whenever files in them have changed and are complete.

    Parameters
    ----------
    scan : callable
        Scans some folders, given what says whether a file may be heard yet.
    holder : callable
        Who else holds the library; None where nobody does.
    folders : sequence of str or Path
    settle : float
        Seconds for which files must be steady.
    poll : bool
        As for `io.file_changes.watch_folders`.
    watch, clock, sleep : callable
        What tells of changes and of time; by default the system.
    """

    def __init__(
        self,
        scan: Scan,
        holder: Callable[[], object],
        folders: Sequence[str | Path],
        *,
        settle: float = SETTLE,
        poll: bool = False,
        watch: Watch = lambda folders, poll: watch_folders(folders, poll=poll),
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] | None = None,
    ) -> None:
        if not folders:
            raise SettingsError("nothing was scanned yet: name a folder of music")
        self._folders = [make_absolute(folder) for folder in folders]
        self._scan, self._holder, self._watch = scan, holder, watch
        self._settle, self._poll, self._clock, self._sleep = settle, poll, clock, sleep or time.sleep
        self._steady = Steadiness(settle, clock=clock)
        self._due = dict.fromkeys(self._folders, 0.0)
        """Folders to scan, and when at the earliest."""
        self._changed: dict[Path, float] = {}
        """What has changed, and when it did last."""
        self._since = 0.0
        self._said: dict[object, str] = {}

    def once(self) -> Iterator[WatchEvent]:
        """Scan once, as a timer does; a file that is being written gets one more chance, then waits for the next time.

        Yields
        ------
        ScanPlanned, ScanProgress, ScanStage, ScanSummary or WatchNotice

        Raises
        ------
        LibraryRootError
            Where no folder can be reached; nothing was changed.
        CatalogueError
        """
        for _ in range(2):
            try:
                yield from self._scan(self._folders, self._steady.ready)
            except CatalogueError:
                if self._holder() is None:
                    raise
                yield WatchNotice("another musicemb is working on the library: nothing was done")
                return
            if not self._steady.waiting:
                return
            self._sleep(self._settle)
        yield WatchNotice(f"{count_of(len(self._steady.waiting), 'file')} still being written: left for the next time")

    def run(self) -> Iterator[WatchEvent]:
        """Watch until the iterator is closed.

        Yields
        ------
        ScanPlanned, ScanProgress, ScanStage, ScanSummary or WatchNotice

        Raises
        ------
        CatalogueError
            Where the library cannot be read or written any more.
        """
        marks: dict[Path, object] = {}
        while True:
            present = [folder for folder in self._folders if _mark(folder) is not None]
            for folder in self._folders:
                mark = _mark(folder)
                moved = marks.get(folder, mark) != mark  # a drive came or went
                if moved:
                    self._due.setdefault(folder, 0.0)
                marks[folder] = mark
                if mark is None:
                    yield from self._say(
                        folder, f"{folder} is not available: its tracks stay in the library until it is back"
                    )
                elif moved and self._said.pop(folder, None) is not None:
                    yield WatchNotice(f"{folder} is available again")
            for changed in self._watch(present, self._poll) if present else self._nothing():
                self._note(changed)
                yield from self._scan_due()
                if any(_mark(folder) != marks[folder] for folder in self._folders):
                    break
            else:
                self._sleep(TICK)  # the watcher ended: a folder went away under it

    def _nothing(self) -> Iterator[set[Path]]:
        self._sleep(TICK)
        yield set()

    def _note(self, changed: Iterable[Path]) -> None:
        now = self._clock()
        for path in changed:
            if not self._changed:
                self._since = now
            self._changed[path] = now
        quiet = [path for path, when in self._changed.items() if now - when >= self._settle]
        if quiet and (len(quiet) == len(self._changed) or now - self._since >= LONGEST_WAIT):
            for path in quiet:
                del self._changed[path]
                for folder in self._folders:
                    if folder == path or folder in path.parents:
                        self._due.setdefault(folder, now)
            self._since = now

    def _scan_due(self) -> Iterator[WatchEvent]:
        """Scan what is due; what cannot be scanned now stays as it is in the library."""
        now = self._clock()
        due = [folder for folder, when in self._due.items() if when <= now]
        there = [folder for folder in due if _mark(folder) is not None]
        for folder in due:
            if folder not in there:
                del self._due[folder]
        if not there:
            return
        try:
            for event in self._scan(there, self._steady.ready):
                yield event
                if isinstance(event, ScanSummary):
                    for about in ("held", *there):
                        self._said.pop(about, None)
        except LibraryRootError as error:
            yield from self._say(there[0], str(error))
        except CatalogueError as error:
            if self._holder() is None:
                raise
            yield from self._say("held", f"{error} (watch tries again by itself)")
            self._due.update(dict.fromkeys(there, self._clock() + RETRY))
            return
        for folder in there:
            self._due.pop(folder, None)
        now = self._clock()
        for path in self._steady.waiting:
            self._changed.setdefault(path, now)
        self._steady.waiting.clear()

    def _say(self, about: object, text: str) -> Iterator[WatchNotice]:
        """Say something once, until it has changed."""
        if self._said.get(about) != text:
            self._said[about] = text
            yield WatchNotice(text)


def _mark(folder: Path) -> tuple[int, int] | None:
    """A mark that distinguishes two folders at the same path, such as a drive and its empty mount point."""
    try:
        status = folder.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino
