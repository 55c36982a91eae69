"""Which multiple of a tempo is the beat."""

from __future__ import annotations

import numpy as np
import pytest
from rendered_music import RATE, drums

from musicemb.core.values.octave import MULTIPLES, octave_features, weigh_octaves
from musicemb.core.values.onsets import OnsetMeter
from musicemb.core.values.tempo import find_tempo, tempo_candidates


@pytest.mark.parametrize(
    ("pattern", "bpm"),
    [("four on the floor", 66), ("shuffle", 66), ("half-time", 78), ("four on the floor", 174), ("rock", 174)],
)
def test_slow_and_fast_beats_are_told_where_another_octave_correlates_better(pattern: str, bpm: float) -> None:
    meter = OnsetMeter(RATE)
    meter(drums(bpm, 15, pattern).astype(np.float32))
    onsets = meter.result()
    found = find_tempo(onsets, meter.per_second)
    assert found is not None
    assert found.bpm == pytest.approx(bpm, rel=0.01)
    first = float(tempo_candidates(onsets, meter.per_second)[0][0])
    assert first in (pytest.approx(bpm / 2, rel=0.01), pytest.approx(2 * bpm, rel=0.01))


def test_candidates_are_multiples_that_people_tap() -> None:
    meter = OnsetMeter(RATE)
    meter(drums(120, 15).astype(np.float32))
    candidates, features = tempo_candidates(meter.result(), meter.per_second)
    assert candidates.min() >= 45
    assert candidates.max() <= 230
    ratios = candidates / candidates[0]
    assert all(any(ratio == pytest.approx(times) for times in MULTIPLES) for ratio in ratios)
    assert features.shape == (len(candidates), 8)


def test_features_are_the_tempo_and_what_correlates_at_parts_of_its_beat() -> None:
    features = octave_features(lambda lags: lags / 100, np.array([60.0, 120.0, 240.0]), 100.0)
    np.testing.assert_allclose(features[:, 0], [-1, 0, 1])
    np.testing.assert_allclose(features[:, 1], [1, 0, 1])
    np.testing.assert_allclose(features[0, 2:], [1, 4, 0.5, 0.25, 1 / 3, 3])
    np.testing.assert_allclose(features[1, 2:], features[0, 2:] / 2)


def test_a_beat_that_halves_and_makes_bars_of_four_weighs_more_than_one_of_thirds() -> None:
    straight, thirds = np.zeros(8), np.zeros(8)
    straight[[2, 3, 4]] = 0.8  # correlates a beat, four beats and half a beat later
    thirds[[2, 3, 6]] = 0.8
    weights = weigh_octaves(np.stack([straight, thirds]))
    assert weights[0] > weights[1]
