"""Whether a file is complete: nobody has written to it for a while."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from musicemb.records import FoundFile

SETTLE = 5.0
"""Seconds for which a file's size and time must not change before it is embedded."""


class Steadiness:
    """Remembers how files looked, so that one whose clock is of no use is known after a second look.

    Parameters
    ----------
    seconds : float
    clock : callable
        Seconds that only grow.
    wall : callable
        Seconds since 1970, as files' times are counted.
    """

    def __init__(
        self,
        seconds: float = SETTLE,
        *,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self.seconds = seconds
        self.waiting: set[Path] = set()
        """Files that were not ready at the last check."""
        self._clock, self._wall = clock, wall
        self._seen: dict[Path, tuple[tuple[int, int], float]] = {}

    def ready(self, file: FoundFile) -> bool:
        """Whether a file has been as it is for long enough.

        Parameters
        ----------
        file : FoundFile

        Returns
        -------
        bool
        """
        found = self._is_ready(file)
        if found:
            self._seen.pop(file.path, None)
            self.waiting.discard(file.path)
        else:
            self.waiting.add(file.path)
        return found

    def _is_ready(self, file: FoundFile) -> bool:
        try:
            status = file.path.stat()
        except OSError:
            return False
        now_found, now = FoundFile.from_status(file.path, status), self._clock()
        state = (now_found.size, now_found.mtime_ns)
        # A copy that keeps the time of its original has a new time of its own in the file system.
        age = self._wall() - max(status.st_mtime, status.st_ctime)
        if state == (file.size, file.mtime_ns) and age >= self.seconds:
            return True
        seen = self._seen.get(file.path)
        if seen is None or seen[0] != state:
            self._seen[file.path] = (state, now)
            return self.seconds <= 0
        return now - seen[1] >= self.seconds  # a server's clock may go ahead of ours
