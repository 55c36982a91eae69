"""Calibration: how often guesses of a confidence are right, and how leaving out unsure guesses raises accuracy.

Conventions
-----------
*Confidence* is the probability of the most probable label. The calibration error collects examples in
bins that hold equally many of them, ordered by confidence: the mean over bins (weighted by size) of
|share right - mean confidence| (Nguyen and O'Connor: Posterior calibration and exploratory analysis
for natural language processing models, EMNLP 2015). *Coverage* is the share of examples for which a
guess is made, *accuracy* the share of those that is right.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from musicemb.core.evaluation.bootstrap import Statistic, bootstrap, mean_of
from musicemb.records import Figure, Floats64

BINS = 10

SHARES = tuple(share / 20 for share in range(1, 21))
"""Coverages at which the risk/coverage curve is read."""

THRESHOLDS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
"""Confidences at which the coverage curve is read."""


def calibration_bins(
    confidence: NDArray[Any] | Sequence[float], right: NDArray[Any] | Sequence[float], bins: int = BINS
) -> list[tuple[float, float, int]]:
    """Mean confidence, share right and size of equal-count bins, least confident first.

    Parameters
    ----------
    confidence : array_like [shape=(n,)]
        0 to 1.
    right : array_like [shape=(n,)]
        1 where the guess is right, else 0.
    bins : int
        Fewer where there are fewer examples.

    Returns
    -------
    list of (float, float, int)
        Mean confidence, share right, number of examples.
    """
    sure, hits = np.asarray(confidence, np.float64), np.asarray(right, np.float64)
    order = np.argsort(sure, kind="stable")
    return _bins(sure, hits, order, bins)


def calibration_error_of(
    confidence: NDArray[Any] | Sequence[float], right: NDArray[Any] | Sequence[float], bins: int = BINS
) -> Statistic:
    """Statistic: calibration error over equal-count bins, which are cut anew in every draw.

    Parameters
    ----------
    confidence, right, bins
        As in `calibration_bins`.

    Returns
    -------
    callable
        Statistic, 0 (best) to 1.
    """
    sure, hits = np.asarray(confidence, np.float64), np.asarray(right, np.float64)
    order = np.argsort(sure, kind="stable")

    def statistic(weights: Floats64) -> Floats64:
        values = np.empty(len(weights))
        for row, weight in enumerate(weights):
            drawn = np.repeat(order, weight[order].astype(np.int64))
            values[row] = sum(abs(share - mean) * size for mean, share, size in _bins(sure, hits, drawn, bins))
            values[row] /= max(len(drawn), 1)
        return values

    return statistic


def chance_error(
    confidence: NDArray[Any] | Sequence[float], bins: int = BINS, *, draws: int = 500, seed: int = 0
) -> Figure:
    """Calibration error that confidences would show if each were exactly right.

    It is not 0: of 80 guesses at a confidence of 0.5 hardly ever 40 come true. An error that lies within this
    interval gives no reason to doubt the confidences (consistency resampling; examples are taken as independent).

    Parameters
    ----------
    confidence, bins
        As in `calibration_bins`.
    draws : int
        How often fate is drawn anew.
    seed : int

    Returns
    -------
    Figure
        Mean over the draws, and where 95 % of them lie; NaN without examples.

    References
    ----------
    Bröcker and Smith: Increasing the reliability of reliability diagrams, Weather and Forecasting 22, 2007.
    """
    sure = np.sort(np.asarray(confidence, np.float64))
    if not len(sure):
        return Figure(float("nan"), float("nan"), float("nan"))
    rng = np.random.default_rng(seed)
    order = np.arange(len(sure))
    errors = []
    for _ in range(draws):  # one by one: all at once would be half a gigabyte for 100,000 examples
        hits = (rng.random(len(sure)) < sure).astype(np.float64)
        gaps = (abs(share - mean) * size for mean, share, size in _bins(sure, hits, order, bins))
        errors.append(sum(gaps) / len(sure))
    low, high = np.percentile(errors, [2.5, 97.5])
    return Figure(float(np.mean(errors)), float(low), float(high))


def coverage_curve(
    confidence: NDArray[Any] | Sequence[float],
    right: NDArray[Any] | Sequence[float],
    thresholds: Sequence[float] = THRESHOLDS,
) -> list[dict[str, float]]:
    """Coverage and accuracy where guesses below a threshold are not made.

    Parameters
    ----------
    confidence, right
        As in `calibration_bins`.
    thresholds : sequence of float
        0 to 1; a confidence equal to one is covered.

    Returns
    -------
    list of dict
        threshold, coverage, accuracy (NaN where nothing is covered).
    """
    sure, hits = np.asarray(confidence, np.float64), np.asarray(right, np.float64)
    rows = []
    for threshold in thresholds:
        made = sure >= threshold
        rows.append(
            {
                "threshold": float(threshold),
                "coverage": float(made.mean()) if len(made) else 0.0,
                "accuracy": float(hits[made].mean()) if made.any() else float("nan"),
            }
        )
    return rows


def measure_coverage(
    confidence: NDArray[Any] | Sequence[float],
    right: NDArray[Any] | Sequence[float],
    groups: Sequence[str],
    thresholds: Sequence[float] = THRESHOLDS,
    draws: int = 500,
) -> list[dict[str, Any]]:
    """Coverage and accuracy as in `coverage_curve`, each with its interval.

    Parameters
    ----------
    confidence, right
        As in `calibration_bins`.
    groups : sequence of str
        Group (artist) of each example: what is drawn for the intervals.
    thresholds : sequence of float
        0 to 1; a confidence equal to one is covered.
    draws : int
        Bootstrap draws.

    Returns
    -------
    list of dict
        threshold, and as Figures coverage and accuracy (NaN where nothing is covered).
    """
    sure, hits = np.asarray(confidence, np.float64), np.asarray(right, np.float64)
    rows: list[dict[str, Any]] = []
    for threshold in thresholds:
        made = sure >= threshold
        rows.append(
            {
                "threshold": float(threshold),
                "coverage": bootstrap(mean_of(made.astype(np.float64)), groups, draws=draws),
                "accuracy": bootstrap(among(hits, made), groups, draws=draws),
            }
        )
    return rows


def among(values: NDArray[Any], kept: NDArray[np.bool_]) -> Statistic:
    """Statistic: mean over a part of the examples.

    Parameters
    ----------
    values : ndarray [shape=(n,)]
    kept : ndarray [shape=(n,)], bool
        That part.

    Returns
    -------
    callable
        Statistic of all n; NaN for a draw that has none of them.
    """
    inside = mean_of(values[kept])
    return lambda weights: inside(weights[:, kept])


def risk_at(
    confidence: NDArray[Any] | Sequence[float], right: NDArray[Any] | Sequence[float], share: float
) -> Statistic:
    """Statistic: share of wrong guesses among the most confident part of the examples.

    Parameters
    ----------
    confidence, right
        As in `calibration_bins`.
    share : float
        Coverage: how large that part is, above 0, up to 1.

    Returns
    -------
    callable
        Statistic, 0 to 1; NaN for a draw without items. The example at the edge counts in part.

    References
    ----------
    Geifman and El-Yaniv: Selective classification for deep neural networks, NeurIPS 2017.
    """
    order = np.argsort(-np.asarray(confidence, np.float64), kind="stable")
    wrong = 1 - np.asarray(right, np.float64)[order]

    def statistic(weights: Floats64) -> Floats64:
        sorted_weights = weights[:, order]
        before = np.cumsum(sorted_weights, axis=1) - sorted_weights
        room = share * weights.sum(axis=1, keepdims=True)
        kept = np.clip(room - before, 0, sorted_weights)
        with np.errstate(invalid="ignore"):
            risk: Floats64 = (kept @ wrong) / room[:, 0]
        return risk

    return statistic


def measure_bins(
    confidence: NDArray[Any], right: NDArray[Any], groups: Sequence[str], bins: int = BINS, draws: int = 500
) -> list[dict[str, Any]]:
    """Equal-count bins as in `calibration_bins`, each with the interval of its share right.

    Parameters
    ----------
    confidence, right
        As in `calibration_bins`.
    groups : sequence of str
        Group (artist) of each example: what is drawn.
    bins : int
        As in `calibration_bins`.
    draws : int
        Bootstrap draws.

    Returns
    -------
    list of dict
        confidence (mean), right (share), low, high, tracks; low and high are NaN where a bin holds one group only.
    """
    hits = np.asarray(right, np.float64)
    order = np.argsort(np.asarray(confidence, np.float64), kind="stable")
    parts = [part for part in np.array_split(order, min(bins, max(len(order), 1))) if len(part)]
    rows = []
    for part, (mean, share, size) in zip(parts, calibration_bins(confidence, right, bins), strict=True):
        told = bootstrap(mean_of(hits[part]), [groups[row] for row in part], draws=draws)
        rows.append({"confidence": mean, "right": share, "low": told.low, "high": told.high, "tracks": size})
    return rows


def measure_risk(
    confidence: NDArray[Any],
    right: NDArray[Any],
    groups: Sequence[str],
    shares: Sequence[float] = SHARES,
    draws: int = 500,
) -> list[dict[str, float]]:
    """Risk at each coverage (see `risk_at`), with its interval.

    Parameters
    ----------
    confidence, right
        As in `calibration_bins`.
    groups : sequence of str
        Group (artist) of each example: what is drawn.
    shares : sequence of float
        Coverages.
    draws : int
        Bootstrap draws.

    Returns
    -------
    list of dict
        coverage, risk, low, high.
    """
    rows = []
    for share in shares:
        told = bootstrap(risk_at(confidence, right, share), groups, draws=draws)
        rows.append({"coverage": share, "risk": told.value, "low": told.low, "high": told.high})
    return rows


def _bins(sure: Floats64, hits: Floats64, drawn: NDArray[np.int64], bins: int) -> list[tuple[float, float, int]]:
    if not len(drawn):
        return []
    least, more = divmod(len(drawn), min(bins, len(drawn)))
    sizes = np.repeat((least + 1, least), (more, min(bins, len(drawn)) - more))
    starts = np.cumsum(sizes) - sizes
    means, shares = (np.add.reduceat(of[drawn], starts) / sizes for of in (sure, hits))
    return list(zip(means.tolist(), shares.tolist(), sizes.tolist(), strict=True))
