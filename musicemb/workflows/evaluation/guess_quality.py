"""Measures genre guesses, the effect of degradation on vectors, and whether vectors reveal the collection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from musicemb.core.evaluation.baselines import base_rates, commonest
from musicemb.core.evaluation.bootstrap import DRAWS, Statistic, bootstrap, draw, macro_f1_of, mean_of
from musicemb.core.evaluation.calibration import (
    among,
    calibration_error_of,
    chance_error,
    measure_bins,
    measure_coverage,
    measure_risk,
)
from musicemb.core.evaluation.metrics import brier_of, draw_all, figures
from musicemb.core.evaluation.probes import cross_validate
from musicemb.core.evaluation.retrieval import original_first
from musicemb.core.genres.head import fit_genre_head
from musicemb.core.genres.names import apply_head
from musicemb.datasets.music import fold_of
from musicemb.records import Example, Figure
from musicemb.workflows.evaluation.systems import Plan, System

FEWEST_FOR_CALIBRATION = 900
"""Labelled tracks below which a calibration error says little: 90 a bin."""


def measure_guesses(
    vectors: NDArray[Any], plan: Plan, threshold: float | None, *, draws: int = DRAWS
) -> dict[str, Any]:
    """Genre guesses of a head that is fitted again for each fold of artists, over all labelled tracks.

    Parameters
    ----------
    vectors : ndarray [shape=(n_examples, d)]
        By the encoder.
    plan : Plan
    threshold : float or None
        Confidence from which the shipped head speaks; None leaves that part out.
    draws : int
        Bootstrap draws over artists behind each figure's interval; a quarter of them where bins are cut anew in each.

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
        train = [i for i, other in enumerate(folds) if other != fold and examples[i].label in classes]
        if len({examples[i].label for i in train}) < 2:
            continue
        head = fit_genre_head(space[train], [examples[i].label for i in train])
        held = np.flatnonzero(folds == fold)
        columns = np.array([classes.index(label) for label in head.labels])
        told[held[:, None], columns] = apply_head(space[held], head)
    labels, groups = [one.label for one in examples], [one.group for one in examples]
    sure = told.max(axis=1)
    right = np.array([classes[place] == label for place, label in zip(told.argmax(axis=1), labels, strict=True)], float)
    rates = base_rates([label for label in labels if label in classes], classes)
    statistics: dict[str, Statistic] = {
        "accuracy of all": mean_of(right),
        "Brier score": brier_of(told, labels, classes),
        "Brier score of base rates": brier_of(np.tile(rates, (len(rows), 1)), labels, classes),
    }
    if threshold is not None:
        statistics["coverage"] = mean_of(sure >= threshold)
        made = sure >= threshold
        statistics["accuracy of guesses"] = among(right, made)
    few = max(2, draws // 4)
    return {
        "tracks": len(rows),
        "enough": len(rows) >= FEWEST_FOR_CALIBRATION,
        "classes": classes,
        "threshold": threshold,
        "figures": figures(
            {
                **draw_all(statistics, groups, draws=draws),
                "calibration error": draw(calibration_error_of(sure, right), groups, draws=few, halves=True),
            }
        )
        | {"calibration error by chance alone": chance_error(sure, draws=few)},
        "bins": measure_bins(sure, right, groups, draws=few),
        "risk": measure_risk(sure, right, groups, draws=few),
        "curve": measure_coverage(sure, right, groups, draws=few),
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


def measure_degradation(
    copies: Mapping[int, NDArray[Any]], system: System, plan: Plan, kinds: Sequence[str]
) -> dict[str, Figure]:
    """Share of degraded copies that find their original before every other track.

    Parameters
    ----------
    copies : mapping
        Row of the original -> vectors of its copies, shape (n_kinds, d), as the system's are.
        At least one.
    system : System
    plan : Plan
    kinds : sequence of str
        Names of the degradations, in the order of the copies.

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
        hits = original_first(np.nan_to_num(queries, nan=0.0), system.vectors, rows, system.metric)
        found[kind] = bootstrap(mean_of(hits * np.isfinite(queries).all(axis=1)), groups)
    return found


def measure_corpora(system: System, plan: Plan) -> dict[str, Figure]:
    """How well the collection can be predicted from a vector; accuracy above the largest collection's share is a leak.

    Parameters
    ----------
    system : System
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
    told = cross_validate(system.vectors[rows], labels, groups, np.array([fold_of(group) for group in groups]))
    right = [float(one == other) for one, other in zip(told.labels, labels, strict=True)]
    always = commonest(labels)
    statistics = {
        "accuracy": mean_of(right),
        "macro-F1": macro_f1_of(labels, told.labels),
        "commonest": mean_of([float(label == always) for label in labels]),
    }
    return figures(draw_all(statistics, groups))
