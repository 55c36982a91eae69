"""The sections of an evaluation; each computes figures from the systems' vectors."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from musicemb.core.evaluation.baselines import base_rates, commonest
from musicemb.core.evaluation.bootstrap import (
    BootstrapStatistic,
    Statistic,
    bootstrap,
    class_scores_of,
    macro_f1_of,
    mean_of,
)
from musicemb.core.evaluation.clustering_scores import measure_grouping
from musicemb.core.evaluation.metrics import draw_all, score_statistics
from musicemb.core.evaluation.probes import TRAIN, Predictions, log_losses
from musicemb.core.evaluation.retrieval import precision_at
from musicemb.records import Figure
from musicemb.workflows.evaluation.systems import Plan, System

PRECISION = "precision@5"

_COSTLY = 10
"""A figure that costs a table of mutual information per draw gets so many times fewer draws."""

Statistics = dict[str, Statistic]


def measure_classes(system: System, plan: Plan) -> tuple[Statistics, Mapping[str, Predictions]]:
    """Retrieval, linear probe and small classifier of one system.

    Parameters
    ----------
    system : System
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
        system.vectors[list(plan.labelled)],
        plan.scored,
        plan.folds,
        metric=system.metric,
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


def measure_groups(system: System, plan: Plan) -> tuple[Statistics, dict[str, float]]:
    """Clusters by the product's own rule over the split's tracks, and k-means with as many.

    All tracks of the split are grouped, as a scan does; the labelled ones that were asked about are
    compared with their labels.

    Parameters
    ----------
    system : System
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
    return measure_grouping(system.projected(rows), labels, [place[row] for row in asked])


def draw_figures(classes: Statistics, groups: Statistics, plan: Plan, draws: int) -> dict[str, BootstrapStatistic]:
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
        Name of the figure -> BootstrapStatistic.
    """
    artists = asked_groups(plan)
    few = max(2, draws // _COSTLY)
    return {**draw_all(classes, artists, draws=draws), **draw_all(groups, artists, draws=few, halves=True)}


def asked_groups(plan: Plan) -> list[str]:
    """Artist of each tested track.

    Parameters
    ----------
    plan : Plan

    Returns
    -------
    list of str
        In the order of the plan's labelled rows.
    """
    return [one.group for one, fold in zip(plan.scored, plan.folds, strict=True) if fold != TRAIN]


def measure_by_class(
    system: System, told: Mapping[str, Predictions], plan: Plan, draws: int
) -> dict[str, dict[str, Figure]]:
    """Retrieval and both probes, class by class.

    Parameters
    ----------
    system : System
    told : mapping
        Probe -> its predictions, from `measure_classes`.
    plan : Plan
    draws : int
        Bootstrap draws over artists behind each interval.

    Returns
    -------
    dict
        "precision@5", and per probe "linear F1", "linear precision", "linear recall" and so on -> class of the
        plan -> Figure.
    """
    rows = [row for row, fold in zip(plan.labelled, plan.folds, strict=True) if fold != TRAIN]
    labels = [plan.examples[row].label for row in rows]
    groups = [plan.examples[row].group for row in rows]
    precision = precision_at(system.vectors[rows], labels, groups, metric=system.metric)
    found: dict[str, dict[str, Figure]] = {PRECISION: {}}
    for label in plan.classes:
        own = [i for i, one in enumerate(labels) if one == label and np.isfinite(precision[i])]
        found[PRECISION][label] = bootstrap(mean_of(precision[own]), [groups[i] for i in own], draws=draws)
        for probe, predictions in told.items():
            for name, score in class_scores_of(labels, predictions.labels, label).items():
                found.setdefault(f"{probe} {name}", {})[label] = bootstrap(score, groups, draws=draws)
    return found
