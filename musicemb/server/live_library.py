"""Keeps a library in memory while it is served, and reloads it when it has changed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from musicemb.errors import MusicembError

if TYPE_CHECKING:
    from musicemb.library import Library, LoadedLibrary

SHARE = 5.0
"""A scan changes the library at every file. To read it again may take at most one part in so many of the time."""


class LiveLibrary:
    """A library in memory that is kept up to date by one thread. Any thread may use it.

    Parameters
    ----------
    open_library : callable
        Opens the library for reading.
    poll : float
        Seconds between two looks.
    on_change : callable
        Called with a line for each event, from the thread that checks for changes.
    prepare : callable
        Is given the library before it is served.
    """

    def __init__(
        self,
        open_library: Callable[[], Library],
        *,
        poll: float = 1.0,
        on_change: Callable[[str], object] = bool,
        prepare: Callable[[LoadedLibrary], object] = bool,
    ) -> None:
        self._open, self._poll, self._tell, self._prepare = open_library, poll, on_change, prepare
        self._current: LoadedLibrary | None = None
        self._version = 0
        self._trouble = ""
        self._failure: MusicembError | None = None
        self._ready, self._stop = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._look_after, name="library", daemon=True)

    def start(self) -> None:
        """Load the library, and keep it up to date from now on.

        Raises
        ------
        MusicembError
            Where it cannot be opened, or holds no tracks.
        """
        self._thread.start()
        self._ready.wait()
        if self._failure is not None:
            raise self._failure

    @property
    def library(self) -> LoadedLibrary:
        """The current library, or the last one that could be loaded."""
        assert self._current is not None, "start was not called"
        return self._current

    @property
    def version(self) -> int:
        """How often the library was loaded."""
        return self._version

    @property
    def trouble(self) -> str:
        """Why the library can no longer be read; "" if it can."""
        return self._trouble

    def open_library(self) -> Library:
        """Open the library for the calling thread, which must close it."""
        return self._open()

    def close(self) -> None:
        """Stop updating the library; the loaded one stays available."""
        self._stop.set()
        self._thread.join(timeout=30)

    def _look_after(self) -> None:
        opened: Library | None = None
        seen: tuple[int, ...] = ()
        pause = 0.0
        while not self._stop.wait(pause):
            pause = self._poll
            try:
                if opened is None:
                    opened = self._open()
                found = opened.revision()
                if seen and found[:2] != seen[:2]:  # another file has its place
                    opened.close()
                    opened = self._open()
                    found = opened.revision()
                if found != seen:
                    pause = max(self._poll, SHARE * self._load(opened))
                    seen = found
                elif self._trouble:
                    self._trouble = ""
                    self._tell("the library can be read again")
            except MusicembError as error:
                if opened is not None:
                    opened.close()
                opened, seen = None, ()
                self._complain(error)
            if not self._ready.is_set():
                self._ready.set()
                if self._failure is not None:
                    break
        if opened is not None:
            opened.close()

    def _load(self, opened: Library) -> float:
        """Load the library; returns the seconds that it took."""
        start = time.monotonic()
        again = self._current is not None
        loaded = opened.load()
        self._prepare(loaded)
        self._current = loaded
        self._version += 1
        self._trouble = ""
        if again:
            self._tell(f"the library has changed: {len(self._current.tracks()):,} tracks now")
        return time.monotonic() - start

    def _complain(self, error: MusicembError) -> None:
        if self._current is None:
            self._failure = error
        elif str(error) != self._trouble:
            self._trouble = str(error)
            self._tell(f"{error}; answers come from the library as it was read before")
