"""The Brier score: how far probabilities are from what came true."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from musicemb.core.evaluation.bootstrap import Doubles, Statistic, mean_of


def brier_of(probabilities: NDArray[Any], labels: Sequence[str], classes: Sequence[str]) -> Statistic:
    """Statistic: Brier score, the squared distance from probabilities to the truth (0 best, 2 worst).

    Parameters
    ----------
    probabilities : ndarray [shape=(n, n_classes)]
    labels : sequence of str
        True label of each; one that is not among the classes is at distance from all of them.
    classes : sequence of str

    Returns
    -------
    callable
        Statistic: the mean of `brier_scores`.

    References
    ----------
    Brier: Verification of forecasts expressed in terms of probability, Monthly Weather Review 78, 1950.
    """
    return mean_of(brier_scores(probabilities, labels, classes))


def brier_scores(probabilities: NDArray[Any], labels: Sequence[str], classes: Sequence[str]) -> Doubles:
    """Brier score of each example.

    Parameters
    ----------
    probabilities, labels, classes
        As in `brier_of`.

    Returns
    -------
    ndarray [shape=(n,)], float64
        0 to 2.
    """
    names = np.asarray(classes, dtype=object)
    truth = (np.asarray(labels, dtype=object)[:, None] == names[None]).astype(np.float64)
    missing = 1 - truth.sum(axis=1)
    scores: Doubles = ((np.asarray(probabilities, np.float64) - truth) ** 2).sum(axis=1) + missing
    return scores
