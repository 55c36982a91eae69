"""Intervals: how much a figure would move, had other artists been in the collection.

Conventions
-----------
A *statistic* maps weights to values: weights have shape (n_draws, n_items) and say how often an item
counts in each draw; the result has shape (n_draws,). Items of one group are always drawn together,
because tracks of an artist are alike. A paired difference is the statistic `a(weights) - b(weights)`:
both see the same draws.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from musicemb.records import Figure

Doubles = NDArray[np.float64]
Integers = NDArray[np.int64]
Statistic = Callable[[Doubles], Doubles]

DRAWS = 2000
"""Bootstrap draws: the ends of a 95 % interval then rest on 50 draws each."""


def number(names: Sequence[Any] | NDArray[Any]) -> tuple[Integers, int]:
    """Number names from 0 in sorted order.

    Returns
    -------
    codes : ndarray [shape=(n,)], int64
    count : int
        Number of different names.
    """
    kinds, codes = np.unique(np.asarray(names), return_inverse=True)
    return codes.astype(np.int64).reshape(-1), len(kinds)


def draw_weights(groups: Sequence[str], rng: np.random.Generator, draws: int = DRAWS) -> Doubles:
    """Draw groups with replacement, as many as there are.

    Parameters
    ----------
    groups : sequence of str
        Group of each item.
    rng : numpy.random.Generator
    draws : int

    Returns
    -------
    ndarray [shape=(draws, n_items)], float64
        How often each item was drawn.
    """
    codes, count = number(groups)
    return rng.multinomial(count, np.full(count, 1 / count), size=draws).astype(np.float64)[:, codes]


def bootstrap(
    statistic: Statistic, groups: Sequence[str], *, seed: int = 0, draws: int = DRAWS, block: int = 500
) -> Figure:
    """Measure a statistic with its 95 % interval (percentiles of the bootstrap over groups).

    Parameters
    ----------
    statistic : callable
        Weights of shape (n_draws, n_items) -> values of shape (n_draws,).
    groups : sequence of str
        Group (artist) of each item.
    seed : int
        Of the draws; equal seeds and groups give equal draws.
    draws, block : int
        Number of draws, and how many are held in memory at a time.

    Returns
    -------
    Figure
        The interval is NaN where there are fewer than two groups.

    References
    ----------
    Efron and Tibshirani: An Introduction to the Bootstrap, 1993, chapter 13; by cluster: Field and
    Welsh: Bootstrapping clustered data, JRSS B 69, 2007.
    """
    if not len(groups):
        return Figure(float("nan"), float("nan"), float("nan"))
    value = float(statistic(np.ones((1, len(groups))))[0])
    if number(groups)[1] < 2:
        return Figure(value, float("nan"), float("nan"))
    rng = np.random.default_rng(seed)
    values = []
    for start in range(0, draws, block):
        values.append(statistic(draw_weights(groups, rng, min(block, draws - start))))
    low, high = np.nanpercentile(np.concatenate(values), [2.5, 97.5])
    return Figure(value, float(low), float(high))


def difference(first: Statistic, second: Statistic) -> Statistic:
    """Statistic of the paired difference, first minus second."""
    return lambda weights: first(weights) - second(weights)


def mean_of(values: Sequence[float] | Doubles) -> Statistic:
    """Statistic: mean of one value per item."""
    numbers = np.asarray(values, np.float64)
    return lambda weights: _divide(weights @ numbers, weights.sum(axis=1))


def macro_mean_of(values: Sequence[float] | Doubles, labels: Sequence[str]) -> Statistic:
    """Statistic: mean over classes of the mean within a class (classes that were not drawn are left out)."""
    numbers = np.asarray(values, np.float64)
    codes, count = number(labels)
    members = np.eye(count)[codes]

    def statistic(weights: Doubles) -> Doubles:
        sums = weights @ (members * numbers[:, None])
        sizes = weights @ members
        present = sizes > 0
        return _divide((sums / np.where(present, sizes, 1)).sum(axis=1, where=present), present.sum(axis=1))

    return statistic


def macro_f1_of(true: Sequence[str], predicted: Sequence[str]) -> Statistic:
    """Statistic: macro-F1 over the classes that are true or predicted somewhere."""
    codes, count = number([*true, *predicted])
    truth = np.eye(count)[codes[: len(true)]]
    guess = np.eye(count)[codes[len(true) :]]

    def statistic(weights: Doubles) -> Doubles:
        hits = weights @ (truth * guess)
        total = weights @ (truth + guess)
        present = total > 0
        return _divide((2 * hits / np.where(present, total, 1)).sum(axis=1, where=present), present.sum(axis=1))

    return statistic


def _divide(above: Doubles, below: Doubles) -> Doubles:
    with np.errstate(invalid="ignore", divide="ignore"):
        result: Doubles = np.where(below > 0, above / np.where(below > 0, below, 1), np.nan)
    return result
