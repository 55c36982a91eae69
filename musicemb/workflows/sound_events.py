"""Measures an encoder on sound events by the official protocol of DCASE 2018 Task 5 or ESC.

A probe is fitted on the training files of an official fold, every channel of a file being an example of its
own; asked about a file, the posteriors of its channels are averaged and the likeliest class is its answer.
Macro-F1 is the mean over classes in a fold, then over folds (Dekkers et al. 2018). Baselines are asked in
the same way. Intervals come from a bootstrap over recording sessions or clips.

Where the evaluation dataset is there with its labels, one more probe is fitted on all of the folds and asked
about it: about all, and apart about nodes that the folds have and nodes that they have not (the challenge's
ranking).

An encoder that was trained on the same dataset has heard the files of all folds but the one held out from it.
Its figures on that fold are told apart; where it was taught their labels, that fold is all that is measured.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from musicemb.core.bootstrap import DRAWS, Doubles, Drawn, Statistic, macro_f1_of, mean_of
from musicemb.core.metrics import confusion, draw_all, f1_per_class, figures, paired_differences
from musicemb.core.probes import ProbeKind, fit_probe
from musicemb.datasets.published import PUBLISHED, SEGMENTS
from musicemb.errors import DatasetError
from musicemb.records import Encoder, Example, MeasureStage, Problem, SoundEvaluation
from musicemb.workflows.describe import Described, EncoderVector, MfccVector, describe_files
from musicemb.workflows.evaluate import knows_labels
from musicemb.workflows.gather import ENCODER, MFCC, RANDOM, default_cache, random_twin

MOST_ROWS = 20_000
"""Channels that a probe is fitted on; of a larger training set as many of each class as it takes, at random."""

WHOLE = 0.999
"""Share of a dataset's files from which on a run counts as whole: a file that broke does not change a figure."""

_MANY = 20_000
"""Files from which on intervals rest on a tenth of the draws: they are narrow then, and a draw is long."""


@dataclass(frozen=True)
class _Exam:
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


def evaluate_sounds(
    encoder: Encoder,
    dataset: str,
    examples: Sequence[Example],
    *,
    baselines: Sequence[str] = (MFCC, RANDOM),
    cache: Path | None = None,
    workers: int = 0,
    draws: int = DRAWS,
) -> Iterator[MeasureStage | Problem | SoundEvaluation]:
    """Measure an encoder on the official folds of a dataset, and on its evaluation part where that is there.

    Parameters
    ----------
    encoder : Encoder
    dataset : str
        "dcase" or "esc10".
    examples : sequence of Example
        From `datasets.sounds.read_sounds`: labelled, `fold` says which fold holds each one out; those of
        the evaluation dataset have the split "test" instead.
    baselines : sequence of str
        Which of them to measure as well.
    cache : Path, optional
        Where vectors are kept; default: the user's cache.
    workers : int
        Processes; 0 works in this one.
    draws : int
        Bootstrap draws behind each interval.

    Yields
    ------
    MeasureStage, Problem, SoundEvaluation
        Progress, files that could not be described, and the result as the last.

    Raises
    ------
    DatasetError
        If fewer than two folds or two classes can be measured.
    """
    describers: dict[str, EncoderVector | MfccVector] = {ENCODER: EncoderVector(encoder, silent_too=True)}
    notes: list[str] = []
    if MFCC in baselines:
        describers[MFCC] = MfccVector()
    if RANDOM in baselines:
        twin = random_twin(encoder)
        if twin is None:
            notes.append("no random network beside it: the encoder does not say how it is built")
        else:
            describers[RANDOM] = EncoderVector(twin, silent_too=True)
    labelled = [example for example in examples if example.label]
    problems: dict[Path, Problem] = {}
    vectors: dict[str, dict[Path, NDArray[Any]]] = {name: {} for name in describers}
    for name, describer in describers.items():
        paths = [example.path for example in labelled if example.path not in problems]
        apart = any(example.channels > 1 for example in labelled)
        found = describe_files(
            paths, describer, apart=apart, cache=cache or default_cache(), workers=0 if name == RANDOM else workers
        )
        for done, item in enumerate(found, start=1):
            if isinstance(item, Described) and np.isfinite(item.vectors).all():
                vectors[name][item.path] = item.vectors
            else:
                problem = item if isinstance(item, Problem) else Problem(item.path, f"is nothing to {name}", "failed")
                problems[item.path] = problem
                yield problem
            yield MeasureStage(name, done, len(paths))
    exam = _plan(encoder, dataset, [example for example in labelled if example.path not in problems], notes)
    measured = exam.examples
    classes = tuple(sorted({example.label for example in measured}))
    # Sessions of the two datasets have names of the same kind and are not the same.
    groups = [f"{example.split} {example.group}" for example in measured]
    draws = draws if len(measured) <= _MANY else draws // 10
    answers: dict[str, dict[str, Drawn]] = {}
    table: list[list[int]] = []
    f1: dict[str, float] = {}
    for done, (name, known) in enumerate(vectors.items()):
        yield MeasureStage(f"figures of {name}", done, len(vectors))
        statistics: dict[str, Statistic] = {}
        for kind in ("linear", "dense"):
            said = _ask([known[example.path] for example in measured], exam, kind)
            statistics |= _statistics(exam, said, kind)
            if name == ENCODER and kind == "linear":
                table = confusion([measured[i].label for i in exam.held], [said[i] for i in exam.held], classes)
                f1 = _mean_f1(exam, said, classes)
        answers[name] = draw_all(statistics, groups, draws=draws)
    whole = dataset == "dcase" and len(exam.taught) >= WHOLE * SEGMENTS
    if whole:
        notes.append("published systems were trained on the labels from end to end; here a probe reads frozen vectors")
    elif dataset == "dcase":
        notes.append(f"{len(exam.taught)} of {SEGMENTS} segments: published figures, of all of them, do not compare")
    if dataset == "dcase" and not exam.tested:
        notes.append("the evaluation dataset is not beside it, or has no labels: figures are of development alone")
    yield SoundEvaluation(
        encoder_id=encoder.id,
        encoder_name=encoder.name,
        dataset=dataset,
        files=len(exam.held),
        tested=len(exam.tested),
        groups=len(set(groups)),
        folds=len(exam.folds),
        classes=classes,
        results={name: figures(drawn) for name, drawn in answers.items()},
        differences={
            name: paired_differences(answers[ENCODER], drawn) for name, drawn in answers.items() if name != ENCODER
        },
        f1=f1,
        confusion=tuple(tuple(row) for row in table),
        published=dict(PUBLISHED) if whole else {},
        problems=tuple(problems.values()),
        notes=tuple(notes),
    )


