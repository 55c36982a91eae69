"""Figures on sound events by hand: folds, confusion and the commonest class of a plan of six files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from musicemb.records import Example
from musicemb.workflows.evaluation.sound_scores import (
    FoldPlan,
    SoundPredictions,
    class_statistics,
    count_confusion,
    over,
    predict_commonest,
    probe_statistics,
)

LABELS = ("dog", "dog", "rain", "dog", "rain", "rain")
FOLDS = (1, 1, 1, 2, 2, 2)
ONCE = np.ones((1, 6))


@pytest.fixture
def plan() -> FoldPlan:
    examples = tuple(
        Example(Path(f"{i}.wav"), label, f"clip {i}", fold=fold)
        for i, (label, fold) in enumerate(zip(LABELS, FOLDS, strict=True))
    )
    return FoldPlan(examples, {1: [0, 1, 2], 2: [3, 4, 5]}, tuple(range(6)), (), {"first": [0]})


def test_each_fold_learns_from_the_other(plan: FoldPlan) -> None:
    assert plan.splits == [([3, 4, 5], [0, 1, 2]), ([0, 1, 2], [3, 4, 5])]
    assert plan.held_out == [0, 1, 2, 3, 4, 5]


def test_the_commonest_class_is_that_of_the_training_files(plan: FoldPlan) -> None:
    found = predict_commonest(plan)
    assert found.labels == ("rain", "rain", "rain", "dog", "dog", "dog")
    rare, common = -np.log(1 / 3), -np.log(2 / 3)
    np.testing.assert_allclose(found.losses, [rare, rare, common, common, rare, rare], rtol=1e-6)


def test_figures_are_means_over_folds(plan: FoldPlan) -> None:
    told = SoundPredictions(("dog", "dog", "rain", "dog", "dog", "dog"), np.arange(6.0))
    found = {name: one(ONCE)[0] for name, one in probe_statistics(plan, told, "linear").items()}
    assert found["linear accuracy"] == pytest.approx(4 / 6)
    assert found["linear macro-F1"] == pytest.approx((1 + (0.5 + 0) / 2) / 2)  # all right, then dog 1/2 and rain 0
    assert found["linear cross-entropy"] == pytest.approx(2.5)
    assert (found["linear accuracy, first"], found["linear cross-entropy, first"]) == (1, 0)
    assert count_confusion(plan, told, ("dog", "rain")) == ((3, 0), (2, 1))
    by_class = {label: one(ONCE)[0] for label, one in class_statistics(plan, told, ("dog", "rain")).items()}
    assert by_class == pytest.approx({"dog": 0.75, "rain": 0.5})


def test_a_part_that_is_no_number_is_left_out_of_the_mean() -> None:
    mean = over([([0], lambda weights: weights[:, 0]), ([1], lambda weights: np.full(len(weights), np.nan))])
    assert mean(np.array([[3.0, 1.0]])).tolist() == [3.0]
