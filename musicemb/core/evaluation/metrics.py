"""Quality figures of vectors, predictions, groups and confidences, each with its interval.

Conventions
-----------
`value (low to high)` is a figure with its 95 % interval from a bootstrap over artists. A set of
figures is a dict from a name to a `Figure`; the *statistics* behind it (see `core.evaluation.bootstrap`) are kept
beside, so that the paired difference of two results on the same examples can be taken.

How each figure is made
-----------------------
precision@5, 1-nn   `core.evaluation.retrieval`; mean over queries, and macro mean over classes
accuracy, macro-F1  of a probe (`core.evaluation.probes`) on examples that it was not fitted on
cross-entropy       of its probabilities there: mean of -ln of the true class', in nats (lower is better)
Brier score         of probabilities: mean squared distance to the truth (0 best, 2 worst)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from musicemb.core.evaluation.bootstrap import BootstrapStatistic, Statistic, draw, macro_f1_of, macro_mean_of, mean_of
from musicemb.core.evaluation.probes import TRAIN, Predictions, ProbeKind, cross_validate, log_losses
from musicemb.core.evaluation.retrieval import Metric, precision_at
from musicemb.records import Example, Figure, Floats64


def retrieval_statistics(
    vectors: NDArray[Any],
    examples: Sequence[Example],
    *,
    metric: Metric = "cosine",
    folds: NDArray[np.int64] | None = None,
) -> dict[str, Statistic]:
    """Statistics of retrieval over labelled examples.

    Parameters
    ----------
    vectors : ndarray [shape=(n, d)]
    examples : sequence of Example
        All labelled, one per vector.
    metric : str
        "cosine" or "euclidean".
    folds : ndarray [shape=(n,)], int64, optional
        Search each query among its own fold.

    Returns
    -------
    dict
        "precision@5" and "1-nn", each also as mean over classes ("... macro").
    """
    labels, groups = [example.label for example in examples], [example.group for example in examples]
    found: dict[str, Statistic] = {}
    for name, k in (("precision@5", 5), ("1-nn", 1)):
        precision = precision_at(vectors, labels, groups, k, metric=metric, folds=folds)
        asked = np.isfinite(precision)
        # A query without a gallery says nothing: it weighs nothing.
        found[name] = _masked(mean_of(precision[asked]), asked)
        found[f"{name} macro"] = _masked(macro_mean_of(precision[asked], np.asarray(labels)[asked].tolist()), asked)
    return found


def prediction_statistics(predictions: Predictions, labels: Sequence[str]) -> dict[str, Statistic]:
    """Statistics of predicted against true labels.

    Parameters
    ----------
    predictions : Predictions
    labels : sequence of str
        True labels of the examples that were asked about, in the order of `predictions.rows`.

    Returns
    -------
    dict
        "accuracy", "macro-F1" and "cross-entropy".
    """
    said = predictions.labels
    right = [float(one == other) for one, other in zip(said, labels, strict=True)]
    return {
        "accuracy": mean_of(right),
        "macro-F1": macro_f1_of(labels, said),
        "cross-entropy": mean_of(log_losses(predictions.probabilities, labels, predictions.classes)),
    }


def draw_all(
    statistics: Mapping[str, Statistic], groups: Sequence[str], **options: Any
) -> dict[str, BootstrapStatistic]:
    """Each statistic on the same draws.

    Parameters
    ----------
    statistics : mapping of str to callable
    groups, **options
        As in `core.evaluation.bootstrap.draw`.

    Returns
    -------
    dict
        Name -> BootstrapStatistic.
    """
    return {name: draw(one, groups, **options) for name, one in statistics.items()}


def figures(drawn: Mapping[str, BootstrapStatistic]) -> dict[str, Figure]:
    """Each statistic with its interval.

    Parameters
    ----------
    drawn : mapping of str to BootstrapStatistic

    Returns
    -------
    dict
        Name -> Figure.
    """
    return {name: one.figure for name, one in drawn.items()}


def paired_differences(
    first: Mapping[str, BootstrapStatistic], second: Mapping[str, BootstrapStatistic]
) -> dict[str, Figure]:
    """First minus second for every statistic that both have, on the same draws of artists.

    Parameters
    ----------
    first, second : mapping of str to BootstrapStatistic
        From `draw_all`, of the same groups and options.

    Returns
    -------
    dict
        Name -> Figure. A difference is claimed where the interval leaves out 0.
    """
    return {name: one.minus(second[name]) for name, one in first.items() if name in second}


def f1_per_class(true: Sequence[str], predicted: Sequence[str]) -> dict[str, float]:
    """F1 of each class.

    Parameters
    ----------
    true, predicted : sequence of str
        Label of each example.

    Returns
    -------
    dict
        Class -> 0 to 1, in the order of the alphabet, for what is true or predicted somewhere; 0
        for a class that is never both at once.
    """
    from sklearn.metrics import f1_score

    classes = sorted({*true, *predicted})
    if not classes:
        return {}
    values = f1_score(list(true), list(predicted), labels=classes, average=None, zero_division=0)
    return dict(zip(classes, map(float, values), strict=True))


def confusion(true: Sequence[str], predicted: Sequence[str], classes: Sequence[str]) -> list[list[int]]:
    """Count examples by true and predicted class.

    Parameters
    ----------
    true, predicted : sequence of str
        Label of each example, one of the classes.
    classes : sequence of str

    Returns
    -------
    list of list of int
        A row per true class, a column per predicted one.
    """
    from sklearn.metrics import confusion_matrix

    if not true:
        return [[0] * len(classes) for _ in classes]
    table: list[list[int]] = confusion_matrix(list(true), list(predicted), labels=list(classes)).tolist()
    return table


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


def brier_scores(probabilities: NDArray[Any], labels: Sequence[str], classes: Sequence[str]) -> Floats64:
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
    scores: Floats64 = ((np.asarray(probabilities, np.float64) - truth) ** 2).sum(axis=1) + missing
    return scores


def score_statistics(
    vectors: NDArray[Any] | Sequence[NDArray[Any]],
    examples: Sequence[Example],
    folds: NDArray[np.int64],
    *,
    metric: Metric = "cosine",
    probes: Sequence[ProbeKind] = ("linear",),
    within_folds: bool = False,
) -> tuple[dict[str, Statistic], dict[str, Predictions]]:
    """Statistics of retrieval and cross-validated probes, and the probes' predictions.

    Parameters
    ----------
    vectors : ndarray [shape=(n, d)], or one such array per fold
        Per fold: vectors by an encoder that was trained on the labels of the other folds; retrieval
        then stays within folds.
    examples : sequence of Example
        All labelled, one per vector.
    folds : ndarray [shape=(n,)]
        Cross-validation fold of each, from 0 (`datasets.music.fold_of`); `TRAIN` for what is fitted
        on only. Statistics weigh the others, in their order.
    metric : str
        Of retrieval.
    probes : sequence of str
        "linear", "dense".
    within_folds : bool
        Search each query among its own fold (for comparison with vectors per fold).

    Returns
    -------
    statistics : dict
        As from `retrieval_statistics`, and per probe "linear accuracy", "linear macro-F1", "linear
        cross-entropy" and so on.
    predictions : dict
        Probe -> Predictions.
    """
    held = np.flatnonzero(folds != TRAIN).tolist()
    per_fold = isinstance(vectors, list | tuple)
    own = np.stack([vectors[int(folds[row])][row] for row in held]) if per_fold else np.asarray(vectors)[held]
    asked = [examples[row] for row in held]
    apart = folds[held] if per_fold or within_folds else None
    statistics = retrieval_statistics(own, asked, metric=metric, folds=apart)
    labels, groups = [example.label for example in examples], [example.group for example in examples]
    told: dict[str, Predictions] = {}
    for kind in probes:
        told[kind] = cross_validate(vectors, labels, groups, folds, kind)
        for name, one in prediction_statistics(told[kind], [one.label for one in asked]).items():
            statistics[f"{kind} {name}"] = one
    return statistics, told


def _masked(statistic: Statistic, kept: NDArray[np.bool_]) -> Statistic:
    def masked(weights: Floats64) -> Floats64:
        return statistic(weights[:, kept])

    return masked
