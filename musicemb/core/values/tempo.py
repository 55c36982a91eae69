"""The tempo of a track from its onsets, with a confidence; none where there is no beat.

Stretches of ten seconds are correlated with themselves, and the mean over them is enhanced at a bar and at half a beat
(after Percival and Tzanetakis, "Streamlined tempo estimation based on autocorrelation and cross-correlation with
pulses", IEEE/ACM TASLP 22, 2014), weighed by how people tap: a log-normal prior (Ellis, "Beat tracking by dynamic
programming", JNMR 36, 2007). Which of its multiples is the beat is told last, by `octave`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from musicemb.core.values.octave import MULTIPLES, octave_features, weigh_octaves
from musicemb.records import Floats, Floats64

_STRETCH, _STEP = 10.24, 5.12
"""Seconds of a stretch, and between two starts."""
_SLOWEST, _FASTEST = 45.0, 210.0
"""Beats per minute."""
_FASTEST_BEAT = 230.0
"""Beats per minute that a multiple may have."""
_STEPS_PER_OCTAVE = 120
_MULTIPLES = ((1.0, 1.0), (4.0, 0.7), (0.5, 0.3))
"""What is added to the correlation a beat later: times of a beat, and their weight."""
_USUAL, _SPREAD = 120.0, 0.75
"""Beats per minute that people tap most, and the standard deviation in octaves."""
_SMOOTH = 3
"""Frames of the window that onsets are smoothed with."""
_ROWS = 256
"""Stretches correlated at once (8 MB)."""
_SHORTEST = 8.0
"""Seconds; less music has no tempo here."""
_WEAKEST = 1.5
"""dB that the strongest hundredth of the onsets must reach: less is no beat, but tones that rub against each other."""
_UNCLEAR, _CLEAR = 0.15, 0.45
"""Correlation after a beat, or two or four: random strokes stay below 0.15, loops are above 0.7."""
_SAME = 0.04
"""Share by which tempos may differ that count as one."""


@dataclass(frozen=True)
class Tempo:
    """A tempo."""

    bpm: float
    """Beats per minute."""
    confidence: float
    """0 to 1: how clear the beat is, times the share of the track that has it."""


def find_tempo(onsets: Floats, per_second: float) -> Tempo | None:
    """The tempo of a track.

    Parameters
    ----------
    onsets : ndarray [shape=(n,)], float32
        As `OnsetMeter` gives them.
    per_second : float

    Returns
    -------
    Tempo or None
        None where no beat is heard.
    """
    if len(onsets) < _SHORTEST * per_second or float(np.percentile(onsets, 99)) < _WEAKEST:
        return None
    likeness = _correlate(_stretches(onsets, per_second))
    tempos = _tempos()
    lags, usual = 60 * per_second / tempos, _usual(tempos)
    mean = likeness.mean(axis=0)
    best = int(np.argmax(_score(mean[None], lags)[0] * usual))
    clear = float(np.clip((_pulse(mean[None], lags[best])[0] - _UNCLEAR) / (_CLEAR - _UNCLEAR), 0, 1))
    local = tempos[np.argmax(_score(likeness, lags) * usual, axis=1)]
    octaves = np.log2(local / tempos[best])
    agree = np.abs(octaves - np.round(octaves)) < np.log2(1 + _SAME)
    beating = _pulse(likeness, lags[best]) > _UNCLEAR
    confidence = clear * float(np.mean(agree & beating))
    if confidence <= 0:
        return None
    candidates, features = _multiples(mean, per_second, 60 * per_second / _refine(mean, float(lags[best])))
    return Tempo(float(candidates[np.argmax(weigh_octaves(features))]), confidence)


def tempo_candidates(onsets: Floats, per_second: float) -> tuple[Floats64, Floats64]:
    """The multiples among which the octave is chosen, for fitting the weights (tests/benchmarks/tempo_octaves.py).

    Parameters
    ----------
    onsets : ndarray [shape=(n,)], float32
    per_second : float

    Returns
    -------
    candidates : ndarray [shape=(n,)]
        Beats per minute; the first is the one that correlates best.
    features : ndarray [shape=(n, n_features)]
        See `octave_features`.
    """
    mean = _correlate(_stretches(onsets, per_second)).mean(axis=0)
    tempos = _tempos()
    lags = 60 * per_second / tempos
    best = int(np.argmax(_score(mean[None], lags)[0] * _usual(tempos)))
    return _multiples(mean, per_second, 60 * per_second / _refine(mean, float(lags[best])))


def _multiples(mean: Floats64, per_second: float, bpm: float) -> tuple[Floats64, Floats64]:
    candidates: Floats64 = bpm * np.array(MULTIPLES)
    candidates = candidates[(candidates >= _SLOWEST) & (candidates <= _FASTEST_BEAT)]
    return candidates, octave_features(lambda lags: _at(mean[None], lags)[0], candidates, per_second)


def _tempos() -> Floats64:
    steps = round(_STEPS_PER_OCTAVE * np.log2(_FASTEST / _SLOWEST))
    found: Floats64 = _SLOWEST * 2 ** (np.arange(steps + 1) / _STEPS_PER_OCTAVE)
    return found


def _usual(tempos: Floats64) -> Floats64:
    found: Floats64 = np.exp(-0.5 * (np.log2(tempos / _USUAL) / _SPREAD) ** 2)
    return found


def _stretches(onsets: Floats, per_second: float) -> Floats:
    """Smoothed onsets above their mean of the second around, in overlapping rows."""
    window = np.hanning(_SMOOTH + 2)[1:-1].astype(np.float32)
    smooth = np.convolve(onsets, window / window.sum(), "same")
    second = round(per_second)
    padded = np.concatenate([np.zeros(second // 2 + 1), smooth, np.zeros(second - second // 2)])
    sums = np.cumsum(padded)
    around = (sums[second:] - sums[:-second])[: len(smooth)] / second
    raised: Floats = np.maximum(smooth - around, 0).astype(np.float32)
    length, step = round(_STRETCH * per_second), round(_STEP * per_second)
    if len(raised) <= length:
        return raised[None]
    return np.lib.stride_tricks.sliding_window_view(raised, length)[::step]


def _correlate(stretches: Floats) -> Floats64:
    """Correlation of each row with itself some frames later; 1 at no frame."""
    from scipy.fft import irfft, next_fast_len, rfft

    length = stretches.shape[1]
    size = next_fast_len(2 * length, real=True)
    overlap = np.maximum(1 - np.arange(length) / length, 0.25)
    found = []
    for first in range(0, len(stretches), _ROWS):
        rows = stretches[first : first + _ROWS]
        spectrum = rfft(rows - rows.mean(axis=1, keepdims=True), size)
        products = irfft(spectrum.real**2 + spectrum.imag**2, size)[:, :length].astype(np.float32)
        found.append(products / np.maximum(products[:, :1], 1e-9) / overlap.astype(np.float32))
    likeness: Floats64 = np.concatenate(found)
    return likeness


def _at(likeness: Floats64, lags: NDArray[np.float64]) -> Floats64:
    """The correlation at lags between frames; 0 beyond what was correlated."""
    places = np.minimum(lags.astype(np.int64), likeness.shape[1] - 2)
    share = lags - places
    values = likeness[:, places] * (1 - share) + likeness[:, places + 1] * share
    found: Floats64 = np.where(lags < likeness.shape[1] - 1, values, 0.0)
    return found


def _score(likeness: Floats64, lags: NDArray[np.float64]) -> Floats64:
    total = np.zeros((len(likeness), len(lags)))
    for times, weight in _MULTIPLES:
        total += weight * _at(likeness, lags * times)
    return total


def _pulse(likeness: Floats64, lag: float) -> Floats64:
    """How clear a beat is: the best of one, two and four beats later, for a bar may have its strokes anywhere."""
    found: Floats64 = _at(likeness, np.array([lag, 2 * lag, 4 * lag])).max(axis=1)
    return found


def _refine(mean: Floats64, lag: float) -> float:
    """A lag to a small part of a frame: by the highest place near its eighth, fourth, second or first multiple."""
    for times in (8, 4, 2, 1):
        middle = lag * times
        reach = max(2, round(0.02 * middle))
        first = round(middle) - reach
        if first < 1 or first + 2 * reach + 1 >= len(mean) or middle > 0.7 * len(mean):
            continue
        top = first + int(np.argmax(mean[first : first + 2 * reach + 1]))
        below, here, above = mean[top - 1], mean[top], mean[top + 1]
        if here <= 0 or not (here >= below and here >= above):
            continue
        bend = below - 2 * here + above
        return float((top + (0.5 * (below - above) / bend if bend < 0 else 0.0)) / times)
    return lag
