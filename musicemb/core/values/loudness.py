"""Loudness of a programme by ITU-R BS.1770-4 and EBU R 128, and its range by EBU Tech 3342, block by block.

The K-weighting is applied to the spectrum of each tenth of a second instead of by two recursive filters: the power
is the same by Parseval's theorem but for what leaks between bins at the edges (hundredths of a dB), at a third of the
cost.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from musicemb.records import Floats, Floats64

_PER_SECOND = 10
"""Stretches whose power is measured; gating blocks of 400 ms overlap by three quarters."""
_BLOCK, _SHORT_TERM = 4, 30
"""Stretches in a gating block, and in the three seconds of a short-term loudness."""
_ABSOLUTE_GATE = -70.0
"""LUFS; what is softer is silence."""
_RELATIVE_GATE, _RANGE_GATE = -10.0, -20.0
"""LU below the loudness of what passed the first gate (BS.1770-4; Tech 3342)."""
_SOFTEST, _LOUDEST = 10, 95
"""Percentiles between which the range lies."""
_OFFSET = -0.691
_SURROUND, _SURROUNDS = 1.41, (4, 5)
"""Weight of the channels behind the listener, and which these are of six."""
_EFFECTS = 3
"""Of six channels the one for low-frequency effects, which does not count."""
_BEYOND_MEASURE = 1e6
"""Samples beyond this are damage, and count as silence."""
_THINNED_FROM = 32_000
"""Hz from which on the bins where the K-weighting is not level lie below an eighth of the rate."""
_LEVEL = 0.01
"""Share (0.04 dB) that the K-weighting may be off from its level at high frequencies."""
_SILENT = 1e-6
"""Mean power of all channels below which a stretch is silent: -60 dBFS, as a scan leaves segments out."""
_PAUSE = 5
"""Silent stretches in a row that make silence: what is shorter is a rest between notes or words."""
_FULL_RANGE = 60.0
"""Seconds of music above the gate from which on a range is meant to be told (Tech 3342)."""


@dataclass(frozen=True)
class Loudness:
    """How loud a track is."""

    integrated: float
    """LUFS."""
    range: float | None
    """LU between its soft and its loud parts; None below three seconds of music."""
    range_confidence: float
    """0 to 1: how much of the minute there is that a range takes."""
    peak: float
    """Highest sample, 1 being full scale."""


class LoudnessMeter:
    """Measures blocks of any rate and channel count; what is kept of a second is ten numbers."""

    def __init__(self) -> None:
        self._rate = 0
        self._left = np.zeros((0, 0), np.float32)
        self._powers: list[Floats64] = []
        self._silent: list[NDArray[np.bool_]] = []
        self._peak = 0.0

    def __call__(self, block: Floats, rate: int) -> float:
        """Process a block.

        Parameters
        ----------
        block : ndarray [shape=(channels, n)], float32
        rate : int
            Hz.

        Returns
        -------
        float
            What no sample of the block is beyond; infinity where it is damaged.
        """
        if not block.size:
            return 0.0
        highest = most = max(float(block.max()), -float(block.min()))
        if not highest < _BEYOND_MEASURE:  # NaN compares False
            block = np.where(np.abs(block) < _BEYOND_MEASURE, block, np.float32(0))
            highest, most = float(np.abs(block).max()), math.inf
        self._peak = max(self._peak, highest)
        rows = block.T
        if rate != self._rate or rows.shape[1] != self._left.shape[1]:
            self._rate, self._left = rate, rows[:0]
        length = _stretch_length(rate)
        if len(self._left):
            taken = min(length - len(self._left), len(rows))
            self._left = np.concatenate([self._left, rows[:taken]])
            rows = rows[taken:]
            if len(self._left) < length:
                return most
            self._measure(self._left, length, rate)
        whole = len(rows) // length * length
        self._left = rows[whole:].copy()
        if whole:
            self._measure(rows[:whole], length, rate)
        return most

    def _measure(self, rows: Floats, length: int, rate: int) -> None:
        weighted, plain = _weighted_powers(rows, length, rate)
        self._powers.append(weighted)
        self._silent.append(plain < _SILENT)

    def silence(self) -> float | None:
        """Share of the time heard so far in which nothing above -60 dBFS sounds for half a second or longer.

        Returns
        -------
        float or None
            0 to 1; None where less than a tenth of a second was heard.
        """
        if not self._silent:
            return None
        edges = np.diff(np.concatenate([[0], *self._silent, [0]]).astype(np.int8))
        runs = np.flatnonzero(edges == -1) - np.flatnonzero(edges == 1)
        return float(runs[runs >= _PAUSE].sum() / (len(edges) - 1))

    def result(self) -> Loudness | None:
        """The result for all samples so far.

        Returns
        -------
        Loudness or None
            None where all of it is silent, or less than a gating block.
        """
        powers = np.concatenate(self._powers) if self._powers else np.zeros(0)
        blocks = _means(powers, _BLOCK)
        integrated = _gated(blocks, _RELATIVE_GATE)
        if integrated is None:
            return None
        stretches = _means(powers, _SHORT_TERM)
        heard = stretches[_level(stretches) > _ABSOLUTE_GATE]
        extent = None
        if len(heard):
            levels = _level(heard)
            levels = levels[levels > float(_level(heard.mean())) + _RANGE_GATE]
            low, high = np.percentile(levels, (_SOFTEST, _LOUDEST))
            extent = float(high - low)
        music = len(heard) / _PER_SECOND
        return Loudness(integrated, extent, min(1.0, music / _FULL_RANGE) if len(heard) else 0.0, self._peak)


def _gated(blocks: Floats64, relative: float) -> float | None:
    """Level of what passes both gates."""
    heard = blocks[_level(blocks) > _ABSOLUTE_GATE]
    if not len(heard):
        return None
    kept = heard[_level(heard) > float(_level(heard.mean())) + relative]
    return float(_level(kept.mean()))


def _level(power: Floats64 | np.floating) -> Floats64:
    level: Floats64 = _OFFSET + 10 * np.log10(np.maximum(power, 1e-30))
    return level


def _means(powers: Floats64, length: int) -> Floats64:
    """Means over so many neighbours, one stretch apart."""
    if len(powers) < length:
        return np.zeros(0)
    sums = np.concatenate([np.zeros(1), np.cumsum(powers)])
    means: Floats64 = np.maximum(sums[length:] - sums[:-length], 0) / length
    return means


def _stretch_length(rate: int) -> int:
    """Samples of a stretch: a tenth of a second, or a few more so that the transform is fast."""
    if rate < _THINNED_FROM:
        return max(1, round(rate / _PER_SECOND))
    from scipy.fft import next_fast_len

    return 4 * int(next_fast_len(round(rate / _PER_SECOND / 4)))


def _weighted_powers(rows: Floats, length: int, rate: int) -> tuple[Floats64, Floats64]:
    """K-weighted power of each stretch, all channels added, and the mean power of its samples; `rows`, of shape
    (n, channels), are only read.

    The power of all samples counts as if the weighting were level; what it is off by at the lower bins, where it is
    not, is added; for these, means of four samples are enough.
    """
    channels = rows.shape[1]
    thinned = 4 if rate >= _THINNED_FROM else 1
    level, weights = _part_weights(length, rate, thinned, channels == 2)
    if channels == 2:
        return _stereo_powers(rows, length, thinned, level, weights)
    total, plain = np.zeros(len(rows) // length), np.zeros(len(rows) // length)
    for channel in range(channels):
        if channels == 6 and channel == _EFFECTS:
            continue
        gain = _SURROUND if channels == 6 and channel in _SURROUNDS else 1.0
        weighted, one = _mono_powers(np.ascontiguousarray(rows[:, channel]), length, thinned, level, weights)
        total += gain * weighted
        plain += one / (channels - (channels == 6))
    return total, plain


def _stereo_powers(rows: Floats, length: int, thinned: int, level: float, weights: Floats) -> tuple[Floats64, Floats64]:
    """Both channels as one complex signal: in the sum over all frequencies their cross terms cancel."""
    from scipy.fft import fft

    stretches = np.ascontiguousarray(rows).reshape(-1, 2 * length)
    squares = _powers(stretches)
    total: Floats64 = level * squares
    if thinned > 1:
        rows = stretches.reshape(-1, 2 * thinned) @ np.tile(np.eye(2, dtype=np.float32) / thinned, (thinned, 1))
    pairs = np.ascontiguousarray(rows).view(np.complex64).reshape(len(stretches), -1)
    total += _power(fft(pairs, overwrite_x=thinned > 1), weights)
    return total, squares / (2 * length)


def _mono_powers(
    samples: Floats, length: int, thinned: int, level: float, weights: Floats
) -> tuple[Floats64, Floats64]:
    from scipy.fft import rfft

    stretches = samples.reshape(-1, length)
    squares = _powers(stretches)
    total: Floats64 = level * squares
    if thinned > 1:
        samples = samples.reshape(-1, thinned) @ np.full(thinned, 1 / thinned, np.float32)
    total += _power(rfft(samples.reshape(len(stretches), -1)), weights)
    return total, squares / length


def _powers(rows: Floats) -> Floats64:
    """Sum of squares of each row; a product of matrices is twice as fast as einsum."""
    found: Floats64 = (rows[:, None, :] @ rows[:, :, None])[:, 0, 0].astype(np.float64)
    return found


def _power(spectrum: NDArray[np.complex64], weights: Floats) -> Floats64:
    """Weighted sum of each row's power; the spectrum is lost."""
    parts = spectrum.view(np.float32)
    np.square(parts, out=parts)
    found: Floats64 = (parts @ weights).astype(np.float64)
    return found


