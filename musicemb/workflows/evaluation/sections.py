"""The sections of an evaluation, each from contestants' vectors to figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from musicemb.core.evaluation.baselines import base_rates, commonest
from musicemb.core.evaluation.bootstrap import Drawn, Statistic, bootstrap, draw, macro_f1_of, mean_of
from musicemb.core.evaluation.brier import brier_of
from musicemb.core.evaluation.calibration import (
    among,
    calibration_error_of,
    chance_error,
    measure_bins,
    measure_coverage,
    measure_risk,
)
from musicemb.core.evaluation.clustering_scores import measure_grouping
from musicemb.core.evaluation.metrics import draw_all, figures, score_statistics
from musicemb.core.evaluation.probes import TRAIN, Predictions, cross_validate, log_losses
from musicemb.core.evaluation.retrieval import original_first
from musicemb.core.genres.head import fit_genre_head
from musicemb.core.genres.names import apply_head
from musicemb.datasets.music import fold_of
from musicemb.records import Example, Figure
from musicemb.workflows.evaluation.systems import Contestant, Plan

FEWEST_FOR_CALIBRATION = 900
"""Labelled tracks below which a calibration error says little: 90 a bin."""

_COSTLY = 10
"""A figure that costs a table of mutual information per draw gets so many times fewer draws."""

Statistics = dict[str, Statistic]


def measure_classes(contestant: Contestant, plan: Plan) -> tuple[Statistics, Mapping[str, Predictions]]:
    """Retrieval, linear probe and small classifier of one contestant.

    Parameters
    ----------
    contestant : Contestant
    plan : Plan

    Returns
    -------
    statistics : dict
        precision@5 and 1-nn, each also as macro mean; accuracy, macro-F1 and cross-entropy of both probes
        ("linear accuracy", ...). They weigh the tracks that were asked about.
    predictions : mapping
        "linear", "dense" -> what that probe said.
    """
    return score_statistics(
        contestant.vectors[list(plan.labelled)],
        plan.scored,
        plan.folds,
        metric=contestant.metric,
        probes=("linear", "dense"),
    )


def measure_commonest(plan: Plan) -> Statistics:
    """Always saying the commonest genre of train.

    Parameters
    ----------
    plan : Plan
        Train, for the tracks of a fold, is all that stands in no fold or another one.

    Returns
    -------
    dict
        accuracy, macro-F1 and cross-entropy (of train's base rates), named as those of each probe ("linear
        accuracy", "dense accuracy", ...), which they are compared with.
    """
    labels = [example.label for example in plan.scored]
    said = list(labels)
    rates = np.zeros((len(labels), len(plan.classes)))
    for fold in sorted(set(plan.folds.tolist()) - {TRAIN}):
        known = [label for label, other in zip(labels, plan.folds, strict=True) if other != fold]
        guess = commonest(known)
        said = [guess if other == fold else old for old, other in zip(said, plan.folds, strict=True)]
        rates[plan.folds == fold] = base_rates(known, plan.classes)
    asked = np.flatnonzero(plan.folds != TRAIN).tolist()
    true, told = [labels[row] for row in asked], [said[row] for row in asked]
    right = [float(one == other) for one, other in zip(true, told, strict=True)]
    figures_of = {
        "accuracy": mean_of(right),
        "macro-F1": macro_f1_of(true, told),
        "cross-entropy": mean_of(log_losses(rates[asked], true, plan.classes)),
    }
    return {f"{probe} {name}": one for probe in ("linear", "dense") for name, one in figures_of.items()}


def measure_groups(contestant: Contestant, plan: Plan) -> tuple[Statistics, dict[str, float]]:
    """Clusters by the product's own rule over the split's tracks, and k-means with as many.

    All tracks of the split are grouped, as a scan does; the labelled ones that were asked about are
    compared with their labels.

    Parameters
    ----------
    contestant : Contestant
    plan : Plan

    Returns
    -------
    statistics : dict
        AMI, AMI clustered, coverage (see `core.evaluation.clustering_scores`) and AMI k-means.
    facts : dict
        clusters, largest share, k-means largest share; shares are of all tracks that were grouped.
    """
    rows: list[int] = list(plan.held)
    place = {row: position for position, row in enumerate(rows)}
    asked = [row for row, fold in zip(plan.labelled, plan.folds, strict=True) if fold != TRAIN]
    labels = [plan.examples[row].label for row in asked]
    return measure_grouping(contestant.projected(rows), labels, [place[row] for row in asked])


def draw_figures(classes: Statistics, groups: Statistics, plan: Plan, draws: int) -> dict[str, Drawn]:
    """Draws behind the figures of `measure_classes` and `measure_groups`.

    Parameters
    ----------
    classes : dict
        Statistics from `measure_classes`: artists are drawn with replacement.
    groups : dict
        Statistics from `measure_groups`: half of the artists are drawn.
    plan : Plan
    draws : int
        Bootstrap draws of `classes`; a tenth of them (at least 2) of `groups`.

    Returns
    -------
    dict
        Name of the figure -> Drawn.
    """
    artists = asked_groups(plan)
    few = max(2, draws // _COSTLY)
    return {**draw_all(classes, artists, draws=draws), **draw_all(groups, artists, draws=few, halves=True)}


def asked_groups(plan: Plan) -> list[str]:
    """Artist of each track that was asked about.

    Parameters
    ----------
    plan : Plan

    Returns
    -------
    list of str
        In the order of the plan's labelled rows.
    """
    return [one.group for one, fold in zip(plan.scored, plan.folds, strict=True) if fold != TRAIN]


def measure_guesses(vectors: NDArray[Any], plan: Plan, threshold: float | None) -> dict[str, Any]:
    """Genre guesses of a head that is fitted anew per fold of artists, over all labelled tracks.

    Parameters
    ----------
    vectors : ndarray [shape=(n_examples, d)]
        By the encoder.
    plan : Plan
    threshold : float or None
        Confidence from which the shipped head speaks; None leaves that part out.

    Returns
    -------
    dict
        tracks (their number), enough (whether they are `FEWEST_FOR_CALIBRATION`), classes,
        threshold, figures (name -> Figure), bins, risk and curve (see `core.evaluation.calibration`). Empty where
        fewer than two genres have enough artists.
    """
    rows = [row for row, one in enumerate(plan.examples) if one.label]
    examples = [plan.examples[row] for row in rows]
    classes = spoken_classes(examples)
    if len(classes) < 2:
        return {}
    space = np.asarray(vectors[rows], np.float32)
    folds = np.array([fold_of(one.group) for one in examples])
    told = np.zeros((len(rows), len(classes)))
    for fold in np.unique(folds):
        learn = [i for i, other in enumerate(folds) if other != fold and examples[i].label in classes]
        if len({examples[i].label for i in learn}) < 2:
            continue
        head = fit_genre_head(space[learn], [examples[i].label for i in learn])
        held = np.flatnonzero(folds == fold)
        columns = np.array([classes.index(label) for label in head.labels])
        told[held[:, None], columns] = apply_head(space[held], head)
    labels, groups = [one.label for one in examples], [one.group for one in examples]
    sure = told.max(axis=1)
    right = np.array([classes[place] == label for place, label in zip(told.argmax(axis=1), labels, strict=True)], float)
    rates = base_rates([label for label in labels if label in classes], classes)
    statistics: Statistics = {
        "accuracy of all": mean_of(right),
        "Brier score": brier_of(told, labels, classes),
        "Brier score of base rates": brier_of(np.tile(rates, (len(rows), 1)), labels, classes),
    }
    if threshold is not None:
        statistics["coverage"] = mean_of(sure >= threshold)
        made = sure >= threshold
        statistics["accuracy of guesses"] = among(right, made)
    return {
        "tracks": len(rows),
        "enough": len(rows) >= FEWEST_FOR_CALIBRATION,
        "classes": classes,
        "threshold": threshold,
        "figures": figures(
            {
                **draw_all(statistics, groups),
                "calibration error": draw(calibration_error_of(sure, right), groups, draws=500, halves=True),
            }
        )
        | {"calibration error by chance alone": chance_error(sure)},
        "bins": measure_bins(sure, right, groups),
        "risk": measure_risk(sure, right, groups),
        "curve": measure_coverage(sure, right, groups),
    }


def spoken_classes(examples: Sequence[Example], artists: int = 8) -> list[str]:
    """Genres with enough artists for a head to learn.

    Parameters
    ----------
    examples : sequence of Example
    artists : int
        Fewest that are enough.

    Returns
    -------
    list of str
        In alphabetical order.
    """
    found: dict[str, set[str]] = {}
    for example in examples:
        found.setdefault(example.label, set()).add(example.group)
    return sorted(label for label, names in found.items() if label and len(names) >= artists)


def measure_damage(
    copies: Mapping[int, NDArray[Any]], contestant: Contestant, plan: Plan, kinds: Sequence[str]
) -> dict[str, Figure]:
    """Share of damaged copies that find their original before every other track.

    Parameters
    ----------
    copies : mapping
        Row of the original -> vectors of its copies, shape (n_kinds, d), as the contestant's are.
        At least one.
    contestant : Contestant
    plan : Plan
    kinds : sequence of str
        Names of the damages, in the order of the copies.

    Returns
    -------
    dict
        Kind -> share. A copy of which nothing is left to describe finds nothing.
    """
    rows = sorted(copies)
    groups = [plan.examples[row].group for row in rows]
    found = {}
    for place, kind in enumerate(kinds):
        queries = np.stack([copies[row][place] for row in rows])
        hits = original_first(np.nan_to_num(queries, nan=0.0), contestant.vectors, rows, contestant.metric)
        found[kind] = bootstrap(mean_of(hits * np.isfinite(queries).all(axis=1)), groups)
    return found


def measure_corpora(contestant: Contestant, plan: Plan) -> dict[str, Figure]:
    """How well the collection can be told from a vector: what is above the commonest share is a leak.

    Parameters
    ----------
    contestant : Contestant
    plan : Plan
        Corpora with fewer than 8 artists are left out.

    Returns
    -------
    dict
        accuracy and macro-F1 of a linear probe that is cross-validated over artists, and commonest:
        the accuracy of always saying the largest corpus. Empty where fewer than two are left.
    """
    sizes: dict[str, set[str]] = {}
    for example in plan.examples:
        sizes.setdefault(example.corpus, set()).add(example.group)
    corpora = {name for name, groups in sizes.items() if len(groups) >= 8}
    rows = [row for row, one in enumerate(plan.examples) if one.corpus in corpora]
    if len(corpora) < 2:
        return {}
    labels = [plan.examples[row].corpus for row in rows]
    groups = [plan.examples[row].group for row in rows]
    told = cross_validate(contestant.vectors[rows], labels, groups, np.array([fold_of(group) for group in groups]))
    right = [float(one == other) for one, other in zip(told.labels, labels, strict=True)]
    always = commonest(labels)
    statistics = {
        "accuracy": mean_of(right),
        "macro-F1": macro_f1_of(labels, told.labels),
        "commonest": mean_of([float(label == always) for label in labels]),
    }
    return figures(draw_all(statistics, groups))
