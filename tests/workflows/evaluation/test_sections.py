"""Figures of an evaluation's sections, from vectors whose figures are known beforehand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from musicemb.core.evaluation.probes import TRAIN
from musicemb.records import Example
from musicemb.workflows.evaluation.sections import (
    PRECISION,
    asked_groups,
    draw_figures,
    measure_by_class,
    measure_classes,
    measure_commonest,
    measure_groups,
)
from musicemb.workflows.evaluation.systems import Plan, System, plan_evaluation

ASKED = ("g0", "g0", "g0", "g1")
"""Labels of val: three of the genre that train has more of, one of the other."""


@pytest.fixture
def plan() -> Plan:
    """Train: 10 artists of g0 and 8 of g1; val: four tracks of four other artists."""
    train = [Example(Path(f"{i}.mp3"), "g0" if i < 10 else "g1", f"artist {i}", "train", "c") for i in range(18)]
    val = [Example(Path(f"v{i}.mp3"), label, f"new {i}", "val", "c") for i, label in enumerate(ASKED)]
    return plan_evaluation([*train, *val], "val", artists=8)


@pytest.fixture
def telling(plan: Plan) -> System:
    """Each genre in a corner of its own."""
    rng = np.random.default_rng(0)
    corners = np.array([[1.0, 0.0], [0.0, 1.0]])
    vectors = corners[[int(one.label == "g1") for one in plan.examples]]
    return System("telling", vectors + rng.normal(0, 0.02, vectors.shape))


def once(plan: Plan) -> np.ndarray:
    return np.ones((1, len(asked_groups(plan))))


def test_those_who_are_asked_about_are_val_s(plan: Plan) -> None:
    assert asked_groups(plan) == ["new 0", "new 1", "new 2", "new 3"]
    assert (plan.folds != TRAIN).sum() == 4


def test_a_system_that_tells_genres_apart_is_right_of_all(plan: Plan, telling: System) -> None:
    statistics, told = measure_classes(telling, plan)
    assert told["linear"].labels == told["dense"].labels == ASKED
    found = {name: one(once(plan))[0] for name, one in statistics.items()}
    assert found["linear accuracy"] == found["dense accuracy"] == found["linear macro-F1"] == 1
    assert 0 <= found["linear cross-entropy"] < 0.5
    # Two of three neighbours of each g0 are g0; the lonely g1 has none of its own.
    assert found["1-nn"] == pytest.approx(3 / 4)


def test_the_commonest_genre_is_train_s(plan: Plan) -> None:
    found = {name: one(once(plan))[0] for name, one in measure_commonest(plan).items()}
    assert found["linear accuracy"] == found["dense accuracy"] == pytest.approx(3 / 4)
    assert found["linear macro-F1"] == pytest.approx((2 * 3 / (2 * 3 + 1) + 0) / 2)
    entropy = -(3 * np.log(10 / 18) + np.log(8 / 18)) / 4
    assert found["linear cross-entropy"] == pytest.approx(entropy)


def test_each_fold_s_commonest_genre_is_that_of_the_others() -> None:
    examples = [
        Example(Path(f"{i}.mp3"), "g0" if i < 10 else "g1", f"artist {i}", "train", "c", fold=1 + i // 10)
        for i in range(18)
    ]
    plan = plan_evaluation(examples, "train+val", artists=8)
    # Fold 1 is all g0, fold 2 all g1: what the other fold has most of is always wrong.
    assert measure_commonest(plan)["linear accuracy"](np.ones((1, 18)))[0] == 0


def test_groups_are_found_among_all_tracks_of_the_split(plan: Plan, telling: System) -> None:
    statistics, facts = measure_groups(telling, plan)
    assert set(statistics) == {"AMI", "AMI clustered", "coverage", "AMI k-means"}
    assert set(facts) == {"clusters", "largest share", "k-means largest share"}
    assert facts["k-means largest share"] == pytest.approx(3 / 4)
    assert statistics["AMI k-means"](once(plan))[0] == pytest.approx(1)


def test_costly_figures_get_a_tenth_of_the_draws(plan: Plan, telling: System) -> None:
    classes, _ = measure_classes(telling, plan)
    groups, _ = measure_groups(telling, plan)
    drawn = draw_figures(classes, groups, plan, 40)
    assert set(drawn) == {*classes, *groups}
    assert (len(drawn["linear accuracy"].draws), len(drawn["AMI"].draws)) == (40, 4)
    assert len(draw_figures(classes, groups, plan, 10)["AMI"].draws) == 2
    assert (drawn["linear accuracy"].centred, drawn["AMI"].centred) == (False, True)


def test_each_class_has_figures_of_its_own(plan: Plan, telling: System) -> None:
    _, told = measure_classes(telling, plan)
    found = measure_by_class(telling, told, plan, 20)
    assert set(found) == {PRECISION} | {f"{a} {b}" for a in ("linear", "dense") for b in ("F1", "precision", "recall")}
    for name in set(found) - {PRECISION}:
        assert {label: one.value for label, one in found[name].items()} == {"g0": 1, "g1": 1}
    # A track of g0 has two others of g0 among its three neighbours, one of g1 has none.
    assert found[PRECISION]["g0"].value == pytest.approx(2 / 3)
    assert found[PRECISION]["g1"].value == 0
