from __future__ import annotations

import numpy as np
import pytest

from musicemb.core.evaluation.brier import brier_of


def test_brier_by_hand_and_against_scikit_learn():
    from sklearn.metrics import brier_score_loss

    told = np.array([[0.7, 0.2, 0.1], [0.1, 0.1, 0.8], [0.3, 0.4, 0.3]])
    value = brier_of(told, ["a", "c", "a"], ["a", "b", "c"])(np.ones((1, 3)))[0]
    assert value == pytest.approx((0.14 + 0.06 + 0.74) / 3)
    two = np.array([[0.7, 0.3], [0.2, 0.8]])
    assert brier_of(two, ["a", "a"], ["a", "b"])(np.ones((1, 2)))[0] == pytest.approx(
        2 * brier_score_loss([1, 1], [0.7, 0.2], pos_label=1)
    )
    # A label that the classes do not hold is at distance from all.
    assert brier_of(np.array([[1.0, 0.0]]), ["z"], ["a", "b"])(np.ones((1, 1)))[0] == 2
