"""Probes on sound events: who is asked about what by whom, and figures of the answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from musicemb.core.evaluation.baselines import base_rates, commonest
from musicemb.core.evaluation.bootstrap import Doubles, Statistic, class_scores_of, macro_f1_of, mean_of
from musicemb.core.evaluation.metrics import confusion
from musicemb.core.evaluation.probes import ProbeKind, fit_probe, log_losses
from musicemb.records import Example

MOST_ROWS = 20_000
"""Channels that a probe is fitted on; of a larger training set as many of each class as it takes, at random."""


@dataclass(frozen=True)
class Exam:
    """Who is asked about what; all numbers are rows of `examples`."""

    examples: tuple[Example, ...]
    folds: Mapping[int, list[int]]
    """Fold -> rows that it holds out; only folds that count."""
    taught: tuple[int, ...]
    """Rows of the folds' dataset."""
    tested: tuple[int, ...]
    """Rows of the evaluation dataset."""
    apart: Mapping[str, list[int]]
    """What is told apart -> rows."""

    @property
    def held(self) -> list[int]:
        """Rows that any fold holds out."""
        return [row for rows in self.folds.values() for row in rows]

    @property
    def lessons(self) -> list[tuple[list[int], list[int]]]:
        """Rows that a probe learns from, and rows that it is asked about: one probe per fold, and one for the test."""
        found = [([i for i in self.taught if self.examples[i].fold != fold], held) for fold, held in self.folds.items()]
        return [*found, (list(self.taught), list(self.tested))] if self.tested else found


@dataclass(frozen=True)
class Answers:
    """What was said of each row of an exam by somebody who had not seen it."""

    said: tuple[str, ...]
    """Likeliest class; "" where nobody is asked."""
    losses: Doubles
    """Cross-entropy in nats, shape (n,); 0 where nobody is asked."""


def ask(vectors: Sequence[NDArray[Any]], exam: Exam, kind: ProbeKind) -> Answers:
    """Fit a probe per lesson and ask it; the posteriors of a file's channels are averaged.

    Parameters
    ----------
    vectors : sequence of ndarray [shape=(n_channels, d)]
        Of each row of the exam.
    exam : Exam
    kind : str
        "linear" or "dense".

    Returns
    -------
    Answers
    """
    said = [""] * len(exam.examples)
    losses = np.zeros(len(exam.examples))
    for taught, asked in exam.lessons:
        rows = _balanced(taught, vectors, exam.examples)
        labels = [exam.examples[i].label for i in rows for _ in vectors[i]]
        groups = [exam.examples[i].group for i in rows for _ in vectors[i]]
        predict = fit_probe(np.concatenate([vectors[i] for i in rows]), labels, groups, kind)
        known, posteriors = predict(np.concatenate([vectors[i] for i in asked]))
        bounds = np.cumsum([len(vectors[i]) for i in asked])[:-1]
        means = np.stack([channels.mean(axis=0) for channels in np.split(posteriors, bounds)])
        losses[asked] = log_losses(means, [exam.examples[i].label for i in asked], known)
        for i, best in zip(asked, means.argmax(axis=1).tolist(), strict=True):
            said[i] = known[best]
    return Answers(tuple(said), losses)


def guess_commonest(exam: Exam) -> Answers:
    """Always say the class that most training files have; of cross-entropy, that of their base rates.

    Parameters
    ----------
    exam : Exam

    Returns
    -------
    Answers
    """
    said = [""] * len(exam.examples)
    losses = np.zeros(len(exam.examples))
    classes = sorted({example.label for example in exam.examples})
    for taught, asked in exam.lessons:
        known = [exam.examples[i].label for i in taught]
        rates = np.tile(base_rates(known, classes), (len(asked), 1))
        losses[asked] = log_losses(rates, [exam.examples[i].label for i in asked], classes)
        guess = commonest(known)
        for i in asked:
            said[i] = guess
    return Answers(tuple(said), losses)


def exam_statistics(exam: Exam, told: Answers, kind: ProbeKind) -> dict[str, Statistic]:
    """Statistics of answers: macro-F1 (mean over folds), accuracy and cross-entropy.

    Parameters
    ----------
    exam : Exam
    told : Answers
    kind : str
        "linear" or "dense": how names begin.

    Returns
    -------
    dict
        Name -> statistic over all rows of the exam; also of what is told apart ("linear accuracy, evaluation").
    """
    labels = [example.label for example in exam.examples]

    def macro_f1(rows: Sequence[int]) -> Statistic:
        return macro_f1_of([labels[i] for i in rows], [told.said[i] for i in rows])

    def accuracy(rows: Sequence[int]) -> Statistic:
        return mean_of([float(labels[i] == told.said[i]) for i in rows])

    found = {
        f"{kind} macro-F1": over([(rows, macro_f1(rows)) for rows in exam.folds.values()]),
        f"{kind} accuracy": over([(exam.held, accuracy(exam.held))]),
        f"{kind} cross-entropy": over([(exam.held, mean_of(told.losses[exam.held]))]),
    }
    for name, rows in exam.apart.items():
        found[f"{kind} macro-F1, {name}"] = over([(rows, macro_f1(rows))])
        found[f"{kind} accuracy, {name}"] = over([(rows, accuracy(rows))])
        found[f"{kind} cross-entropy, {name}"] = over([(rows, mean_of(told.losses[rows]))])
    return found


def class_statistics(exam: Exam, told: Answers, classes: Sequence[str]) -> dict[str, Statistic]:
    """F1 of each class, the mean over folds.

    Parameters
    ----------
    exam : Exam
    told : Answers
    classes : sequence of str

    Returns
    -------
    dict
        Class -> statistic over all rows of the exam; a fold that neither has nor hears of a class leaves it out.
    """
    true = {fold: [exam.examples[i].label for i in rows] for fold, rows in exam.folds.items()}
    said = {fold: [told.said[i] for i in rows] for fold, rows in exam.folds.items()}
    return {
        label: over([(rows, class_scores_of(true[fold], said[fold], label)["F1"]) for fold, rows in exam.folds.items()])
        for label in classes
    }


def count_answers(exam: Exam, told: Answers, classes: Sequence[str]) -> tuple[tuple[int, ...], ...]:
    """True against said classes over what the folds hold out.

    Parameters
    ----------
    exam : Exam
    told : Answers
    classes : sequence of str

    Returns
    -------
    tuple
        A row per true class, a column per said one.
    """
    table = confusion([exam.examples[i].label for i in exam.held], [told.said[i] for i in exam.held], classes)
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

    def statistic(weights: Doubles) -> Doubles:
        values = np.stack([one(weights[:, rows]) for rows, one in parts])
        there = np.isfinite(values)
        total: Doubles = np.where(there, values, 0).sum(axis=0)
        with np.errstate(invalid="ignore"):
            mean: Doubles = total / there.sum(axis=0)
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
