"""Keeps samples at the rate of their file, and resamples only the ranges that are requested."""

from __future__ import annotations

import bisect
import math
from collections.abc import Iterator, Sequence

import numpy as np

from musicemb.records import Floats

_MARGIN = 320
"""Resampled samples on each side of a range that are made with it: more than soxr HQ's filter is long."""
_TOGETHER = 1 << 20
"""Samples per call of the resampler, unless a single range is longer."""


def count_resampled(n_samples: int, rate: int, sample_rate: int) -> int:
    """Samples that soxr makes of so many.

    Parameters
    ----------
    n_samples : int
    rate, sample_rate : int
        Hz, before and after.

    Returns
    -------
    int
    """
    return (2 * n_samples * sample_rate + rate) // (2 * rate) if n_samples else 0


class SourceSamples:
    """Keeps mono samples at the rate of their file, and resamples only those that somebody asks for.

    Parameters
    ----------
    rate, sample_rate : int
        Hz, of what is kept and of what is asked for.
    """

    def __init__(self, rate: int, sample_rate: int) -> None:
        self.rate, self.sample_rate = rate, sample_rate
        self.blocks: list[Floats] = []
        """What was added."""
        self._ends = [0]

    @property
    def n_kept(self) -> int:
        """Samples that were added."""
        return self._ends[-1]

    @property
    def n_samples(self) -> int:
        """Samples that they are once they are resampled."""
        return count_resampled(self.n_kept, self.rate, self.sample_rate)

    def add(self, block: Floats) -> None:
        """Keep a block.

        Parameters
        ----------
        block : ndarray [shape=(n,)], float32
        """
        self.blocks.append(block)
        self._ends.append(self.n_kept + len(block))

    def power(self, first: int, end: int) -> float:
        """Mean power of a range of samples, before they are resampled.

        Parameters
        ----------
        first, end : int
            Of resampled samples.

        Returns
        -------
        float
        """
        start, stop = (place * self.rate // self.sample_rate for place in (first, end))
        total = sum(float(np.dot(part, part)) for part in self._parts(start, stop))
        return total / max(stop - start, 1)

    def ranges(self, wanted: Sequence[tuple[int, int]]) -> Iterator[Floats]:
        """Resample ranges of samples: within rounding what they would be if all were resampled.

        Parameters
        ----------
        wanted : sequence of (int, int)
            First and end of each, resampled, within the track.

        Yields
        ------
        ndarray [shape=(n,)], float32
        """
        if self.rate == self.sample_rate:
            for first, end in wanted:
                yield np.concatenate([*self._parts(first, end), np.zeros(0, np.float32)])
            return
        divisor = math.gcd(self.rate, self.sample_rate)
        coarse, fine = self.rate // divisor, self.sample_rate // divisor  # so many samples become so many
        parts: list[Floats] = []
        cuts: list[tuple[int, int]] = []
        gathered = 0
        for first, end in wanted:
            end = min(end, self.n_samples)
            start, stop = (first - _MARGIN) // fine * coarse, -(-(end + _MARGIN) // fine) * coarse
            if parts and gathered + stop - start > _TOGETHER:
                yield from self._resample(parts, cuts)
                parts, cuts, gathered = [], [], 0
            if not parts:
                start = max(0, start)  # what begins, soxr begins as it does with the whole track
            offset = (gathered - start) // coarse * fine
            cuts.append((offset + first, offset + end))
            # Beyond the track there is silence; each range begins where a sample is made.
            pieces = [np.zeros(max(0, -start), np.float32), *self._parts(max(0, start), stop)]
            parts += [*pieces, np.zeros(stop - start - sum(map(len, pieces)), np.float32)]
            gathered += stop - start
        if parts:
            yield from self._resample(parts, cuts)

    def _resample(self, parts: list[Floats], cuts: list[tuple[int, int]]) -> Iterator[Floats]:
        import soxr

        samples = soxr.resample(np.concatenate(parts), self.rate, self.sample_rate, quality="HQ")
        for first, end in cuts:
            yield samples[first:end]

    def _parts(self, start: int, stop: int) -> list[Floats]:
        """Pieces of blocks that make up a range."""
        found = []
        number = max(0, bisect.bisect_right(self._ends, start) - 1)
        while number < len(self.blocks) and self._ends[number] < stop:
            begin = self._ends[number]
            found.append(self.blocks[number][max(0, start - begin) : stop - begin])
            number += 1
        return found
