"""The musical key of a track from its pitch classes, with a confidence; none where there is no key.

The pitch classes, brought into tune, are correlated with a profile of each of the 24 keys (Krumhansl, "Cognitive
foundations of musical pitch", 1990). The profiles are those that Faraldo and others found in electronic music and pop,
"bgate" in their papers ("A multi-profile method for key estimation in EDM", AES Semantic Audio, 2017): weak degrees,
which drums and overtones fill, do not count.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from musicemb.core.values.pitches import FINE
from musicemb.records import Floats64, MusicalKey

_MAJOR = (1.00, 0.00, 0.42, 0.00, 0.53, 0.37, 0.00, 0.77, 0.00, 0.38, 0.21, 0.30)
_MINOR = (1.00, 0.00, 0.36, 0.39, 0.00, 0.38, 0.00, 0.74, 0.27, 0.00, 0.42, 0.23)
_CONTRAST = 1.5
"""Exponent of the pitch classes: what leaks into all of them counts less."""
_POOREST = 0.6
"""Correlation with a key below which a track has none: drums and noise reach 0.5."""
_GOOD = 0.85
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
    for profile in (_MAJOR, _MINOR):
        standard = (np.array(profile) - np.mean(profile)) / np.std(profile)
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
