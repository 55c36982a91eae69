"""Figures on sound events, fold by fold: what probes predict, what lies near, and which groups files fall into."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from musicemb.core.evaluation.baselines import base_rates, choose_metric, commonest
from musicemb.core.evaluation.bootstrap import Statistic, class_scores_of, macro_f1_of, mean_of
from musicemb.core.evaluation.clustering_scores import measure_grouping
from musicemb.core.evaluation.metrics import confusion, retrieval_statistics
from musicemb.core.evaluation.probes import ProbeKind, fit_probe, log_losses, standardise
from musicemb.core.vectors.pca import fit_projection, project
from musicemb.records import Example, Floats64, Projection
from musicemb.workflows.evaluation.systems import COMPONENTS

MOST_ROWS = 20_000
"""Channels that a probe is fitted on; of a larger training set as many of each class as it takes, at random."""

MOST_SEARCHED = 5_000
"""Files of a fold that are searched among; of more, as many drawn by chance: all pairs of a fold of DCASE
are 2.6 GB, and nothing narrower would be learned of them."""


@dataclass(frozen=True)
class FoldPlan:
    """The training and test files of each fold; all numbers are rows of `examples`."""

    examples: tuple[Example, ...]
    folds: Mapping[int, list[int]]
    """Fold -> rows that it holds out; only folds that count."""
    train: tuple[int, ...]
    """Rows of the folds' dataset."""
    test: tuple[int, ...]
    """Rows of the evaluation dataset."""
    subsets: Mapping[str, list[int]]
    """What is reported separately -> rows."""

    @property
    def held_out(self) -> list[int]:
        """Rows that any fold holds out."""
        return [row for rows in self.folds.values() for row in rows]

    @property
    def splits(self) -> list[tuple[list[int], list[int]]]:
        """Training and test rows of each probe: one probe per fold, and one for the test."""
        found = [
            ([i for i in self.train if self.examples[i].fold != fold], held_out)
            for fold, held_out in self.folds.items()
        ]
        return [*found, (list(self.train), list(self.test))] if self.test else found


@dataclass(frozen=True)
class SoundPredictions:
    """The predictions for each row of a plan, by a probe that was not fitted on it."""

    labels: tuple[str, ...]
    """Most probable class; "" of rows that no split asks about."""
    losses: Floats64
    """Cross-entropy in nats, shape (n,); 0 of those rows."""


def evaluate_probe(vectors: Sequence[NDArray[Any]], plan: FoldPlan, kind: ProbeKind) -> SoundPredictions:
    """Fit a probe per split and evaluate it; the posteriors of a file's channels are averaged.

    Parameters
    ----------
    vectors : sequence of ndarray [shape=(n_channels, d)]
        Of each row of the plan.
    plan : FoldPlan
    kind : str
        "linear" or "dense".

    Returns
    -------
    SoundPredictions
    """
    predicted = [""] * len(plan.examples)
    losses = np.zeros(len(plan.examples))
    for train, asked in plan.splits:
        rows = _balanced(train, vectors, plan.examples)
        labels = [plan.examples[i].label for i in rows for _ in vectors[i]]
        groups = [plan.examples[i].group for i in rows for _ in vectors[i]]
        predict = fit_probe(np.concatenate([vectors[i] for i in rows]), labels, groups, kind)
        known, posteriors = predict(np.concatenate([vectors[i] for i in asked]))
        bounds = np.cumsum([len(vectors[i]) for i in asked])[:-1]
        means = np.stack([channels.mean(axis=0) for channels in np.split(posteriors, bounds)])
        losses[asked] = log_losses(means, [plan.examples[i].label for i in asked], known)
        for i, best in zip(asked, means.argmax(axis=1).tolist(), strict=True):
            predicted[i] = known[best]
    return SoundPredictions(tuple(predicted), losses)


def predict_commonest(plan: FoldPlan) -> SoundPredictions:
    """Always say the class that most training files have; of cross-entropy, that of their base rates.

    Parameters
    ----------
    plan : FoldPlan

    Returns
    -------
    SoundPredictions
    """
    predicted = [""] * len(plan.examples)
    losses = np.zeros(len(plan.examples))
    classes = sorted({example.label for example in plan.examples})
    for train, asked in plan.splits:
        known = [plan.examples[i].label for i in train]
        rates = np.tile(base_rates(known, classes), (len(asked), 1))
        losses[asked] = log_losses(rates, [plan.examples[i].label for i in asked], classes)
        guess = commonest(known)
        for i in asked:
            predicted[i] = guess
    return SoundPredictions(tuple(predicted), losses)


def probe_statistics(plan: FoldPlan, predicted: SoundPredictions, kind: ProbeKind) -> dict[str, Statistic]:
    """Statistics of predictions: macro-F1 (mean over folds), accuracy and cross-entropy.

    Parameters
    ----------
    plan : FoldPlan
    predicted : SoundPredictions
    kind : str
        "linear" or "dense": how names begin.

    Returns
    -------
    dict
        Name -> statistic over all rows of the plan; also of the subsets ("linear accuracy, evaluation").
    """
    labels = [example.label for example in plan.examples]

    def macro_f1(rows: Sequence[int]) -> Statistic:
        return macro_f1_of([labels[i] for i in rows], [predicted.labels[i] for i in rows])

    def accuracy(rows: Sequence[int]) -> Statistic:
        return mean_of([float(labels[i] == predicted.labels[i]) for i in rows])

    found = {
        f"{kind} macro-F1": over([(rows, macro_f1(rows)) for rows in plan.folds.values()]),
        f"{kind} accuracy": over([(plan.held_out, accuracy(plan.held_out))]),
        f"{kind} cross-entropy": over([(plan.held_out, mean_of(predicted.losses[plan.held_out]))]),
    }
    for name, rows in plan.subsets.items():
        found[f"{kind} macro-F1, {name}"] = over([(rows, macro_f1(rows))])
        found[f"{kind} accuracy, {name}"] = over([(rows, accuracy(rows))])
        found[f"{kind} cross-entropy, {name}"] = over([(rows, mean_of(predicted.losses[rows]))])
    return found


