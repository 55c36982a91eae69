"""A log-linear opinion pool: several predictors' shares become one probability per genre, and that a guess.

The logarithms of the shares, weighted, make the probabilities (Genest and Zidek: Combining probability
distributions, Statistical Science 1, 1986). Weights are fitted as in a conditional logit (McFadden 1974), so
that a confidence of 0.8 comes true about 8 times in 10; with one predictor that is Platt scaling.
"""

from __future__ import annotations

import numpy as np

from musicemb.records import Booleans, Floats64
from musicemb.settings import GuessSettings, PoolWeights


def fit_pool(evidence: Floats64, truths: Floats64, shipped: PoolWeights, held: float) -> PoolWeights:
    """Weights under which what was true was most probable.

    Parameters
    ----------
    evidence : ndarray [shape=(n, n_candidates + 1, n_predictors)], float64
        Logarithms of shares.
    truths : ndarray [shape=(n, n_candidates + 1)], float64
        Rows sum to 1.
    shipped : tuple of float
        Weights to stay near, n_predictors + 1.
    held : float
        What a squared step away from them costs, in nats.

    Returns
    -------
    tuple of float
        A weight per predictor, none below 0, and the worth of "another genre".
    """
    from scipy.optimize import minimize

    if not len(evidence):
        return shipped
    start = np.asarray(shipped, dtype=np.float64)
    last = np.zeros((*evidence.shape[:2], 1))
    last[:, -1] = 1
    inputs = np.concatenate([evidence, last], axis=2)

    def cost(weights: Floats64) -> tuple[float, Floats64]:
        scores = inputs @ weights
        scores -= scores.max(axis=1, keepdims=True)
        logs = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
        slope = np.einsum("mg,mgw->w", np.exp(logs) - truths, inputs)
        away = weights - start
        return float(held * (away**2).sum() - (truths * logs).sum()), slope + 2 * held * away

    bounds = [(0.0, None)] * (len(start) - 1) + [(None, None)]
    found = minimize(cost, start, jac=True, method="L-BFGS-B", bounds=bounds)
    return tuple(round(float(weight), 6) for weight in found.x)


def pool(evidence: Floats64, weights: PoolWeights) -> Floats64:
    """Probabilities of the genres by all predictors together.

    Parameters
    ----------
    evidence : ndarray [shape=(n, n_candidates + 1, n_predictors)], float64
        Logarithms of shares.
    weights : tuple of float
        A weight per predictor, and the worth of "another genre".

    Returns
    -------
    ndarray [shape=(n, n_candidates + 1)], float64
        Rows sum to 1.
    """
    scores = evidence @ np.asarray(weights[:-1])
    scores[:, -1] += weights[-1]
    scores -= scores.max(axis=1, keepdims=True)
    odds = np.exp(scores)
    return np.asarray(odds / odds.sum(axis=1, keepdims=True), dtype=np.float64)


def choose_genres(
    probabilities: Floats64, allowed: Booleans, threshold: float, settings: GuessSettings
) -> tuple[list[int], float]:
    """What is guessed of one track.

    Parameters
    ----------
    probabilities : ndarray [shape=(n_candidates + 1,)], float64
    allowed : ndarray [shape=(n_candidates,)], bool
        Genres that may be guessed. What the others are worth is not given to these: where the likeliest genre
        may not be said, nothing is.
    threshold : float
    settings : GuessSettings

    Returns
    -------
    chosen : list of int
        Candidates, the likeliest first; empty where that is not sure enough.
    confidence : float
        Their probabilities together.
    """
    order = [place for place in np.argsort(-probabilities[:-1], kind="stable").tolist() if allowed[place]]
    chosen = order[:1]
    for place in order[1 : settings.max_genres]:
        if probabilities[place] >= settings.second_share * probabilities[chosen[0]]:
            chosen.append(place)
    confidence = min(float(probabilities[chosen].sum()), 1.0) if chosen else 0.0
    return (chosen, confidence) if confidence >= threshold and chosen else ([], confidence)
