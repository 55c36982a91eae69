"""What an evaluation rests on: plans of a few examples, and systems in their own space."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from made_examples import many

from musicemb.core.evaluation.probes import TRAIN
from musicemb.errors import DatasetError
from musicemb.records import Example
from musicemb.workflows.evaluation.systems import baseline_system, encoder_system, plan_evaluation


def examples() -> list[Example]:
    """Two genres of ten artists each: eight to train on, one in val, one in test."""
    splits = ("train",) * 8 + ("val", "test")
    return [
        Example(Path(f"{label}-{i}.mp3"), f"g{label}", f"a{label}-{i}", split, "c")  # type: ignore[arg-type]
        for label in range(2)
        for i, split in enumerate(splits)
    ]


def test_val_is_asked_about_and_test_is_not_there() -> None:
    plan = plan_evaluation(examples(), "val", artists=4)
    assert (plan.corpus, plan.classes, len(plan.examples)) == ("c", ("g0", "g1"), 18)
    assert "test" not in {one.split for one in plan.examples}
    assert [plan.examples[row].path.name for row in plan.held] == ["0-8.mp3", "1-8.mp3"]
    assert [one.split for one, fold in zip(plan.scored, plan.folds, strict=True) if fold != TRAIN] == ["val", "val"]
    assert {plan.examples[row].split for row in plan.fitted} == {"train"}


def test_a_baseline_is_standardised_on_train_alone() -> None:
    plan = plan_evaluation(examples(), "val", artists=4)
    raw = np.random.default_rng(0).normal(5.0, 3.0, (18, 4))
    raw[list(plan.held)] = 1000.0
    raw[0] = np.nan  # could not be described: average
    found = baseline_system("x", raw, plan)
    known = found.vectors[[row for row in plan.fitted if row]]
    np.testing.assert_allclose(known.mean(axis=0), 0, atol=1e-9)
    np.testing.assert_allclose(known.std(axis=0), 1, atol=1e-9)
    assert found.vectors[0].tolist() == [0, 0, 0, 0]
    np.testing.assert_allclose(found.adapt(raw[1:]), found.vectors[1:])


def test_an_encoder_s_vectors_stay_as_they_are() -> None:
    raw = np.array([[3.0, 4.0], [0.0, 2.0]])
    found = encoder_system("encoder", raw, None)
    np.testing.assert_array_equal(found.adapt(raw), found.vectors)
    np.testing.assert_allclose(found.projected([0, 1]), [[0.6, 0.8], [0, 1]], atol=1e-6)


@pytest.mark.parametrize(
    ("examples", "words"),
    [
        ([], "the split train[+]val has no labelled track"),
        (many(labels=1), "1 of 1 genres have 8 artists"),
        (many(artists=1), "0 of 2 genres have 8 artists"),
        (many(group="one artist"), "0 of 2 genres have 8 artists"),
    ],
)
def test_too_little_to_measure_on(examples: list[Example], words: str) -> None:
    with pytest.raises(DatasetError, match=words):
        plan_evaluation(examples, "train+val")


def test_plans() -> None:
    with pytest.raises(DatasetError, match="the split val has no labelled track"):
        plan_evaluation(many(), "val")
    with pytest.raises(DatasetError, match="no corpus 'x' with labels"):
        plan_evaluation(many(), "train+val", "x")
    # Words fold where the collection itself has the wider one.
    assert plan_evaluation([*many(), *many(label="rock", corpus="c2")], "train+val", "c").classes == ("g0", "g1")
    wide = [*many(label="pop/rock"), *many(label="rock", group="r"), *many(label="jazz")]
    assert plan_evaluation(wide, "train+val").classes == ("jazz", "pop/rock")
    # Official folds go before those by artist.
    assert set(plan_evaluation(many(fold=3), "train+val").folds.tolist()) == {2}
