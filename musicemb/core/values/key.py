"""The musical key of a track from its pitch classes, with a confidence; none where there is no key.

The pitch classes, brought into tune, are correlated with a profile of each of the 24 keys (Krumhansl, "Cognitive
foundations of musical pitch", 1990). Two profiles are averaged, each standardised: how often a degree sounds in
Kostka and Payne's textbook (Temperley, "Music and probability", 2007), and how often listeners expect it, by melodies
of the Essen collection (Aarden, "Dynamic melodic expectancy", 2003). Those of electronic music ("bgate") name
the dominant for the tonic in one of four tunes and scores (tests/benchmarks/values.py known).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from musicemb.core.values.pitches import FINE
from musicemb.records import Floats64, MusicalKey

_MAJOR = (
    (0.748, 0.060, 0.488, 0.082, 0.670, 0.460, 0.096, 0.715, 0.104, 0.366, 0.057, 0.400),
    (17.77, 0.1456, 14.93, 0.1602, 19.80, 11.36, 0.2912, 22.06, 0.1456, 8.155, 0.2330, 4.951),
)
_MINOR = (
    (0.712, 0.084, 0.474, 0.618, 0.049, 0.460, 0.105, 0.747, 0.404, 0.067, 0.133, 0.330),
    (18.26, 0.7376, 14.05, 16.86, 0.7025, 14.44, 0.7025, 18.62, 4.566, 1.932, 7.376, 1.756),
)
"""By Kostka and Payne, by Aarden; from the tonic upwards."""
_CONTRAST = 0.75
"""Exponent of the pitch classes, chosen with the profiles on half of the known music."""
_POOREST = 0.7
"""Correlation with a key below which a track has none: drums alone reach 0.69, noise 0.55."""
_GOOD = 0.9
"""Correlation with a key from which on it fits as well as it can."""
_CLEAR_LEAD = 0.12
"""Lead of the best key over the next at which there is no doubt."""


@dataclass(frozen=True)
class FoundKey:
    """A key."""

    key: MusicalKey
    confidence: float
    """0 to 1."""


def find_key(pitches: Floats64) -> FoundKey | None:
    """The key of a track.

    Parameters
    ----------
    pitches : ndarray [shape=(n_stretches, 12 * FINE)], float64
        As `PitchMeter` gives them.

    Returns
    -------
    FoundKey or None
        None where no key fits.
    """
    if not len(pitches) or not pitches.any():
        return None
    classes = tune(pitches)
    fit = _correlate(classes.sum(axis=0)[None])[0]
    best = int(np.argmax(fit))
    if fit[best] < _POOREST:
        return None
    lead = float(fit[best] - np.max(np.delete(fit, best)))
    sounding = classes[classes.sum(axis=1) > 0]
    local = np.argmax(_correlate(sounding), axis=1)
    agree = float(np.mean([_alike(int(one), best) for one in local]))
    fits = min(1.0, 0.2 + 0.8 * (float(fit[best]) - _POOREST) / (_GOOD - _POOREST))
    return FoundKey(_key(best), fits * min(1.0, 0.5 + 0.5 * lead / _CLEAR_LEAD) * agree)


def tune(pitches: Floats64) -> Floats64:
    """The twelve pitch classes, whatever the music is tuned to: the tuning that fits most of it is taken out.

    Parameters
    ----------
    pitches : ndarray [shape=(n_stretches, 12 * FINE)], float64

    Returns
    -------
    ndarray [shape=(n_stretches, 12)], float64
        From C upwards.
    """
    steps = np.arange(12 * FINE)
    turned = np.exp(2j * np.pi * steps / FINE) @ pitches.sum(axis=0)
    offset = float(np.angle(turned)) / (2 * np.pi)  # semitones
    distance = np.abs((steps[:, None] / FINE - offset - np.arange(12) + 6) % 12 - 6)
    weights = np.cos(np.pi * np.minimum(distance, 0.5)) ** 2
    classes: Floats64 = pitches @ weights
    return classes


def _correlate(classes: Floats64) -> Floats64:
    """With each of the keys: twelve major ones from C upwards, then the minor ones."""
    raised = classes**_CONTRAST
    spread = raised.std(axis=1, keepdims=True)
    standard = (raised - raised.mean(axis=1, keepdims=True)) / np.maximum(spread, 1e-12)
    found: Floats64 = standard @ _profiles().T / 12
    return found


@lru_cache(maxsize=1)
def _profiles() -> Floats64:
    rows = []
    for profiles in (_MAJOR, _MINOR):
        mean = np.mean([(np.array(one) - np.mean(one)) / np.std(one) for one in profiles], axis=0)
        standard = mean / np.std(mean)
        rows += [np.roll(standard, tonic) for tonic in range(12)]
    return np.stack(rows)


def _key(number: int) -> MusicalKey:
    return MusicalKey(number % 12, minor=number >= 12)


def _alike(one: int, best: int) -> float:
    """How near the key of a stretch is to that of the track, as MIREX counts it."""
    first, second = _key(one), _key(best)
    if first == second:
        return 1.0
    return 0.5 if first in second.neighbours else 0.0
