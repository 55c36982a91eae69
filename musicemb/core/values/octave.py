"""Decides which multiple of a tempo is the beat, from correlations at fractions and multiples of the beat.

A correlation alone is as high two beats later as one. A bar of four repeats after four beats, a beat divides in two
more often than in three, and what is a quarter of it repeats less: a linear model of these and of how fast people tap,
as Percival and Tzanetakis (IEEE/ACM TASLP 22, 2014) decide whether to double a tempo. Its weights were fitted by
tests/benchmarks/tempo_octaves.py on one half of its music and judged on the other.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from musicemb.records import Floats64

MULTIPLES = (1.0, 2.0, 1 / 2, 3 / 2, 2 / 3, 3.0, 1 / 3)
"""Of the tempo that correlates best."""
_BEATS = (1.0, 4.0, 1 / 2, 1 / 4, 1 / 3, 3.0)
"""How many beats later the correlation is looked at."""
_TAPPED = 120.0
"""Beats per minute from which slower and faster are told."""
_WEIGHTS = (1.60, -3.71, 4.30, 4.15, 3.36, -3.54, -5.85, 3.17)
"""Of the logarithm of the tempo, its square, and the correlations at `_BEATS`."""


def octave_features(correlation: Callable[[Floats64], Floats64], candidates: Floats64, per_second: float) -> Floats64:
    """The features that show whether a tempo is the beat, for each candidate.

    Parameters
    ----------
    correlation : callable
        The correlation of the onsets with themselves at lags in frames.
    candidates : ndarray [shape=(n,)]
        Beats per minute.
    per_second : float
        Frames.

    Returns
    -------
    ndarray [shape=(n, 8)]
    """
    octaves = np.log2(candidates / _TAPPED)
    beat = 60 * per_second / candidates
    found: Floats64 = np.stack([octaves, octaves**2, *(correlation(times * beat) for times in _BEATS)], axis=1)
    return found


def weigh_octaves(features: Floats64) -> Floats64:
    """How much each candidate is like a beat; the highest is taken.

    Parameters
    ----------
    features : ndarray [shape=(n, 8)]
        From `octave_features`.

    Returns
    -------
    ndarray [shape=(n,)]
    """
    found: Floats64 = features @ np.array(_WEIGHTS)
    return found