@lru_cache(maxsize=8)
def _part_weights(length: int, rate: int, thinned: int, is_complex: bool) -> tuple[float, Floats]:
    """`_k_weights` for the real and imaginary parts of a transform of complex samples, or of real ones."""
    level, weights = _k_weights(length, rate)
    bins, count = length // thinned, len(weights)
    if is_complex:
        whole = np.zeros(bins, np.float32)
        whole[:count] = weights
        whole[bins - count + 1 :] += weights[:0:-1]
    else:
        whole = np.zeros(bins // 2 + 1, np.float32)
        whole[:count] = 2 * weights
        whole[0] /= 2
    return level, np.repeat(whole, 2)


@lru_cache(maxsize=8)
def _k_weights(length: int, rate: int) -> tuple[float, Floats]:
    """The K-weighting: of the power of samples, as if it were level; and, of the lower bins, what that is off by.

    Above some kilohertz it is level, so that most of a spectrum need not be looked at: the power is in the samples.

    The analogue prototypes that give BS.1770's coefficients at 48 kHz, by the bilinear transform at any other rate
    (as libebur128 does).
    """
    delay = np.exp(-2j * np.pi * np.arange(length) / length)  # z to the -1
    response = np.ones(length, np.complex128)
    for frequency, gain, quality, high_pass in (
        (1681.974450955533, 3.999843853973347, 0.7071752369554196, False),
        (38.13547087602444, 0.0, 0.5003270373238773, True),
    ):
        k = math.tan(math.pi * min(frequency / rate, 0.49))
        scale = 1 + k / quality + k * k
        below = np.array([1.0, 2 * (k * k - 1) / scale, (1 - k / quality + k * k) / scale])
        if high_pass:
            above = np.array([1.0, -2.0, 1.0])
        else:
            high = 10 ** (gain / 20)
            middle = high**0.4996667741545416
            above = np.array(
                [high + middle * k / quality + k * k, 2 * (k * k - high), high - middle * k / quality + k * k]
            )
            above /= scale
        response *= (above[0] + above[1] * delay + above[2] * delay**2) / (
            below[0] + below[1] * delay + below[2] * delay**2
        )
    weights = np.abs(response[: length // 2]) ** 2
    level = float(weights[-1])
    count = int(np.flatnonzero(np.abs(weights - level) > _LEVEL * level)[-1]) + 1
    off = (weights[:count] - level) / length**2
    if rate >= _THINNED_FROM:  # the mean of four samples is softer the higher the tone
        turn = np.pi * np.arange(1, count) / length
        off[1:] /= (np.sin(4 * turn) / (4 * np.sin(turn))) ** 2
        off *= 16
    return level / length, off.astype(np.float32)
