"""Losses on teachers' answers, against plain numpy."""

from __future__ import annotations

import numpy as np
import pytest

from musicemb.encoder.training import distillation

pytestmark = pytest.mark.keras

RNG = np.random.default_rng(6)
TRACKS = np.array([0, 0, 1, 1, 2, 2, 3, 3], dtype=np.int32)
KNOWN = np.array([1, 1, 1, 1, 1, 1, 0, 0], dtype=np.float32)


def unit(n: int = 8, d: int = 6) -> np.ndarray:
    rows = RNG.normal(size=(n, d)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def softmax(row: np.ndarray) -> np.ndarray:
    e = np.exp(row - row.max())
    return e / e.sum()


def test_the_relational_loss_is_the_divergence_over_other_tracks() -> None:
    vectors, teacher = unit(), 3 * unit(d=4)
    cosines = (teacher / 3) @ (teacher / 3).T
    expected = []
    for i in range(6):
        others = [j for j in range(6) if TRACKS[j] != TRACKS[i]]
        p, q = softmax(cosines[i, others] / 0.2), softmax((vectors @ vectors.T)[i, others] / 0.1)
        expected.append((p * np.log(p / q)).sum())
    found = distillation.relational(vectors, teacher, KNOWN, TRACKS, 0.1, 0.2)
    assert float(found) == pytest.approx(np.mean(expected), rel=1e-4)


def test_a_student_that_finds_the_same_near_costs_nothing() -> None:
    vectors = unit()
    assert float(distillation.relational(vectors, 2 * vectors, KNOWN, TRACKS, 0.1, 0.1)) == pytest.approx(0, abs=1e-5)
    other = vectors.copy()
    other[6:] = 0  # what is not known takes no part
    assert float(distillation.relational(vectors, other, KNOWN, TRACKS, 0.1, 0.1)) == pytest.approx(0, abs=1e-5)


def test_tags_cost_least_where_they_are_said_and_nothing_where_none_is_known() -> None:
    logits, wanted = RNG.normal(size=(8, 5)).astype(np.float32), RNG.random((8, 5)).astype(np.float32)
    told = 1 / (1 + np.exp(-logits))
    expected = -(wanted * np.log(told) + (1 - wanted) * np.log(1 - told)).mean(axis=1)[:6].mean()
    assert float(distillation.soft_tags(logits, wanted, KNOWN)) == pytest.approx(expected, rel=1e-4)
    best = np.log(wanted / (1 - wanted)).astype(np.float32)
    assert float(distillation.soft_tags(best, wanted, KNOWN)) < expected
    assert float(distillation.soft_tags(logits, wanted, 0 * KNOWN)) == 0


def test_the_regression_is_one_less_the_cosine() -> None:
    vectors = unit()
    assert float(distillation.cosine_regression(5 * vectors, vectors, KNOWN)) == pytest.approx(0, abs=1e-5)
    assert float(distillation.cosine_regression(-vectors, vectors, KNOWN)) == pytest.approx(2, abs=1e-5)
    assert float(distillation.cosine_regression(vectors, vectors, 0 * KNOWN)) == 0


def test_nothing_known_costs_nothing() -> None:
    assert float(distillation.relational(unit(), unit(), 0 * KNOWN, TRACKS, 0.1, 0.1)) == 0
    alone = np.zeros(8, np.int32)
    assert float(distillation.relational(unit(), unit(), np.ones(8, np.float32), alone, 0.1, 0.1)) == 0
