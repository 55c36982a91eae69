"""HDBSCAN by one setting."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from clouds import blobs
from numpy.testing import assert_allclose, assert_array_equal

from musicemb.core.clustering.hdbscan import (
    Forest,
    Setting,
    blurring_mean_shift,
    mean_shift_neighbours,
    settings_to_try,
)
from musicemb.core.clustering.neighbour_tree import nearest_of_each

RNG = np.random.default_rng(2)
ROWS = (np.eye(8)[RNG.integers(4, size=200)] + 0.1 * RNG.normal(size=(200, 8))).astype(np.float32)


def test_a_setting_reads_as_people_say_it() -> None:
    assert str(Setting(5, 5, "eom")) == "at least 5 tracks each, 5 samples, eom"
    assert str(Setting(5, 3, "leaf", 1)).endswith("3 samples, leaf, neighbours drawn together once")
    assert str(Setting(5, 3, "leaf", 3)).endswith("3 times")


def test_the_least_interfering_setting_is_tried_first() -> None:
    tried = list(settings_to_try(1000))
    assert [setting.rounds for setting in tried] == sorted(setting.rounds for setting in tried)


def test_a_cut_is_the_same_whichever_came_before() -> None:
    first, later = Setting(10, 5, "eom"), Setting(10, 5, "leaf", 2)
    forest = Forest(ROWS)
    forest.cut(later)
    labels, strengths = forest.cut(first)
    assert_array_equal(labels, Forest(ROWS).cut(first)[0])
    assert_array_equal(strengths, Forest(ROWS).cut(first)[1])
    assert set(labels.tolist()) >= {0, 1, 2, 3}


def test_the_tree_is_built_once_for_all_cuts(monkeypatch: pytest.MonkeyPatch) -> None:
    from hdbscan import hdbscan_

    built = []
    plain = hdbscan_._hdbscan_boruvka_kdtree

    def counted(*arguments: Any, **keywords: Any) -> Any:
        built.append(1)
        return plain(*arguments, **keywords)

    monkeypatch.setattr(hdbscan_, "_hdbscan_boruvka_kdtree", counted)
    forest = Forest(ROWS)
    for size in (5, 10, 20):
        forest.cut(Setting(size, 5, "eom"))
    assert len(built) == 1
    forest.cut(Setting(5, 5, "eom", 1))
    assert len(built) == 2


def test_mean_shift_draws_neighbours_together_and_keeps_unit_length() -> None:
    rows, truth = blobs(400, 5, spread=1.0)
    drawn = blurring_mean_shift(rows, 12)
    assert_allclose(np.linalg.norm(drawn, axis=1), 1, atol=1e-5)
    same = truth[:, None] == truth[None]
    assert (drawn @ drawn.T)[same].mean() > (rows @ rows.T)[same].mean() + 0.1
    assert_allclose(blurring_mean_shift(rows, 1), rows, atol=1e-6)
    known = nearest_of_each(rows)
    assert_allclose(blurring_mean_shift(rows, 12, known), drawn, atol=1e-6)
    assert_allclose(blurring_mean_shift(rows, 40, known), blurring_mean_shift(rows, 40), atol=1e-6)  # more than known
    assert blurring_mean_shift(rows[:2], 30).shape == (2, 16)
    assert [mean_shift_neighbours(n) for n in (2, 100, 1000, 100_000)] == [5, 5, 16, 30]
