"""Layers of our own: rows of length 1, and mean and deviation over time."""

from __future__ import annotations

import numpy as np
import pytest
from small_networks import numbers

pytestmark = pytest.mark.keras


def test_rows_become_as_long_as_1_and_silence_stays_finite() -> None:
    from musicemb.encoder.networks.layers import UnitLength

    found = numbers(UnitLength()(np.array([[3, 4], [0, -2], [0, 0]], np.float32)))
    np.testing.assert_allclose(found, [[0.6, 0.8], [0, -1], [0, 0]], atol=1e-6)
    assert UnitLength().compute_output_shape((None, 7)) == (None, 7)


def test_the_mean_and_deviation_layer_says_what_it_does() -> None:
    from musicemb.encoder.networks.layers import MeanAndDeviation

    features = np.random.default_rng(3).normal(2.0, 3.0, (2, 50, 4)).astype(np.float32)
    found = numbers(MeanAndDeviation()(features))
    np.testing.assert_allclose(found, np.concatenate([features.mean(1), features.std(1)], axis=1), atol=1e-4)
    assert MeanAndDeviation().compute_output_shape((2, 50, 4)) == (2, 8)
