"""Measures an encoder on sound events by the official protocol of DCASE 2018 Task 5 or ESC.

A probe is fitted on the training files of an official fold, every channel of a file being an example of its
own; asked about a file, the posteriors of its channels are averaged and the likeliest class is its answer.
Macro-F1 is the mean over classes in a fold, then over folds (Dekkers et al. 2018). Baselines are asked in
the same way. Intervals come from a bootstrap over recording sessions or clips.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from musicemb.core.bootstrap import DRAWS, Doubles, Drawn, Statistic, macro_f1_of, mean_of
from musicemb.core.metrics import confusion, draw_all, f1_per_class, figures, paired_differences
from musicemb.core.probes import ProbeKind, fit_probe
from musicemb.datasets.dcase import PUBLISHED, SEGMENTS
from musicemb.errors import DatasetError
from musicemb.records import Encoder, Example, MeasureStage, Problem, SoundEvaluation
from musicemb.workflows.describe import Described, EncoderVector, MfccVector, describe_files
from musicemb.workflows.gather import ENCODER, MFCC, RANDOM, default_cache, random_twin

MOST_ROWS = 20_000
"""Channels that a probe is fitted on; of a larger training set as many of each class as it takes, at random."""

_MANY = 20_000
"""Files from which on intervals rest on a tenth of the draws: they are narrow then, and a draw is long."""


@dataclass(frozen=True)
class _Answers:
    """What a probe said of all files."""

    said: list[str]
    statistics: dict[str, Statistic]


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
    """Measure an encoder on the official folds of a dataset.

    Parameters
    ----------
    encoder : Encoder
    dataset : str
        "dcase" or "esc10".
    examples : sequence of Example
        From `datasets.sounds.read_sounds`: labelled, `fold` says which fold holds each one out.
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
    describers: dict[str, EncoderVector | MfccVector] = {ENCODER: EncoderVector(encoder)}
    notes: list[str] = []
    if MFCC in baselines:
        describers[MFCC] = MfccVector()
    if RANDOM in baselines:
        twin = random_twin(encoder)
        if twin is None:
            notes.append("no random network beside it: the encoder does not say how it is built")
        else:
            describers[RANDOM] = EncoderVector(twin)
    problems: dict[Path, Problem] = {}
    vectors: dict[str, dict[Path, NDArray[Any]]] = {name: {} for name in describers}
    for name, describer in describers.items():
        paths = [example.path for example in examples if example.path not in problems]
        apart = any(example.channels > 1 for example in examples)
        found = describe_files(
            paths, describer, apart=apart, cache=cache or default_cache(), workers=0 if name == RANDOM else workers
        )
        for done, item in enumerate(found, start=1):
            if isinstance(item, Described) and np.isfinite(item.vectors).all():
                vectors[name][item.path] = item.vectors
            else:
                problem = item if isinstance(item, Problem) else Problem(item.path, "is silent in part", "skipped")
                problems[item.path] = problem
                yield problem
            yield MeasureStage(name, done, len(paths))
    measured = [example for example in examples if example.label and example.path not in problems]
    folds = sorted({example.fold for example in measured if example.fold})
    classes = tuple(sorted({example.label for example in measured}))
    if len(folds) < 2 or len(classes) < 2:
        raise DatasetError(f"{len(folds)} folds and {len(classes)} classes could be read; it takes two of each")
    groups = [example.group for example in measured]
    draws = draws if len(measured) <= _MANY else draws // 10
    answers: dict[str, dict[str, Drawn]] = {}
    table: list[list[int]] = []
    f1: dict[str, float] = {}
    for done, (name, known) in enumerate(vectors.items()):
        yield MeasureStage(f"figures of {name}", done, len(vectors))
        statistics: dict[str, Statistic] = {}
        for kind in ("linear", "dense"):
            told = _cross_validate([known[example.path] for example in measured], measured, folds, kind)
            statistics |= told.statistics
            if name == ENCODER and kind == "linear":
                table = confusion([example.label for example in measured], told.said, classes)
                f1 = _mean_f1(measured, told.said, folds, classes)
        answers[name] = draw_all(statistics, groups, draws=draws)
    if dataset == "dcase" and len(measured) < SEGMENTS:
        notes.append(f"{len(measured)} of {SEGMENTS} segments: published figures, of all of them, are not comparable")
    elif dataset == "dcase":
        notes.append("published systems were trained on the labels from end to end; here a probe reads frozen vectors")
    yield SoundEvaluation(
        encoder_id=encoder.id,
        encoder_name=encoder.name,
        dataset=dataset,
        files=len(measured),
        groups=len(set(groups)),
        folds=len(folds),
        classes=classes,
        results={name: figures(drawn) for name, drawn in answers.items()},
        differences={
            name: paired_differences(answers[ENCODER], drawn) for name, drawn in answers.items() if name != ENCODER
        },
        f1=f1,
        confusion=tuple(tuple(row) for row in table),
        published=dict(PUBLISHED) if dataset == "dcase" and len(measured) >= SEGMENTS else {},
        problems=tuple(problems.values()),
        notes=tuple(notes),
    )


def _cross_validate(
    vectors: Sequence[NDArray[Any]], examples: Sequence[Example], folds: Sequence[int], kind: ProbeKind
) -> _Answers:
    said = [""] * len(examples)
    of_fold = {fold: [i for i, one in enumerate(examples) if one.fold == fold] for fold in folds}
    for fold, held in of_fold.items():
        taught = _balanced([i for i, one in enumerate(examples) if one.fold != fold], vectors, examples)
        rows = np.concatenate([vectors[i] for i in taught])
        labels = [examples[i].label for i in taught for _ in vectors[i]]
        predict = fit_probe(rows, labels, [examples[i].group for i in taught for _ in vectors[i]], kind)
        known, posteriors = predict(np.concatenate([vectors[i] for i in held]))
        bounds = np.cumsum([len(vectors[i]) for i in held])[:-1]
        for i, channels in zip(held, np.split(posteriors, bounds), strict=True):
            said[i] = known[int(channels.mean(axis=0).argmax())]
    labels = [example.label for example in examples]
    per_fold = [
        (rows, macro_f1_of([labels[i] for i in rows], [said[i] for i in rows])) for rows in of_fold.values() if rows
    ]

    def over_folds(weights: Doubles) -> Doubles:
        with np.errstate(invalid="ignore"):
            found: Doubles = np.nanmean([one(weights[:, rows]) for rows, one in per_fold], axis=0)
        return found

    right = [float(one == other) for one, other in zip(labels, said, strict=True)]
    return _Answers(said, {f"{kind} macro-F1": over_folds, f"{kind} accuracy": mean_of(right)})


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


def _mean_f1(
    examples: Sequence[Example], said: Sequence[str], folds: Sequence[int], classes: Sequence[str]
) -> dict[str, float]:
    found: dict[str, list[float]] = {label: [] for label in classes}
    for fold in folds:
        rows = [i for i, one in enumerate(examples) if one.fold == fold]
        for label, value in f1_per_class([examples[i].label for i in rows], [said[i] for i in rows]).items():
            found[label].append(value)
    return {label: float(np.mean(values)) for label, values in found.items() if values}
