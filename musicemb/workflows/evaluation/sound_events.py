"""Measures an encoder on sound events by the official protocol of DCASE 2018 Task 5 or ESC.

A probe is fitted on the training files of an official fold, every channel of a file being an example of its
own; asked about a file, the posteriors of its channels are averaged and the likeliest class is its answer.
Macro-F1 is the mean over classes in a fold, then over folds (Dekkers et al. 2018). Baselines are asked in
the same way. Intervals come from a bootstrap over recording sessions or clips. What lies near each file in its
fold, and the groups that files fall into, are measured beside (see `sound_scores`).

Where the evaluation dataset is there with its labels, one more probe is fitted on all of the folds and asked
about it: about all, and apart about nodes that the folds have and nodes that they have not (the challenge's
ranking).

An encoder that was trained on the same dataset has heard the files of all folds but the one held out from it.
Its figures on that fold are predicted apart; where it was taught their labels, that fold is all that is measured.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from musicemb.core.evaluation.bootstrap import DRAWS, BootstrapStatistic, Statistic
from musicemb.core.evaluation.metrics import draw_all, figures, paired_differences
from musicemb.datasets.registry import DATASETS
from musicemb.errors import DatasetError
from musicemb.records import Encoder, Example, Figure, MeasureStage, Problem, SoundEvaluation
from musicemb.workflows.embedding.dataset_vectors import DescribedFile, EncoderVector, MfccVector, describe_files
from musicemb.workflows.evaluation.collect import ENCODER, MFCC, RANDOM, default_cache, random_twin
from musicemb.workflows.evaluation.evaluate import knows_labels
from musicemb.workflows.evaluation.sound_scores import (
    FoldPlan,
    class_statistics,
    count_confusion,
    evaluate_probe,
    predict_commonest,
    probe_statistics,
    space_statistics,
)
from musicemb.workflows.parallel.executor import Executor

COMMONEST = "commonest class"
"""System that always says the class most training files have."""

WHOLE = 0.999
"""Share of a dataset's files from which on a run counts as whole: a file that broke does not change a figure."""

_MANY = 20_000
"""Files from which on intervals rest on a tenth of the draws: they are narrow then, and a draw is long."""


