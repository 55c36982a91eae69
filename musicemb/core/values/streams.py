"""Overlapping frames of samples that come block by block."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from musicemb.records import Floats


class FrameStream:
    """Cuts a stream into frames; the groups they come in do not hang on how the stream was cut into blocks.

    Parameters
    ----------
    length, hop : int
        Samples of a frame, and between two starts.
    together : int
        Frames that are handed on at once.
    """

    def __init__(self, length: int, hop: int, together: int) -> None:
        self._length, self._hop, self._together = length, hop, together
        self._pending: list[Floats] = []
        self._waiting = 0

    def feed(self, block: Floats) -> Iterator[Floats]:
        """Take the next samples.

        Parameters
        ----------
        block : ndarray [shape=(n,)], float32

        Yields
        ------
        ndarray [shape=(together, length)], float32
            A view: not to be written to.
        """
        self._pending.append(block)
        self._waiting += len(block)
        wanted = self._length + (self._together - 1) * self._hop
        if self._waiting < wanted:
            return
        samples = np.concatenate(self._pending)
        first = 0
        while len(samples) - first >= wanted:
            yield self._frames(samples[first : first + wanted])
            first += self._together * self._hop
        self._pending = [np.array(samples[first:])]
        self._waiting = len(samples) - first

    def finish(self) -> Iterator[Floats]:
        """What is left, once all samples were fed: whole frames only.

        Yields
        ------
        ndarray [shape=(n, length)], float32
        """
        samples = np.concatenate(self._pending) if self._pending else np.zeros(0, np.float32)
        self._pending, self._waiting = [], 0
        if len(samples) >= self._length:
            yield self._frames(samples)

    def _frames(self, samples: Floats) -> Floats:
        count, step = (len(samples) - self._length) // self._hop + 1, samples.itemsize
        # As `sliding_window_view` gives them, which takes longer to make sure of what is sure here.
        return np.ndarray((count, self._length), samples.dtype, samples, strides=(self._hop * step, step))
