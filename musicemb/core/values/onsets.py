"""Onset strength at each 64th of a second of a track, block by block, for finding the tempo."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from musicemb.core.values.streams import FrameStream
from musicemb.records import Floats

ONSETS_PER_SECOND = 64
_WINDOW = 0.032
"""Seconds, about: a length whose transform is fast."""
_BANDS = 20
"""Equal steps of the logarithm of the frequency, up to a quarter of the rate; above is one band."""
_LOWEST = 60.0
"""Hz."""
_DEPTH = 5e-6
"""Power below a stretch's mean band power that still counts (-53 dB): what sets in below is noise of the codec."""
_STRETCH = 512
"""Frames that are looked at together (8 s)."""

_TOGETHER = 128
"""Frames that are transformed at once: what that takes stays in a core's own cache."""


class OnsetMeter:
    """Onset strength: the rise of the level in each of some bands, added (spectral flux in dB).

    Parameters
    ----------
    sample_rate : float
        Hz, of the mono samples that are fed.
    """

    def __init__(self, sample_rate: float) -> None:
        hop = 2 * max(1, round(sample_rate / ONSETS_PER_SECOND / 2))
        self.per_second = sample_rate / hop
        self._half = _fast_length(sample_rate * _WINDOW / 2)
        self._window = np.hanning(self._half + 1)[:-1].astype(np.float32)
        self._bands = np.repeat(_make_bands(self._half, sample_rate / 2), 2, axis=0)  # real and imaginary parts
        self._odd = np.zeros(0, np.float32)
        self._sums = FrameStream(self._half, hop // 2, _STRETCH)
        self._differences = FrameStream(self._half, hop // 2, _STRETCH)
        self._last: Floats | None = None
        self._onsets: list[Floats] = []

    def __call__(self, block: Floats) -> None:
        """Process the next samples.

        Parameters
        ----------
        block : ndarray [shape=(n,)], float32
        """
        if len(self._odd) or len(block) % 2:
            block = np.concatenate([self._odd, block])
            self._odd = np.array(block[len(block) // 2 * 2 :])
            block = block[: len(block) // 2 * 2]
        # Half the rate is transformed; what sums of neighbours lose, their differences hold (Haar's wavelet).
        sums, differences = block[0::2] + block[1::2], block[0::2] - block[1::2]
        for low, high in zip(self._sums.feed(sums), self._differences.feed(differences), strict=True):
            self._take(low, high)

    def result(self) -> Floats:
        """The onset strength of all that was fed.

        Returns
        -------
        ndarray [shape=(n_frames,)], float32
            dB, `per_second` values a second.
        """
        for low, high in zip(self._sums.finish(), self._differences.finish(), strict=True):
            self._take(low, high)
        return np.concatenate(self._onsets) if self._onsets else np.zeros(0, np.float32)

    def _take(self, low: Floats, high: Floats) -> None:
        from scipy.fft import rfft

        power = np.empty((len(low), self._bands.shape[1] + 1), np.float32)
        for first in range(0, len(low), _TOGETHER):
            some = slice(first, first + _TOGETHER)
            spectrum = rfft(low[some] * self._window).view(np.float32)
            np.square(spectrum, out=spectrum)
            np.matmul(spectrum, self._bands, out=power[some, :-1])
        np.einsum("ij,ij->i", high, high, out=power[:, -1])
        power += max(float(power.mean()) * _DEPTH, 1e-9)
        level = np.log10(power, out=power)
        rise = np.empty_like(level)
        np.subtract(level[1:], level[:-1], out=rise[1:])
        rise[0] = 0 if self._last is None else level[0] - self._last
        np.maximum(rise, 0, out=rise)
        self._onsets.append(10 * rise.mean(axis=1))
        self._last = level[-1].copy()


def _fast_length(about: float) -> int:
    """An even length near to that, at least 8, whose prime factors are small."""
    fast: list[int] = [
        2**twos * 3**threes * 5**fives for twos in range(1, 16) for threes in range(3) for fives in range(2)
    ]
    found: int = min((length for length in fast if length >= 8), key=lambda length: abs(length - about))
    return found


def _make_bands(length: int, sample_rate: float) -> Floats:
    """Which bins are in which band; a band narrower than a bin takes the nearest."""
    bins = length // 2 + 1
    edges = np.geomspace(_LOWEST, sample_rate / 2, _BANDS + 1) * length / sample_rate
    places: NDArray[np.int64] = np.unique(np.clip(np.round(edges).astype(np.int64), 1, bins))
    bands = np.zeros((bins, len(places) - 1), np.float32)
    for band, (first, end) in enumerate(pairwise(places.tolist())):
        bands[first:end, band] = 1 / (end - first)
    return bands
