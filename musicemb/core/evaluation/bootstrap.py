"""Intervals: how much a figure would move, had other artists been in the collection.

Conventions
-----------
A *statistic* maps weights to values: weights have shape (n_draws, n_items) and say how often an item
counts in each draw; the result has shape (n_draws,). Items of one group are always drawn together,
because tracks of an artist are alike. A paired difference takes both statistics on the same draws.

Two ways to draw. *With replacement*, as many artists as there are: for means and scores. *Halves*, half
of the artists without replacement: for what repeated tracks would spoil (mutual information sees two
copies of a track in one cluster and one genre, and takes it for structure). A half's variance, given
the data, is that of the whole sample; what halves are off by on average is taken out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from musicemb.records import Figure, Floats64, Integers

Statistic = Callable[[Floats64], Floats64]

DRAWS = 2000
"""Bootstrap draws: the ends of a 95 % interval then rest on 50 draws each."""


def encode_labels(names: Sequence[Any] | NDArray[Any]) -> tuple[Integers, int]:
    """Number names from 0 in sorted order.

    Parameters
    ----------
    names : array_like [shape=(n,)]

    Returns
    -------
    codes : ndarray [shape=(n,)], int64
    count : int
        Number of different names.
    """
    kinds, codes = np.unique(np.asarray(names), return_inverse=True)
    return codes.astype(np.int64).reshape(-1), len(kinds)


def draw_weights(groups: Sequence[str], rng: np.random.Generator, draws: int = DRAWS) -> Floats64:
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
    codes, count = encode_labels(groups)
    return rng.multinomial(count, np.full(count, 1 / count), size=draws).astype(np.float64)[:, codes]


def draw_halves(groups: Sequence[str], rng: np.random.Generator, draws: int = DRAWS) -> Floats64:
    """Draw half of the groups without replacement; the larger half of an odd number.

    Parameters
    ----------
    groups : sequence of str
        Group of each item.
    rng : numpy.random.Generator
    draws : int

    Returns
    -------
    ndarray [shape=(draws, n_items)], float64
        1 where an item's group was drawn, else 0.
    """
    codes, count = encode_labels(groups)
    order = rng.random((draws, count)).argsort(axis=1)
    return (order.argsort(axis=1) < (count + 1) // 2).astype(np.float64)[:, codes]


@dataclass(frozen=True)
class BootstrapStatistic:
    """A statistic of the whole sample and of the draws."""

    value: float
    draws: Floats64
    """Shape (n_draws,); none where there are fewer than two groups."""
    centred: bool = False
    """The draws are off by their own size (halves): only their spread counts."""

    @property
    def figure(self) -> Figure:
        """The value with its 95 % interval."""
        if not len(self.draws) or not np.isfinite(self.draws).any():
            return Figure(self.value, float("nan"), float("nan"))
        low, high = np.nanpercentile(self.draws, [2.5, 97.5])
        shift = self.value - float(np.nanmean(self.draws)) if self.centred else 0.0
        return Figure(self.value, float(low) + shift, float(high) + shift)

    def minus(self, other: BootstrapStatistic) -> Figure:
        """The paired difference, which needs both on the same draws.

        Parameters
        ----------
        other : BootstrapStatistic
            Of the same groups, seed, number of draws and way to draw.

        Returns
        -------
        Figure
            This minus the other, with its 95 % interval.
        """
        return BootstrapStatistic(self.value - other.value, self.draws - other.draws, self.centred).figure


def draw(
    statistic: Statistic,
    groups: Sequence[str],
    *,
    seed: int = 0,
    draws: int = DRAWS,
    halves: bool = False,
    block: int = 500,
) -> BootstrapStatistic:
    """Measure a statistic on the whole sample and on draws of groups.

    Parameters
    ----------
    statistic : callable
        Weights of shape (n_draws, n_items) -> values of shape (n_draws,).
    groups : sequence of str
        Group (artist) of each item.
    seed : int
        Of the draws; equal seeds and groups give equal draws.
    draws : int
    halves : bool
        Draw halves instead of drawing with replacement.
    block : int
        Draws held in memory at a time.

    Returns
    -------
    BootstrapStatistic
        NaN where there are no items.

    References
    ----------
    Efron and Tibshirani: An Introduction to the Bootstrap, 1993, chapter 13; by cluster: Field and
    Welsh: Bootstrapping clustered data, JRSS B 69, 2007; halves: Politis, Romano and Wolf:
    Subsampling, 1999.
    """
    if not len(groups):
        return BootstrapStatistic(float("nan"), np.zeros(0))
    value = float(statistic(np.ones((1, len(groups))))[0])
    if encode_labels(groups)[1] < 2:
        return BootstrapStatistic(value, np.zeros(0))
    rng = np.random.default_rng(seed)
    weigh = draw_halves if halves else draw_weights
    values = [statistic(weigh(groups, rng, min(block, draws - start))) for start in range(0, draws, block)]
    return BootstrapStatistic(value, np.concatenate(values), halves)


def bootstrap(statistic: Statistic, groups: Sequence[str], **options: Any) -> Figure:
    """Measure a statistic with its 95 % interval.

    Parameters
    ----------
    statistic, groups, **options
        As in `draw`.

    Returns
    -------
    Figure
        The interval is NaN where there are fewer than two groups.
    """
    return draw(statistic, groups, **options).figure


def mean_of(values: Sequence[float] | Floats64) -> Statistic:
    """Statistic: mean of one value per item.

    Parameters
    ----------
    values : array_like [shape=(n_items,)]

    Returns
    -------
    callable
        Statistic; NaN for a draw without items.
    """
    numbers = np.asarray(values, np.float64)
    return lambda weights: _divide(weights @ numbers, weights.sum(axis=1))


def macro_mean_of(values: Sequence[float] | Floats64, labels: Sequence[str]) -> Statistic:
    """Statistic: mean over classes of the mean within a class.

    Parameters
    ----------
    values : array_like [shape=(n_items,)]
    labels : sequence of str
        Class of each item.

    Returns
    -------
    callable
        Statistic; classes that were not drawn are left out.
    """
    numbers = np.asarray(values, np.float64)
    codes, count = encode_labels(labels)
    members = np.eye(count)[codes]

    def statistic(weights: Floats64) -> Floats64:
        sums = weights @ (members * numbers[:, None])
        sizes = weights @ members
        present = sizes > 0
        return _divide((sums / np.where(present, sizes, 1)).sum(axis=1, where=present), present.sum(axis=1))

    return statistic


def macro_f1_of(true: Sequence[str], predicted: Sequence[str]) -> Statistic:
    """Statistic: macro-F1, the mean over classes of F1.

    Parameters
    ----------
    true, predicted : sequence of str
        Label of each item.

    Returns
    -------
    callable
        Statistic; classes that are neither true nor predicted in a draw are left out.
    """
    codes, count = encode_labels([*true, *predicted])
    truth = np.eye(count)[codes[: len(true)]]
    guess = np.eye(count)[codes[len(true) :]]

    def statistic(weights: Floats64) -> Floats64:
        hits = weights @ (truth * guess)
        total = weights @ (truth + guess)
        present = total > 0
        return _divide((2 * hits / np.where(present, total, 1)).sum(axis=1, where=present), present.sum(axis=1))

    return statistic


def class_scores_of(true: Sequence[str], predicted: Sequence[str], label: str) -> dict[str, Statistic]:
    """Statistics of one class: F1, precision and recall.

    Parameters
    ----------
    true, predicted : sequence of str
        Label of each item.
    label : str
        The class.

    Returns
    -------
    dict
        "F1", "precision", "recall" -> statistic; NaN for a draw in which there is nothing to divide by.
    """
    truth = np.array([one == label for one in true], np.float64)
    guess = np.array([one == label for one in predicted], np.float64)
    hits = truth * guess
    return {
        "F1": lambda weights: _divide(2 * (weights @ hits), weights @ (truth + guess)),
        "precision": lambda weights: _divide(weights @ hits, weights @ guess),
        "recall": lambda weights: _divide(weights @ hits, weights @ truth),
    }


def _divide(above: Floats64, below: Floats64) -> Floats64:
    with np.errstate(invalid="ignore", divide="ignore"):
        result: Floats64 = np.where(below > 0, above / np.where(below > 0, below, 1), np.nan)
    return result
