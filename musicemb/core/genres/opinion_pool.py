"""A log-linear opinion pool: several predictors' shares become one probability per genre.

The logarithms of the shares, weighted, make the probabilities (Genest and Zidek: Combining probability
distributions, Statistical Science 1, 1986). Weights are fitted as in a conditional logit (McFadden 1974), so
that a confidence of 0.8 comes true about 8 times in 10; with one predictor that is Platt scaling.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from musicemb.records import Floats64
from musicemb.settings import PoolWeights


def fit_pool(
    choices: Sequence[tuple[Floats64, Floats64]], shipped: PoolWeights, held: float, *, another: int = 0
) -> PoolWeights:
    """Weights under which what was true was most probable.

    Parameters
    ----------
    choices : sequence of (evidence, truths)
        Several sets of choices, which share their weights: logarithms of shares, shape (n, n_choices, n_predictors),
        and what was true, shape (n, n_choices); a row of truths sums to what it counts for, at most 1.
    shipped : tuple of float
        Weights to stay near, n_predictors + 1.
    held : float
        What a squared step away from them costs, in nats.
    another : int
        The set whose last choice is "another genre"; -1: none.

    Returns
    -------
    tuple of float
        A weight per predictor, none below 0, and the worth of "another genre".
    """
    from scipy.optimize import minimize

    start = np.asarray(shipped, dtype=np.float64)
    sets = []
    for place, (evidence, truths) in enumerate(choices):
        if len(evidence):
            last = np.zeros((*evidence.shape[:2], 1))
            last[:, -1] = place == another
            sets.append((np.concatenate([evidence, last], axis=2), truths))
    if not sets:
        return shipped

    def cost(weights: Floats64) -> tuple[float, Floats64]:
        away = weights - start
        total, slope = float(held * (away**2).sum()), 2 * held * away
        for inputs, truths in sets:
            scores = inputs @ weights
            scores -= scores.max(axis=1, keepdims=True)
            logs = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
            counts = truths.sum(axis=1, keepdims=True)
            total -= float((truths * logs).sum())
            slope = slope + np.einsum("mg,mgw->w", counts * np.exp(logs) - truths, inputs)
        return total, slope

    bounds = [(0.0, None)] * (len(start) - 1) + [(None, None)]
    found = minimize(cost, start, jac=True, method="L-BFGS-B", bounds=bounds)
    return tuple(round(float(weight), 6) for weight in found.x)


def pool(evidence: Floats64, weights: PoolWeights, *, another: bool = True) -> Floats64:
    """Probabilities of the choices by all predictors together.

    Parameters
    ----------
    evidence : ndarray [shape=(n, n_choices, n_predictors)], float64
        Logarithms of shares.
    weights : tuple of float
        A weight per predictor, and the worth of "another genre".
    another : bool
        Whether the last choice is "another genre".

    Returns
    -------
    ndarray [shape=(n, n_choices)], float64
        Rows sum to 1.
    """
    scores = evidence @ np.asarray(weights[:-1])
    if another:
        scores[:, -1] += weights[-1]
    scores -= scores.max(axis=1, keepdims=True)
    odds = np.exp(scores)
    return np.asarray(odds / odds.sum(axis=1, keepdims=True), dtype=np.float64)
