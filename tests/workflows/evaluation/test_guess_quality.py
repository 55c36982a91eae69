"""Genre guesses, damaged copies and leaks, measured on vectors whose figures are known beforehand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from made_examples import many

from musicemb.workflows.evaluation.guess_quality import (
    measure_corpora,
    measure_degradation,
    measure_guesses,
    spoken_classes,
)
from musicemb.workflows.evaluation.systems import System, plan_evaluation


def test_genres_of_few_artists_are_not_spoken() -> None:
    examples = [*many(artists=8), *many(labels=1, artists=7, label="polka"), *many(labels=1, label="")]
    assert spoken_classes(examples) == ["g0", "g1"]
    assert spoken_classes(examples, artists=7) == ["g0", "g1", "polka"]
    assert spoken_classes([replace(one, group="one artist") for one in examples]) == []


def test_guesses_of_genres_that_lie_apart_are_right_and_sure() -> None:
    plan = plan_evaluation(many(artists=16), "train+val")
    sides = np.array([[4.0, 0.0] if one.label == "g0" else [0.0, 4.0] for one in plan.examples])
    vectors = sides + np.random.default_rng(0).normal(0, 0.05, sides.shape)
    found = measure_guesses(vectors, plan, 0.5)
    assert (found["tracks"], found["enough"], found["classes"], found["threshold"]) == (32, False, ["g0", "g1"], 0.5)
    values = {name: figure.value for name, figure in found["figures"].items()}
    assert values["accuracy of all"] == values["accuracy of guesses"] == values["coverage"] == 1
    assert values["Brier score"] < values["Brier score of base rates"] == pytest.approx(0.5)
    # Always right at a confidence that so few tracks keep low: the error is what it lacks to 1.
    mean = np.mean([row["confidence"] for row in found["bins"]])
    assert values["calibration error"] == pytest.approx(1 - mean, abs=0.02)
    assert "calibration error by chance alone" in values
    assert sum(row["tracks"] for row in found["bins"]) == 32
    assert found["risk"] and found["curve"]


def test_without_a_threshold_or_genres_that_part_is_left_out() -> None:
    plan = plan_evaluation(many(artists=10), "train+val")
    vectors = np.random.default_rng(0).normal(size=(20, 3))
    figures = measure_guesses(vectors, plan, None)["figures"]
    assert not {"coverage", "accuracy of guesses"} & set(figures)
    never = measure_guesses(vectors, plan, 1.1)["figures"]
    assert never["coverage"].value == 0 and np.isnan(never["accuracy of guesses"].value)
    few = plan_evaluation(many(artists=4), "train+val", artists=4)
    assert measure_guesses(vectors[:8], few, None) == {}


def test_a_single_corpus_leaks_nothing() -> None:
    plan = plan_evaluation([*many(), *(replace(one, corpus="small") for one in many(artists=3))], "train+val", "c")
    assert measure_corpora(System("x", np.ones((len(plan.examples), 2))), plan) == {}


def test_damage_finds_originals_by_encoder_and_counts_nan_as_a_miss():
    plan = plan_evaluation(many(), "train+val")
    vectors = np.eye(16)
    one = System("encoder", vectors)
    copies = {row: np.stack([vectors[row], np.full(16, np.nan)]) for row in plan.held}
    found = measure_degradation(copies, one, plan, ["same", "gone"])
    assert found["same"].value == 1 and found["gone"].value == 0


def test_a_corpus_that_shows_is_reported():
    examples = [*many(), *many(corpus="other", group="z")]
    examples = [replace(one, path=Path(f"{i}.mp3"), group=f"g{i}") for i, one in enumerate(examples)]
    plan = plan_evaluation(examples, "train+val", "c")
    telling = np.array([[float(one.corpus == "c")] * 4 for one in plan.examples])
    noise = np.random.default_rng(0).normal(size=(32, 4))
    assert measure_corpora(System("x", telling * 5 + noise * 0.1), plan)["accuracy"].value > 0.95
    assert measure_corpora(System("x", noise), plan)["accuracy"].value < 0.8
