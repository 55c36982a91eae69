"""A log-linear opinion pool: several predictors' shares become one probability per genre.

The logarithms of the shares, weighted, make the probabilities (Genest and Zidek: Combining probability
distributions, Statistical Science 1, 1986). Weights are fitted as in a conditional logit (McFadden 1974), so
that a confidence of 0.8 comes true about 8 times in 10; with one predictor that is Platt scaling.

Each predictor knows which choices are common, so that several together count it several times over, and a library's
commonest genre is believed too easily. *Leanings*, a constant per choice fitted with the weights, take that back.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from musicemb.records import Booleans, Floats64, Integers
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
    start = np.asarray(shipped, dtype=np.float64)
    sets = [_with_another(evidence, truths, place == another) for place, (evidence, truths) in enumerate(choices)]
    sets = [one for one in sets if len(one[0])]
    if not sets:
        return shipped
    return _rounded(_fit(sets, start, held, np.zeros(0, dtype=np.int64)))


def fit_leaning_pool(
    evidence: Floats64, truths: Floats64, shipped: PoolWeights, held: float
) -> tuple[PoolWeights, PoolWeights]:
    """Weights and leanings under which what was true was most probable.

    Parameters
    ----------
    evidence : ndarray [shape=(n, n_choices, n_predictors)], float64
        Logarithms of shares; the last choice is "another genre".
    truths : ndarray [shape=(n, n_choices)], float64
        What was true, as for `fit_pool`.
    shipped : tuple of float
        Weights to stay near, n_predictors + 1.
    held : float
        What a squared step away from them, or of a leaning away from 0, costs, in nats.

    Returns
    -------
    weights : tuple of float
        As of `fit_pool`.
    leanings : tuple of float
        One per choice; 0 for one that never came true, which may be because nobody had the word yet, and for "another
        genre", whose worth is a weight.
    """
    if not len(evidence):
        return shipped, (0.0,) * evidence.shape[1]
    leaning = np.flatnonzero(truths[:, :-1].sum(axis=0) > 0)
    start = np.concatenate([shipped, np.zeros(len(leaning))])
    found = _fit([_with_another(evidence, truths, True)], start, held, leaning)
    leanings = np.zeros(evidence.shape[1])
    leanings[leaning] = found[len(shipped) :]
    return _rounded(found[: len(shipped)]), _rounded(leanings)


def hold_back(held: float, artists: int, many: int) -> float:
    """What a squared step away from the shipped weights costs, in nats.

    Parameters
    ----------
    held : float
        Where many artists are tagged.
    artists : int
        Whose tags the weights are fitted on.
    many : int
        Artists from which on they are many.

    Returns
    -------
    float
        Of half as many four times as much: what the tags of few artists say of others is mostly chance.
    """
    return held * max(1.0, many / max(artists, 1)) ** 2


def _rounded(values: Floats64) -> PoolWeights:
    return tuple(round(float(value), 6) for value in values)


def _with_another(evidence: Floats64, truths: Floats64, another: bool) -> tuple[Floats64, Floats64]:
    last = np.zeros((*evidence.shape[:2], 1))
    last[:, -1] = another
    return np.concatenate([evidence, last], axis=2), truths


def _fit(sets: Sequence[tuple[Floats64, Floats64]], start: Floats64, held: float, leaning: Integers) -> Floats64:
    """Weights, and behind them a constant for each choice that is leaning (of every set)."""
    from scipy.optimize import minimize

    count = len(start) - len(leaning)

    def cost(values: Floats64) -> tuple[float, Floats64]:
        away = values - start
        total, slope = float(held * (away**2).sum()), 2 * held * away
        for inputs, truths in sets:
            scores = inputs @ values[:count]
            scores[:, leaning] += values[count:]
            scores -= scores.max(axis=1, keepdims=True)
            logs = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
            counts = truths.sum(axis=1, keepdims=True)
            total -= float((truths * logs).sum())
            over = counts * np.exp(logs) - truths
            slope[:count] += np.einsum("mg,mgw->w", over, inputs)
            slope[count:] += over[:, leaning].sum(axis=0)
        return total, slope

    bounds = [(0.0, None)] * (count - 1) + [(None, None)] * (1 + len(leaning))
    found = minimize(cost, start, jac=True, method="L-BFGS-B", bounds=bounds)
    return np.asarray(found.x, dtype=np.float64)


def pool(
    evidence: Floats64, weights: PoolWeights, *, another: bool = True, leanings: PoolWeights | None = None
) -> Floats64:
    """Probabilities of the choices by all predictors together.

    Parameters
    ----------
    evidence : ndarray [shape=(n, n_choices, n_predictors)], float64
        Logarithms of shares.
    weights : tuple of float
        A weight per predictor, and the worth of "another genre".
    another : bool
        Whether the last choice is "another genre".
    leanings : tuple of float, optional
        A constant per choice; none where left out.

    Returns
    -------
    ndarray [shape=(n, n_choices)], float64
        Rows sum to 1.
    """
    scores = evidence @ np.asarray(weights[:-1])
    if another:
        scores[:, -1] += weights[-1]
    if leanings:
        scores += np.asarray(leanings)
    scores -= scores.max(axis=1, keepdims=True)
    odds = np.exp(scores)
    return np.asarray(odds / odds.sum(axis=1, keepdims=True), dtype=np.float64)


CERTAIN: PoolWeights = (1.0, 0.0)
"""A confidence that is taken as it comes."""


def fit_certainty(sure: Floats64, right: Booleans, held: float) -> PoolWeights:
    """How a confidence is to be taken, where the likeliest choice was right less or more often than it said.

    Platt's scaling (1999) of its log odds.

    Parameters
    ----------
    sure : ndarray [shape=(n,)], float64
        Probability of the likeliest choice.
    right : ndarray [shape=(n,)], bool
        Whether it was true.
    held : float
        What a squared step away from taking it as it comes costs, in nats.

    Returns
    -------
    tuple of float
        Factor of the log odds, and what is added to them.
    """
    from scipy.optimize import minimize

    odds, signs = _log_odds(sure), np.where(right, 1.0, -1.0)
    start = np.asarray(CERTAIN)

    def cost(values: Floats64) -> tuple[float, Floats64]:
        away = values - start
        margins = signs * (values[0] * odds + values[1])
        wrong = -signs / (1 + np.exp(margins))
        slope = np.array([float(wrong @ odds), float(wrong.sum())])
        return float(np.logaddexp(0, -margins).sum() + held * (away**2).sum()), slope + 2 * held * away

    found = minimize(cost, start, jac=True, method="L-BFGS-B", bounds=[(0.1, None), (None, None)])
    return _rounded(found.x)


def take(sure: Floats64, certainty: PoolWeights) -> Floats64:
    """Confidences as they are to be taken.

    Parameters
    ----------
    sure : ndarray [shape=(n,)], float64
    certainty : tuple of float
        Of `fit_certainty`.

    Returns
    -------
    ndarray [shape=(n,)], float64
    """
    return np.asarray(1 / (1 + np.exp(-(certainty[0] * _log_odds(sure) + certainty[1]))), dtype=np.float64)


def _log_odds(sure: Floats64) -> Floats64:
    certain = np.clip(sure, 1e-3, 1 - 1e-3)
    return np.asarray(np.log(certain / (1 - certain)), dtype=np.float64)