def _plan(encoder: Encoder, dataset: str, examples: Sequence[Example], notes: list[str]) -> _Exam:
    taught = [i for i, one in enumerate(examples) if one.split != "test"]
    tested = [i for i, one in enumerate(examples) if one.split == "test"]
    folds: dict[int, list[int]] = {}
    for i in taught:
        if examples[i].fold:
            folds.setdefault(examples[i].fold, []).append(i)
    folds = dict(sorted(folds.items()))
    classes = {examples[i].label for i in taught}
    if len(folds) < 2 or len(classes) < 2:
        raise DatasetError(
            f"figures take two folds and two classes; {len(folds)} and {len(classes)} of {dataset} could be read"
        )
    apart: dict[str, list[int]] = {}
    held_out = _held_out(encoder, dataset)
    if held_out in folds:
        heard = ", ".join(str(fold) for fold in folds if fold != held_out)
        if knows_labels(encoder):
            folds = {held_out: folds[held_out]}
            notes.append(
                f"the encoder was taught the labels of folds {heard}: figures are of fold {held_out} alone, which was "
                "held out from it"
            )
        else:
            apart[f"fold {held_out} alone"] = folds[held_out]
            notes.append(
                f"the encoder heard the files of folds {heard} in training, without labels; fold {held_out}, which it "
                "never heard, is told apart"
            )
    if tested:
        known = {examples[i].corpus for i in taught}
        apart["evaluation"] = tested
        sides: dict[str, list[int]] = {"known": [], "unknown": []} if all(examples[i].corpus for i in tested) else {}
        for i in tested if sides else ():
            sides["known" if examples[i].corpus in known else "unknown"].append(i)
        apart |= {f"evaluation, {side} nodes": rows for side, rows in sides.items() if rows}
    return _Exam(tuple(examples), folds, tuple(taught), tuple(tested), apart)


def _held_out(encoder: Encoder, dataset: str) -> int:
    """Fold that was held out from an encoder that this dataset trained; 0: another dataset did, or nobody knows."""
    about = getattr(getattr(encoder, "bundle", None), "about", {})
    return int(about.get("fold") or 0) if about.get("dataset") == dataset else 0


def _ask(vectors: Sequence[NDArray[Any]], exam: _Exam, kind: ProbeKind) -> list[str]:
    """What probes that have not seen a file say of it; "" where nobody asks."""
    said = [""] * len(exam.examples)
    lessons = [([i for i in exam.taught if exam.examples[i].fold != fold], held) for fold, held in exam.folds.items()]
    if exam.tested:
        lessons.append((list(exam.taught), list(exam.tested)))
    for taught, asked in lessons:
        rows = _balanced(taught, vectors, exam.examples)
        labels = [exam.examples[i].label for i in rows for _ in vectors[i]]
        groups = [exam.examples[i].group for i in rows for _ in vectors[i]]
        predict = fit_probe(np.concatenate([vectors[i] for i in rows]), labels, groups, kind)
        known, posteriors = predict(np.concatenate([vectors[i] for i in asked]))
        bounds = np.cumsum([len(vectors[i]) for i in asked])[:-1]
        for i, channels in zip(asked, np.split(posteriors, bounds), strict=True):
            said[i] = known[int(channels.mean(axis=0).argmax())]
    return said


def _statistics(exam: _Exam, said: Sequence[str], kind: ProbeKind) -> dict[str, Statistic]:
    labels = [example.label for example in exam.examples]

    def macro_f1(rows: Sequence[int]) -> Statistic:
        return macro_f1_of([labels[i] for i in rows], [said[i] for i in rows])

    def accuracy(rows: Sequence[int]) -> Statistic:
        return mean_of([float(labels[i] == said[i]) for i in rows])

    found = {
        f"{kind} macro-F1": _over([(rows, macro_f1(rows)) for rows in exam.folds.values()]),
        f"{kind} accuracy": _over([(exam.held, accuracy(exam.held))]),
    }
    for name, rows in exam.apart.items():
        found[f"{kind} macro-F1, {name}"] = _over([(rows, macro_f1(rows))])
        found[f"{kind} accuracy, {name}"] = _over([(rows, accuracy(rows))])
    return found


def _over(parts: Sequence[tuple[Sequence[int], Statistic]]) -> Statistic:
    """Mean of statistics, each over rows of its own; a draw that a part has nothing in leaves that part out."""

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


def _mean_f1(exam: _Exam, said: Sequence[str], classes: Sequence[str]) -> dict[str, float]:
    found: dict[str, list[float]] = {label: [] for label in classes}
    for rows in exam.folds.values():
        for label, value in f1_per_class([exam.examples[i].label for i in rows], [said[i] for i in rows]).items():
            found[label].append(value)
    return {label: float(np.mean(values)) for label, values in found.items() if values}
