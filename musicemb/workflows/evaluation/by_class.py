"""What an encoder is worth class by class."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from musicemb.core.evaluation.bootstrap import bootstrap, class_scores_of, mean_of
from musicemb.core.evaluation.probes import TRAIN, Predictions
from musicemb.core.evaluation.retrieval import precision_at
from musicemb.records import Figure
from musicemb.workflows.evaluation.systems import Contestant, Plan

PRECISION = "precision@5"


def measure_by_class(
    contestant: Contestant, told: Mapping[str, Predictions], plan: Plan, draws: int
) -> dict[str, dict[str, Figure]]:
    """Retrieval and both probes, class by class.

    Parameters
    ----------
    contestant : Contestant
    told : mapping
        Probe -> what it said, from `measures.measure_classes`.
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
    precision = precision_at(contestant.vectors[rows], labels, groups, metric=contestant.metric)
    found: dict[str, dict[str, Figure]] = {PRECISION: {}}
    for label in plan.classes:
        own = [i for i, one in enumerate(labels) if one == label and np.isfinite(precision[i])]
        found[PRECISION][label] = bootstrap(mean_of(precision[own]), [groups[i] for i in own], draws=draws)
        for probe, predictions in told.items():
            for name, score in class_scores_of(labels, predictions.labels, label).items():
                found.setdefault(f"{probe} {name}", {})[label] = bootstrap(score, groups, draws=draws)
    return found
