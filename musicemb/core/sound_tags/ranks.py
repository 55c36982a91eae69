"""How well tracks match sound words: their ranks in a library, and their weight beside genre guesses."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from musicemb.core.sound_tags.query import OPPOSITE, library_ranks
from musicemb.records import Floats64

LEAST_GENRE = 0.02
"""What a track is worth that has not the genre asked for at all: it comes after those that have it, whatever else
speaks for it, unless it is among the best fiftieth in another word where they are among the last."""


def heard_as(tag: str, probabilities: Mapping[str, Floats64]) -> bool:
    """Whether the tag heads can tell a word, by itself or by its opposite.

    Parameters
    ----------
    tag : str
    probabilities : mapping of str to ndarray [shape=(n_tracks,)]

    Returns
    -------
    bool
    """
    return tag in probabilities or any(opposite == tag and name in probabilities for name, opposite in OPPOSITE.items())


def sound_ranks(tag: str, probabilities: Mapping[str, Floats64]) -> Floats64:
    """How much of a word each track has among the tracks of its library.

    Parameters
    ----------
    tag : str
        One of those that `heard_as` is true for.
    probabilities : mapping of str to ndarray [shape=(n_tracks,)]

    Returns
    -------
    ndarray [shape=(n_tracks,)], float64
        Above 0 and below 1.
    """
    heard = [_log_odds(probabilities[tag])] if tag in probabilities else []
    heard += [
        -_log_odds(probabilities[name])
        for name, opposite in OPPOSITE.items()
        if opposite == tag and name in probabilities
    ]
    return library_ranks(np.mean(heard, axis=0))


def order_by_sound(value: Floats64, tag: str, probabilities: Mapping[str, Floats64]) -> Floats64:
    """What tracks are worth for a genre in a list: a guess counts less the less of the genre is heard.

    Guesses and tag heads err in different ways, as the ones were taught by labels and the others by taggers. What the
    listener tagged stays as it is.

    Parameters
    ----------
    value : ndarray [shape=(n_tracks,)]
        How sure the genre is of each track, `LEAST_GENRE` to one less it.
    tag : str
        The word that is heard for the genre; "" where there is none.
    probabilities : mapping of str to ndarray [shape=(n_tracks,)]
        Of the words that are heard.

    Returns
    -------
    ndarray [shape=(n_tracks,)], float64
    """
    if not heard_as(tag, probabilities):
        return value
    sure = value >= 1 - LEAST_GENRE
    return np.asarray(np.where(sure, value, value * sound_ranks(tag, probabilities)), dtype=np.float64)


def _log_odds(probabilities: Floats64) -> Floats64:
    certain = np.clip(probabilities, 1e-9, 1 - 1e-9)
    return np.asarray(np.log(certain / (1 - certain)), dtype=np.float64)
