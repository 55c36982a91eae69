from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from musicemb.core.evaluation.calibration import (
    SHARES,
    calibration_bins,
    calibration_error_of,
    chance_error,
    coverage_curve,
    measure_bins,
    measure_coverage,
    measure_risk,
    risk_at,
)


def test_bins_by_hand():
    confidence, right = [0.9, 0.1, 0.6, 0.4], [1, 0, 0, 1]
    assert calibration_bins(confidence, right, 2) == [(0.25, 0.5, 2), (0.75, 0.5, 2)]
    error = calibration_error_of(confidence, right, 2)(np.ones((1, 4)))[0]
    assert error == pytest.approx((0.25 + 0.25) / 2)


def test_weights_count_like_copies():
    confidence, right = [0.9, 0.1, 0.6, 0.4], [1, 0, 0, 1]
    twice = calibration_error_of(confidence, right, 2)(np.array([[2.0, 0, 1, 1]]))[0]
    copied = calibration_error_of([0.9, 0.9, 0.6, 0.4], [1, 1, 0, 1], 2)(np.ones((1, 4)))[0]
    assert twice == pytest.approx(copied)


def test_honest_confidence_has_a_small_error_and_boasting_a_large_one():
    rng = np.random.default_rng(0)
    sure = rng.uniform(0.2, 1, 5000)
    right = (rng.uniform(size=5000) < sure).astype(float)
    weights = np.ones((1, 5000))
    assert calibration_error_of(sure, right)(weights)[0] < 0.02
    assert calibration_error_of(np.sqrt(sure), right)(weights)[0] > 0.1
    assert all(size == 500 for _, _, size in calibration_bins(sure, right))


def test_error_by_chance_is_what_exact_confidences_show():
    rng = np.random.default_rng(1)
    sure = rng.uniform(0.2, 1, 300)
    chance = chance_error(sure)
    weights = np.ones((1, 300))
    seen = [calibration_error_of(sure, rng.random(300) < sure)(weights)[0] for _ in range(200)]
    assert np.mean(seen) == pytest.approx(chance.value, abs=0.004)
    assert 0.9 < np.mean([chance.low <= error <= chance.high for error in seen]) <= 1
    assert calibration_error_of(np.sqrt(sure), rng.random(300) < sure)(weights)[0] > chance.high
    assert chance_error(np.repeat(sure, 16)).value == pytest.approx(chance.value / 4, rel=0.1)
    # One guess at 0.75 is off by a quarter three times in four, else by three quarters.
    assert chance_error([0.75], draws=4000).value == pytest.approx(0.375, abs=0.02)
    assert np.isnan(chance_error([]).value)


def test_coverage_falls_with_the_threshold():
    rows = coverage_curve([0.9, 0.5, 0.3], [1, 1, 0], [0.0, 0.4, 0.95])
    assert [row["coverage"] for row in rows] == pytest.approx([1, 2 / 3, 0])
    assert rows[0]["accuracy"] == pytest.approx(2 / 3) and rows[1]["accuracy"] == 1 and np.isnan(rows[2]["accuracy"])


def test_coverage_has_intervals():
    rows = measure_coverage([0.9, 0.5, 0.3], [1, 1, 0], ["a", "b", "c"], [0.0, 0.4, 0.95], draws=50)
    assert [row["coverage"].value for row in rows] == pytest.approx([1, 2 / 3, 0])
    first, second, last = (row["accuracy"] for row in rows)
    assert first.value == pytest.approx(2 / 3) and first.low < first.value < first.high
    assert second.value == 1 and np.isnan(last.value)


def test_risk_by_hand():
    confidence, right = [0.9, 0.1, 0.6, 0.4], [1, 0, 0, 1]
    ones = np.ones((1, 4))
    assert [risk_at(confidence, right, share)(ones)[0] for share in (0.25, 0.5, 1)] == pytest.approx([0, 0.5, 0.5])
    # Three items at half coverage: one and a half of them, the second in part.
    assert risk_at([0.9, 0.8, 0.7], [1, 0, 0], 0.5)(np.ones((1, 3)))[0] == pytest.approx(0.5 / 1.5)
    assert np.isnan(risk_at(confidence, right, 0.5)(np.zeros((1, 4)))[0])


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans(), st.integers(0, 3)), min_size=1), st.sampled_from(SHARES))
def test_risk_weights_count_like_copies(items, share):
    # Equal confidences stand in the order given, so copies that stand together are one heavier item.
    sure, right, weights = (np.array(column, float) for column in zip(*items, strict=True))
    if weights.sum() == 0:
        return
    times = weights.astype(int)
    copied = risk_at(np.repeat(sure, times), np.repeat(right, times), share)(np.ones((1, times.sum())))[0]
    assert risk_at(sure, right, share)(weights[None])[0] == pytest.approx(copied, abs=1e-9)


def test_curves_have_intervals_around_them():
    rng = np.random.default_rng(0)
    sure = rng.uniform(0.2, 1, 400)
    right = (rng.uniform(size=400) < sure).astype(float)
    artists = [f"artist {i // 4}" for i in range(400)]
    risk = measure_risk(sure, right, artists, draws=100)
    assert [row["coverage"] for row in risk] == list(SHARES)
    assert risk[-1]["risk"] == pytest.approx(1 - right.mean())
    assert risk[0]["risk"] < 0.1 < risk[-1]["risk"]
    bins = measure_bins(sure, right, artists, draws=100)
    assert [(row["confidence"], row["right"], row["tracks"]) for row in bins] == calibration_bins(sure, right)
    for row, value in [(one, one["risk"]) for one in risk] + [(one, one["right"]) for one in bins]:
        assert row["low"] <= value <= row["high"]