def class_statistics(plan: FoldPlan, predicted: SoundPredictions, classes: Sequence[str]) -> dict[str, Statistic]:
    """F1 of each class, the mean over folds.

    Parameters
    ----------
    plan : FoldPlan
    predicted : SoundPredictions
    classes : sequence of str

    Returns
    -------
    dict
        Class -> statistic over all rows of the plan; a fold that neither has nor predicts a class leaves it out.
    """
    true = {fold: [plan.examples[i].label for i in rows] for fold, rows in plan.folds.items()}
    labels = {fold: [predicted.labels[i] for i in rows] for fold, rows in plan.folds.items()}
    return {
        label: over(
            [(rows, class_scores_of(true[fold], labels[fold], label)["F1"]) for fold, rows in plan.folds.items()]
        )
        for label in classes
    }


def count_confusion(plan: FoldPlan, predicted: SoundPredictions, classes: Sequence[str]) -> tuple[tuple[int, ...], ...]:
    """True against predicted classes over what the folds hold out.

    Parameters
    ----------
    plan : FoldPlan
    predicted : SoundPredictions
    classes : sequence of str

    Returns
    -------
    tuple
        A row per true class, a column per predicted one.
    """
    table = confusion(
        [plan.examples[i].label for i in plan.held_out], [predicted.labels[i] for i in plan.held_out], classes
    )
    return tuple(tuple(row) for row in table)


def over(parts: Sequence[tuple[Sequence[int], Statistic]]) -> Statistic:
    """Mean of statistics, each over rows of its own; a draw that a part has nothing in leaves that part out.

    Parameters
    ----------
    parts : sequence of (rows, Statistic)
        Rows that a statistic's weights are of, in its order.

    Returns
    -------
    Statistic
        Over all rows.
    """

    def statistic(weights: Floats64) -> Floats64:
        values = np.stack([one(weights[:, rows]) for rows, one in parts])
        there = np.isfinite(values)
        total: Floats64 = np.where(there, values, 0).sum(axis=0)
        with np.errstate(invalid="ignore"):
            mean: Floats64 = total / there.sum(axis=0)
        return mean

    return statistic


def _balanced(rows: list[int], vectors: Sequence[NDArray[Any]], examples: Sequence[Example]) -> list[int]:
    """All rows, or of very many as many of each class (challenge baseline: balanced anew per epoch)."""
    if sum(len(vectors[i]) for i in rows) <= MOST_ROWS:
        return rows
    by_label: dict[str, list[int]] = {}
    for i in rows:
        by_label.setdefault(examples[i].label, []).append(i)
    rng = np.random.default_rng(0)
    most = MOST_ROWS // (len(by_label) * max(len(vectors[i]) for i in rows))
    chosen = [rng.permutation(found)[: max(most, 1)].tolist() for _, found in sorted(by_label.items())]
    return sorted(i for found in chosen for i in found)


def space_statistics(
    vectors: Sequence[NDArray[Any]], plan: FoldPlan, projection: Projection | None, *, learned: bool
) -> tuple[dict[str, Statistic], Mapping[str, Statistic]]:
    """Retrieval within each fold, and clusters of what the folds hold out by the product's own rule.

    A file is the mean of its channels. Its gallery is the files of other sessions (clips) in its own fold, which an
    encoder that this dataset trained has heard none or all of.

    Parameters
    ----------
    vectors : sequence of ndarray [shape=(n_channels, d)]
        Of each row of the plan.
    plan : FoldPlan
    projection : Projection or None
        Space to cluster in; None: a PCA fitted on the development files, as of a baseline.
    learned : bool
        False: standardise on the development files, and take the better of cosine and Euclidean there.

    Returns
    -------
    retrieval : dict
        "precision@5" and "1-nn", each also as macro mean (see `core.evaluation.metrics`), over all rows of the plan.
    groups : mapping
        "AMI", "AMI clustered", "coverage" (see `core.evaluation.clustering_scores`) and "AMI k-means", for draws of
        halves.
    """
    means = np.stack([channels.mean(axis=0) for channels in vectors])
    metric = None
    if not learned:
        train = list(plan.train)
        (means,) = standardise(means[train], means)[1:]
        few = _some(train)
        metric = choose_metric(means[few], [plan.examples[row] for row in few])
        projection = fit_projection(means[train].astype(np.float32), COMPONENTS)
    parts = {fold: _some(rows) for fold, rows in plan.folds.items()}
    rows = [row for some in parts.values() for row in some]
    folds = np.array([fold for fold, some in parts.items() for _ in some], np.int64)
    examples = [plan.examples[row] for row in rows]
    found = retrieval_statistics(means[rows], examples, metric=metric or "cosine", folds=folds)
    retrieval = {name: over([(rows, one)]) for name, one in found.items()}

    space = project(means[rows].astype(np.float32), projection)
    groups, _ = measure_grouping(space, [one.label for one in examples], range(len(rows)))
    return retrieval, {name: over([(rows, one)]) for name, one in groups.items()}


def _some(rows: Sequence[int]) -> list[int]:
    if len(rows) <= MOST_SEARCHED:
        return list(rows)
    return sorted(np.random.default_rng(0).permutation(np.asarray(rows))[:MOST_SEARCHED].tolist())
