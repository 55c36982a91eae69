"""A table of promises: how often each was put to the test, and how often it was broken."""

from __future__ import annotations

import sys


class Promises:
    """Counts trials; prints a line for each promise that was broken, and the table at the end."""

    def __init__(self) -> None:
        self._trials: dict[str, list[int]] = {}

    def check(self, promise: str, held: bool, about: object = "") -> bool:
        """Count one trial.

        Parameters
        ----------
        promise : str
        held : bool
        about : object
            What it was tried on; printed where the promise was broken.

        Returns
        -------
        bool
            `held`.
        """
        counts = self._trials.setdefault(promise, [0, 0])
        counts[0] += 1
        counts[1] += not held
        if not held:
            print(f"LOST  {promise}: {about}", flush=True)
        return held

    def finish(self) -> None:
        """Print the table; exit status 1 where a promise was broken."""
        width = max((len(promise) for promise in self._trials), default=0)
        print(f"\n{'promise':{width}}  trials  lost")
        for promise, (trials, lost) in self._trials.items():
            print(f"{promise:{width}}  {trials:6d}  {lost:4d}")
        sys.exit(any(lost for _, lost in self._trials.values()))
