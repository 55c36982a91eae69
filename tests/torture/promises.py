"""A table of promises: how often each was put to the test, and how often it was broken."""

from __future__ import annotations

import sys
from collections.abc import Sequence


def read_numbers(words: Sequence[str], usual: Sequence[int]) -> list[int]:
    """Whole numbers that a script is given; ends with a line where they are none, or too many.

    Parameters
    ----------
    words : sequence of str
    usual : sequence of int
        Those that are taken for what is not given.

    Returns
    -------
    list of int
        As many as `usual`.
    """
    if len(words) > len(usual) or not all(word.isdecimal() for word in words):
        sys.exit(f"expected {len(usual)} whole numbers at most, not {' '.join(words)}")
    return [*map(int, words), *usual[len(words) :]]


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
        if not self._trials:
            sys.exit("nothing was tried: is what was named there?")
        width = max((len(promise) for promise in self._trials), default=0)
        print(f"\n{'promise':{width}}  trials  lost")
        for promise, (trials, lost) in self._trials.items():
            print(f"{promise:{width}}  {trials:6d}  {lost:4d}")
        sys.exit(any(lost for _, lost in self._trials.values()))
