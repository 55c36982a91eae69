"""How much sets in at each hundredth of a second of a track, block by block: what a tempo is heard in."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from musicemb.core.values.streams import FrameStream
from musicemb.records import Floats

ONSETS_PER_SECOND = 100
_WINDOW = 0.032
"""Seconds, about: the next power of two of samples."""
_BANDS = 24
"""Equal steps of the logarithm of the frequency."""
_LOWEST = 60.0
"""Hz."""
_DEPTH = 5e-6
"""Power below a stretch's mean band power that still counts (-53 dB): what sets in below is noise of the codec."""
_STRETCH = 800
"""Frames that are looked at together (8 s)."""


class OnsetMeter:
    """Onset strength: the rise of the level in each of some bands, added (spectral flux in dB).

    Parameters
    ----------
    sample_rate : int
        Hz, of the mono samples that are fed.
    """

    def __init__(self, sample_rate: int) -> None:
        hop = max(1, round(sample_rate / ONSETS_PER_SECOND))
        self.per_second = sample_rate / hop
        self._length = 1 << max(4, round(np.log2(sample_rate * _WINDOW)))
        self._window = np.hanning(self._length + 1)[:-1].astype(np.float32)
        self._bands = _make_bands(self._length, sample_rate)
        self._stream = FrameStream(self._length, hop, _STRETCH)
        self._last: Floats | None = None
        self._onsets: list[Floats] = []

    def __call__(self, block: Floats) -> None:
        """Listen to the next samples.

        Parameters
        ----------
        block : ndarray [shape=(n,)], float32
        """
        for frames in self._stream.feed(block):
            self._take(frames)

    def result(self) -> Floats:
        """The onset strength of all that was fed.

        Returns
        -------
        ndarray [shape=(n_frames,)], float32
            dB, `per_second` values a second.
        """
        for frames in self._stream.finish():
            self._take(frames)
        return np.concatenate(self._onsets) if self._onsets else np.zeros(0, np.float32)

    def _take(self, frames: Floats) -> None:
        from scipy.fft import rfft

        spectrum = rfft(frames * self._window)
        power = (spectrum.real**2 + spectrum.imag**2) @ self._bands
        power += max(float(power.mean()) * _DEPTH, 1e-9)
        level = np.log10(power)
        before = level[:1] if self._last is None else self._last
        rise = np.diff(np.concatenate([before, level]), axis=0)
        self._onsets.append(10 * np.maximum(rise, 0).mean(axis=1))
        self._last = level[-1:]


def _make_bands(length: int, sample_rate: int) -> Floats:
    """Which bins are in which band; a band narrower than a bin takes the nearest."""
    bins = length // 2 + 1
    edges = np.geomspace(_LOWEST, sample_rate / 2, _BANDS + 1) * length / sample_rate
    places: NDArray[np.int64] = np.unique(np.clip(np.round(edges).astype(np.int64), 1, bins))
    bands = np.zeros((bins, len(places) - 1), np.float32)
    for band, (first, end) in enumerate(pairwise(places.tolist())):
        bands[first:end, band] = 1 / (end - first)
    return bands