def evaluate_sounds(
    encoder: Encoder,
    dataset: str,
    examples: Sequence[Example],
    *,
    baselines: Sequence[str] = (MFCC, RANDOM),
    cache: Path | None = None,
    workers: int = 0,
    executor: Executor | None = None,
    draws: int = DRAWS,
) -> Iterator[MeasureStage | Problem | SoundEvaluation]:
    """Measure an encoder on the official folds of a dataset, and on its evaluation part where that is there.

    Parameters
    ----------
    encoder : Encoder
    dataset : str
        Its name in `datasets.registry.DATASETS`.
    examples : sequence of Example
        From `datasets.registry.read_sounds`: labelled, `fold` says which fold holds each one out; those of
        the evaluation dataset have the split "test" instead.
    baselines : sequence of str
        Which of them to measure as well.
    cache : Path, optional
        Where vectors are kept; default: the user's cache.
    workers : int
        Processes; 0 works in this one.
    executor : Executor, optional
        Listens in place of the `workers`, but to baselines that Keras runs.
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
    extractors: dict[str, EncoderVector | MfccVector] = {ENCODER: EncoderVector(encoder, silent_too=True)}
    notes: list[str] = []
    if MFCC in baselines:
        extractors[MFCC] = MfccVector()
    if RANDOM in baselines:
        twin = random_twin(encoder, notes)
        if twin is not None:
            extractors[RANDOM] = EncoderVector(twin, silent_too=True)
    labelled = [example for example in examples if example.label]
    problems: dict[Path, Problem] = {}
    vectors: dict[str, dict[Path, NDArray[Any]]] = {name: {} for name in extractors}
    for name, extractor in extractors.items():
        paths = [example.path for example in labelled if example.path not in problems]
        apart = any(example.channels > 1 for example in labelled)
        alone = name == RANDOM
        found = describe_files(
            paths,
            extractor,
            apart=apart,
            cache=cache or default_cache(),
            workers=0 if alone else workers,
            executor=None if alone else executor,
        )
        for done, item in enumerate(found, start=1):
            if isinstance(item, DescribedFile) and np.isfinite(item.vectors).all():
                vectors[name][item.path] = item.vectors
            else:
                problem = (
                    item if isinstance(item, Problem) else Problem(item.path, f"cannot be analysed by {name}", "failed")
                )
                problems[item.path] = problem
                yield problem
            yield MeasureStage(name, done, len(paths))
    plan = plan_folds(encoder, dataset, [example for example in labelled if example.path not in problems], notes)
    measured = plan.examples
    classes = tuple(sorted({example.label for example in measured}))
    # Sessions of the two datasets have names of the same kind and are not the same.
    groups = [f"{example.split} {example.group}" for example in measured]
    draws = draws if len(measured) <= _MANY else draws // 10
    answers: dict[str, dict[str, BootstrapStatistic]] = {}
    by_class: dict[str, dict[str, Figure]] = {}
    tables: dict[str, tuple[tuple[int, ...], ...]] = {}
    for done, (name, known) in enumerate(vectors.items()):
        yield MeasureStage(f"figures of {name}", done, len(vectors))
        statistics: dict[str, Statistic] = {}
        for kind in ("linear", "dense"):
            predicted = evaluate_probe([known[example.path] for example in measured], plan, kind)
            statistics |= probe_statistics(plan, predicted, kind)
            if name == ENCODER:
                tables[kind] = count_confusion(plan, predicted, classes)
                drawn = draw_all(class_statistics(plan, predicted, classes), groups, draws=draws)
                by_class[f"{kind} F1"] = figures(drawn)
        own = encoder.projection if name == ENCODER else None
        near, grouped = space_statistics([known[e.path] for e in measured], plan, own, learned=name != MFCC)
        answers[name] = draw_all(statistics | near, groups, draws=draws)
        # Each of these draws costs a table of mutual information.
        answers[name] |= draw_all(grouped, groups, draws=max(2, draws // 10), halves=True)
    always = predict_commonest(plan)
    commonest = {k: v for kind in ("linear", "dense") for k, v in probe_statistics(plan, always, kind).items()}
    answers[COMMONEST] = draw_all(commonest, groups, draws=draws)
    facts = DATASETS[dataset]
    whole = bool(facts.published) and len(plan.train) >= WHOLE * facts.files
    if whole:
        notes.append(
            "published systems were trained on the labels end to end; here a probe is fitted on frozen vectors"
        )
    elif facts.published:
        notes.append(
            f"{len(plan.train)} of {facts.files} segments: published figures are of all of them and not comparable"
        )
    if facts.read_evaluation is not None and not plan.test:
        notes.append("the evaluation dataset is absent or has no labels: figures are of the development dataset alone")
    yield SoundEvaluation(
        encoder_id=encoder.id,
        encoder_name=encoder.name,
        dataset=dataset,
        files=len(plan.held_out),
        tested=len(plan.test),
        groups=len(set(groups)),
        folds=len(plan.folds),
        classes=classes,
        results={name: figures(drawn) for name, drawn in answers.items()},
        differences={
            name: paired_differences(answers[ENCODER], drawn) for name, drawn in answers.items() if name != ENCODER
        },
        f1={label: one.value for label, one in by_class["linear F1"].items() if np.isfinite(one.value)},
        confusion=tables["linear"],
        published=dict(facts.published) if whole else {},
        problems=tuple(problems.values()),
        notes=tuple(notes),
        by_class=by_class,
        dense_confusion=tables["dense"],
    )


def plan_folds(encoder: Encoder, dataset: str, examples: Sequence[Example], notes: list[str]) -> FoldPlan:
    """Choose the folds that figures rest on, and what is reported separately.

    Parameters
    ----------
    encoder : Encoder
        What it was trained on decides which folds count.
    dataset : str
        Its name in `datasets.registry.DATASETS`.
    examples : sequence of Example
    notes : list of str
        What the report should say about that is added.

    Returns
    -------
    FoldPlan

    Raises
    ------
    DatasetError
        If fewer than two folds or two classes can be measured.
    """
    train = [i for i, one in enumerate(examples) if one.split != "test"]
    test = [i for i, one in enumerate(examples) if one.split == "test"]
    folds: dict[int, list[int]] = {}
    for i in train:
        if examples[i].fold:
            folds.setdefault(examples[i].fold, []).append(i)
    folds = dict(sorted(folds.items()))
    classes = {examples[i].label for i in train}
    if len(folds) < 2 or len(classes) < 2:
        raise DatasetError(
            f"at least two folds and two classes are needed; {len(folds)} and {len(classes)} of {dataset} could be read"
        )
    subsets: dict[str, list[int]] = {}
    held_out = _held_out(encoder, dataset)
    if held_out in folds:
        heard = ", ".join(str(fold) for fold in folds if fold != held_out)
        if knows_labels(encoder):
            folds = {held_out: folds[held_out]}
            notes.append(
                f"the encoder was trained on the labels of folds {heard}: figures are of fold {held_out} alone, which "
                "was held out"
            )
        else:
            subsets[f"fold {held_out} alone"] = folds[held_out]
            notes.append(
                f"the encoder was trained, without labels, on the files of folds {heard}; fold {held_out}, which it "
                "was not trained on, is reported separately"
            )
    if test:
        known = {examples[i].corpus for i in train}
        subsets["evaluation"] = test
        sides: dict[str, list[int]] = {"known": [], "unknown": []} if all(examples[i].corpus for i in test) else {}
        for i in test if sides else ():
            sides["known" if examples[i].corpus in known else "unknown"].append(i)
        subsets |= {f"evaluation, {side} nodes": rows for side, rows in sides.items() if rows}
    return FoldPlan(tuple(examples), folds, tuple(train), tuple(test), subsets)


def _held_out(encoder: Encoder, dataset: str) -> int:
    """Fold that was held out from an encoder that this dataset trained; 0: another dataset did, or nobody knows."""
    about = {} if encoder.bundle_info is None else encoder.bundle_info.about
    return int(about.get("fold") or 0) if about.get("dataset") == dataset else 0
