"""Evaluates an encoder on a labelled collection, with baselines and intervals.

Each figure stands beside its baselines (MFCC statistics, the same network with random weights,
bliss-audio where installed, the commonest genre), each with a 95 % interval over artists, and each
difference is paired. What is fitted is fitted on other artists than it is asked about.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence, Set
from pathlib import Path

import numpy as np

from musicemb.core.evaluation.bootstrap import DRAWS, BootstrapStatistic
from musicemb.core.evaluation.metrics import confusion, draw_all, f1_per_class, figures, paired_differences
from musicemb.core.vectors.pca import fit_projection
from musicemb.errors import DatasetError
from musicemb.records import Encoder, Evaluation, Example, Figure, MeasureStage, Problem
from musicemb.workflows.embedding.dataset_vectors import DEGRADATIONS
from musicemb.workflows.evaluation import guess_quality, sections
from musicemb.workflows.evaluation.collect import (
    BLISS,
    COMMONEST,
    ENCODER,
    MFCC,
    RANDOM,
    CollectedVectors,
    collect_vectors,
    default_cache,
)
from musicemb.workflows.evaluation.systems import (
    ARTISTS,
    COMPONENTS,
    EvaluatedSplit,
    Plan,
    System,
    baseline_system,
    encoder_system,
    plan_evaluation,
)
from musicemb.workflows.evaluation.test_split_log import (
    check_access,
    close_access,
    default_log,
    name_test_split,
    open_access,
)
from musicemb.workflows.parallel.executor import Executor


def evaluate_encoder(
    encoder: Encoder,
    examples: Sequence[Example],
    *,
    split: EvaluatedSplit = "val",
    corpus: str | None = None,
    artists: int = ARTISTS,
    data: str = "",
    damage: bool = True,
    baselines: Sequence[str] = (MFCC, RANDOM, BLISS),
    log: Path | None = None,
    cache: Path | None = None,
    workers: int = 0,
    executor: Executor | None = None,
    draws: int = DRAWS,
    beside: Sequence[Encoder] = (),
) -> Generator[MeasureStage | Problem | Evaluation, None, None]:
    """Measure an encoder.

    Parameters
    ----------
    encoder : Encoder
    examples : sequence of Example
        From `read_examples`; may hold several corpora. Those without a split, where others have
        one, are left out.
    split : str
        "val", "train+val" (cross-validated) or "test", which may be looked at three times in all
        and once per encoder.
    corpus : str, optional
        That figures rest on; default: the one with most labels in the split.
    artists : int
        Fewest that a genre is judged by.
    data : str
        Name of the dataset, for the report.
    damage : bool
        Ask with degraded copies too (takes longest).
    baselines : sequence of str
        Which of them to describe the collection by as well.
    log : Path, optional
        File that counts accesses to `test`; default: that of the checkout.
    cache : Path, optional
        Where vectors are kept; default: the user's cache.
    workers : int
        Processes; 0 works in this one.
    executor : Executor, optional
        Listens in place of the `workers`, but to baselines that Keras runs.
    draws : int
        Bootstrap draws behind each interval (a tenth of them for mutual information).
    beside : sequence of Encoder
        Frozen encoders to compare with, such as a teacher (`encoder.runtime.tagger_encoder`).

    Yields
    ------
    MeasureStage, Problem, Evaluation
        Progress, files that could not be described, and the result as the last.

    Raises
    ------
    DatasetError
        If there is nothing to measure on, or the access is refused.
    """
    plan = plan_evaluation(examples, split, corpus, artists=artists)
    log = log or default_log()
    fingerprint = name_test_split(plan.scored)
    if split == "test":
        check_access(log, encoder.id, fingerprint)
    run = CollectedVectors(cache or default_cache(), workers, executor)
    yield from collect_vectors(run, encoder, plan, damage=damage, baselines=baselines, beside=beside)
    sound = {path for path, vector in run.vectors[ENCODER].items() if np.isfinite(vector).all()}
    if not sound:
        raise DatasetError("no track of the dataset could be analysed")
    for path in sorted(set(run.vectors[ENCODER]) - sound):
        run.problems[path] = Problem(path, "is silent", "skipped")
        yield run.problems[path]
    lost = {example.path for example in plan.examples} - sound
    plan = plan_evaluation([e for e in examples if e.path not in lost], split, corpus, artists=artists)
    if split == "test":
        open_access(log, encoder.id, fingerprint)
    systems = _systems(run, encoder, plan, {other.name for other in beside})
    yield from _measure(run, encoder, plan, systems, data, log, fingerprint, draws)


def _systems(run: CollectedVectors, encoder: Encoder, plan: Plan, frozen: Set[str]) -> list[System]:
    projection = encoder.projection
    components = COMPONENTS if projection is None else len(projection.components)
    found = []
    for name, vectors in run.vectors.items():
        width = max((value.shape[1] for value in vectors.values()), default=1)
        unknown = np.full((1, width), np.nan)
        rows = np.concatenate([vectors.get(example.path, unknown) for example in plan.examples])
        if name == ENCODER:
            found.append(encoder_system(name, rows, projection))
        elif name == RANDOM or name in frozen:
            space = fit_projection(np.asarray(rows[list(plan.fitted)], np.float32), components)
            found.append(encoder_system(name, np.nan_to_num(rows), space))
        else:
            found.append(baseline_system(name, rows, plan, components))
    return found


def _measure(
    run: CollectedVectors,
    encoder: Encoder,
    plan: Plan,
    systems: Sequence[System],
    data: str,
    log: Path,
    fingerprint: str,
    draws: int,
) -> Iterator[MeasureStage | Evaluation]:
    groups = sections.asked_groups(plan)
    results: dict[str, dict[str, Figure]] = {}
    differences: dict[str, dict[str, Figure]] = {}
    facts: dict[str, dict[str, float]] = {}
    f1: dict[str, float] = {}
    tables: list[list[list[int]]] = [[], []]
    by_class: dict[str, dict[str, Figure]] = {}
    first: dict[str, BootstrapStatistic] = {}
    for done, one in enumerate(systems):
        yield MeasureStage(f"figures of {one.name}", done, len(systems))
        statistics, told = sections.measure_classes(one, plan)
        grouped, facts[one.name] = sections.measure_groups(one, plan)
        drawn = sections.draw_figures(statistics, grouped, plan, draws)
        results[one.name] = figures(drawn)
        if first:
            differences[one.name] = paired_differences(first, drawn)
            continue
        first = drawn
        asked = [plan.scored[row].label for row in told["linear"].rows]
        f1 = f1_per_class(asked, told["linear"].labels)
        tables = [confusion(asked, told[probe].labels, plan.classes) for probe in ("linear", "dense")]
        by_class = sections.measure_by_class(one, told, plan, draws)
    always = draw_all(sections.measure_commonest(plan), groups, draws=draws)
    results[COMMONEST] = figures(always)
    differences[COMMONEST] = paired_differences(first, always)
    yield MeasureStage("genre guesses")
    head = encoder.genre_head
    threshold = None if head is None else head.threshold
    guesses = guess_quality.measure_guesses(systems[0].vectors, plan, threshold, draws=draws)
    yield MeasureStage("damaged copies")
    damaged = _degraded(run, plan, systems)
    yield MeasureStage("corpora")
    corpora = {one.name: found for one in systems if (found := guess_quality.measure_corpora(one, plan))}
    if guesses and not guesses["enough"]:
        run.notes.append(
            f"the calibration error rests on {guesses['tracks']} tracks; a reliable one needs at least 900"
        )
    if knows_labels(encoder):
        run.notes.append(
            "the encoder was trained on genre labels: figures on its own training tracks (train, in the guesses "
            "and in train+val) are too good; tests/benchmarks/cross_validate.py trains it without the tracks that "
            "it is tested on"
        )
    result = Evaluation(
        encoder_id=encoder.id,
        encoder_name=encoder.name,
        data=data,
        corpus=plan.corpus,
        split=plan.split,
        classes=plan.classes,
        tracks=len(groups),
        artists=len(set(groups)),
        results=results,
        differences=differences,
        groups=facts,
        f1=f1,
        confusion=tuple(tuple(row) for row in tables[0]),
        by_class=by_class,
        dense_confusion=tuple(tuple(row) for row in tables[1]),
        guesses=guesses,
        damaged=damaged,
        corpora=corpora,
        problems=tuple(run.problems.values()),
        notes=tuple(run.notes),
    )
    if plan.split == "test":
        close_access(log, encoder.id, fingerprint, {name: str(one) for name, one in results[ENCODER].items()})
    yield result


def _degraded(run: CollectedVectors, plan: Plan, systems: Sequence[System]) -> dict[str, dict[str, Figure]]:
    place: Mapping[Path, int] = {example.path: row for row, example in enumerate(plan.examples)}
    found = {}
    for one in systems:
        copies = {
            place[path]: one.adapt(vectors) for path, vectors in run.copies.get(one.name, {}).items() if path in place
        }
        if copies:
            found[one.name] = guess_quality.measure_degradation(copies, one, plan, list(DEGRADATIONS))
    return found


def knows_labels(encoder: Encoder) -> bool:
    """Whether labels of its training data reached an encoder's vectors.

    Parameters
    ----------
    encoder : Encoder

    Returns
    -------
    bool
        False also where an encoder does not say.
    """
    return encoder.bundle_info is not None and encoder.bundle_info.knows_labels
