"""Probes: small classifiers fitted on frozen vectors, to see what the vectors know.

Conventions
-----------
A probe is fitted on standardised vectors of train and asked about others. Whatever it has to choose
(its regularisation) is chosen inside train by cross-validation over groups, so that no artist is on
both sides. The linear probe is multinomial logistic regression (Alain and Bengio: Understanding
intermediate layers using linear classifier probes, 2016); the small classifier has one hidden layer.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from musicemb.core.evaluation.bootstrap import encode_labels
from musicemb.records import Floats64, Integers

ProbeKind = Literal["linear", "dense"]

STRENGTHS = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
"""Inverse regularisations that the linear probe chooses from (scikit-learn's C)."""

HIDDEN = 64
"""Width of the small classifier's hidden layer."""

PASSES = 100
"""Steps of the small classifier's L-BFGS, each over all of train."""

DECAYS = (0.1, 1.0, 10.0)
"""L2 penalties that the small classifier chooses from (scikit-learn's alpha)."""

TRAIN = -1
"""Fold of an example that is fitted on and never asked about."""

INNER_FOLDS = 4
"""Folds inside train in which a probe's regularisation is chosen."""

LEAST_PROBABILITY = 1e-6
"""No probability counts as less: one mistake of a sure probe would otherwise outweigh all else."""


@dataclass(frozen=True)
class Predictions:
    """The predictions of a probe for examples that it was not fitted on."""

    classes: tuple[str, ...]
    rows: Integers
    """Which examples were asked about, shape (n,)."""
    probabilities: Floats64
    """Shape (n, n_classes)."""

    @property
    def labels(self) -> tuple[str, ...]:
        """Most probable class of each."""
        return tuple(self.classes[column] for column in self.probabilities.argmax(axis=1))


def standardise(train: NDArray[Any], *others: NDArray[Any]) -> list[Floats64]:
    """Bring each dimension to mean 0 and deviation 1 over train; the others by train's numbers.

    Parameters
    ----------
    train : ndarray [shape=(n, d)]
    *others : ndarray [shape=(m, d)]

    Returns
    -------
    list of ndarray, float64
        Train, then the others, in their shapes. A dimension that is constant over train is only centred.
    """
    from sklearn.preprocessing import StandardScaler

    scaler = StandardScaler().fit(np.asarray(train, np.float64))
    return [scaler.transform(np.asarray(part, np.float64)) for part in (train, *others)]


def split_groups(labels: Sequence[str], groups: Sequence[str], folds: int, seed: int = 0) -> Integers:
    """Folds that keep groups together and classes as even as may be.

    Groups are dealt out, the largest first, each to the fold that has least of its classes.

    Parameters
    ----------
    labels, groups : sequence of str
        Class and group of each item.
    folds : int
        Number of folds; some stay empty where there are fewer groups.
    seed : int
        Of the order among groups of equal size.

    Returns
    -------
    ndarray [shape=(n,)], int64
        Fold of each item, 0 to `folds` - 1.
    """
    codes, n_classes = encode_labels(labels)
    members, n_groups = encode_labels(groups)
    counts = np.zeros((n_groups, n_classes))
    np.add.at(counts, (members, codes), 1)
    share = counts / np.maximum(counts.sum(axis=0), 1)
    shuffled = np.random.default_rng(seed).permutation(n_groups)
    order = shuffled[np.argsort(-share[shuffled].sum(axis=1), kind="stable")]
    load = np.zeros((folds, n_classes))
    fold_of_group = np.zeros(n_groups, np.int64)
    for group in order:
        cost = ((load + share[group]) ** 2).sum(axis=1) - (load**2).sum(axis=1)
        fold = int(np.lexsort((load.sum(axis=1), cost.round(12)))[0])
        fold_of_group[group] = fold
        load[fold] += share[group]
    result: Integers = fold_of_group[members]
    return result


def fit_probe(
    vectors: NDArray[Any], labels: Sequence[str], groups: Sequence[str], kind: ProbeKind = "linear", *, seed: int = 0
) -> Callable[[NDArray[Any]], tuple[tuple[str, ...], Floats64]]:
    """Fit a probe; its regularisation is chosen inside these examples, by group.

    Parameters
    ----------
    vectors : ndarray [shape=(n, d)]
    labels, groups : sequence of str
    kind : str
        "linear" or "dense" (one hidden layer).
    seed : int

    Returns
    -------
    callable
        Vectors of shape (m, d) -> (classes, probabilities of shape (m, n_classes)).
    """
    names = np.asarray(labels, dtype=object)
    if len(set(labels)) < 2:
        only = tuple(sorted(set(labels)))
        return lambda asked: (only, np.ones((len(asked), len(only))))
    candidates = STRENGTHS if kind == "linear" else DECAYS
    chosen = _choose(np.asarray(vectors), names, groups, kind, candidates, seed)
    (scaled,) = standardise(vectors)
    model = _fitted(kind, scaled, names, chosen, seed)

    def predict(asked: NDArray[Any]) -> tuple[tuple[str, ...], Floats64]:
        _, others = standardise(vectors, asked)
        return tuple(str(name) for name in model.classes_), np.asarray(model.predict_proba(others), np.float64)

    return predict


def cross_validate(
    vectors: NDArray[Any] | Sequence[NDArray[Any]],
    labels: Sequence[str],
    groups: Sequence[str],
    folds: NDArray[np.int64],
    kind: ProbeKind = "linear",
    *,
    seed: int = 0,
) -> Predictions:
    """Ask about every held-out example a probe that was fitted on the other folds.

    Parameters
    ----------
    vectors : ndarray [shape=(n, d)], or one such array per fold
        Per fold: where the encoder itself was trained on the labels of the other folds.
    labels, groups : sequence of str
    folds : ndarray [shape=(n,)]
        Fold of each example, from 0; `TRAIN` for those that are only fitted on. One fold of 0
        beside `TRAIN` is a plain train and test split.
    kind, seed
        As in `fit_probe`.

    Returns
    -------
    Predictions
    """
    classes = tuple(sorted(set(labels)))
    asked = np.flatnonzero(folds != TRAIN)
    probabilities = np.zeros((len(labels), len(classes)))
    for fold, train, held in _fold_rows(folds):
        space = np.asarray(vectors[int(fold)] if isinstance(vectors, list | tuple) else vectors)
        predict = fit_probe(space[train], [labels[i] for i in train], [groups[i] for i in train], kind, seed=seed)
        known, answers = predict(space[held])
        probabilities[np.ix_(held, [classes.index(name) for name in known])] = answers
    return Predictions(classes, asked, probabilities[asked])


def log_losses(probabilities: NDArray[Any], labels: Sequence[str], classes: Sequence[str]) -> Floats64:
    """Cross-entropy of each example: -ln of the probability of its true label.

    Parameters
    ----------
    probabilities : ndarray [shape=(n, n_classes)]
    labels : sequence of str
        True label of each.
    classes : sequence of str

    Returns
    -------
    ndarray [shape=(n,)], float64
        Nats. A label that is not among the classes costs as if at `LEAST_PROBABILITY`, and nothing costs more.
    """
    place = {label: column for column, label in enumerate(classes)}
    told = [probabilities[row, place[name]] if name in place else 0.0 for row, name in enumerate(labels)]
    losses: Floats64 = -np.log(np.maximum(np.asarray(told, np.float64), LEAST_PROBABILITY))
    return losses


def _fold_rows(folds: NDArray[np.int64]) -> Iterator[tuple[int, list[int], list[int]]]:
    for fold in np.unique(folds[folds != TRAIN]):
        held = np.flatnonzero(folds == fold).tolist()
        train = np.flatnonzero(folds != fold).tolist()
        if train:
            yield int(fold), train, held


def _choose(
    vectors: NDArray[Any],
    labels: NDArray[Any],
    groups: Sequence[str],
    kind: ProbeKind,
    candidates: Sequence[float],
    seed: int,
) -> float:
    if len(candidates) == 1:
        return candidates[0]
    folds = split_groups(list(labels), groups, INNER_FOLDS, seed)
    losses = np.zeros(len(candidates))
    for _, train, held in _fold_rows(folds):
        if len(set(labels[train])) < 2:
            continue
        inside, outside = standardise(vectors[train], vectors[held])
        warm: Any = None
        for place, candidate in enumerate(candidates):
            warm = _fitted(kind, inside, labels[train], candidate, seed, warm)
            told = log_losses(warm.predict_proba(outside), labels[held].tolist(), warm.classes_.tolist())
            losses[place] += told.sum()
    return candidates[int(np.argmin(losses.round(9)))]


def _fitted(
    kind: ProbeKind, vectors: Floats64, labels: NDArray[Any], strength: float, seed: int, warm: Any = None
) -> Any:
    if kind == "linear":
        from sklearn.linear_model import LogisticRegression

        model = LogisticRegression(C=strength, max_iter=2000, warm_start=True)
        if warm is not None and list(warm.classes_) == sorted(set(labels)):
            model.coef_, model.intercept_, model.classes_ = warm.coef_, warm.intercept_, warm.classes_
        return model.fit(vectors, labels)
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier

    model = MLPClassifier((HIDDEN,), alpha=strength, solver="lbfgs", max_iter=PASSES, random_state=seed)
    with warnings.catch_warnings():
        # A fixed number of passes is the recipe here: not having converged is no news.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return model.fit(vectors, labels)
