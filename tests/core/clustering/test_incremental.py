"""An earlier grouping is carried over to a library that has changed."""

from __future__ import annotations

import numpy as np
from numpy.testing import assert_array_equal

from musicemb.core.clustering.incremental import NEW, carry_on
from musicemb.core.clustering.modularity import neighbour_graph
from musicemb.records import NOISE

RNG = np.random.default_rng(5)
CENTRES = np.eye(8)[:4]
TRUTH = np.repeat(np.arange(4), 25)


def points(truth: np.ndarray = TRUTH, spread: float = 0.1) -> np.ndarray:
    rows = CENTRES[truth] + spread * np.random.default_rng(1).normal(size=(len(truth), 8))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def go_on(previous: np.ndarray, fresh: np.ndarray, rows: np.ndarray | None = None, smallest: int = 5) -> np.ndarray:
    rows = points() if rows is None else rows
    return carry_on(rows, neighbour_graph(rows), previous, fresh, smallest, int(previous.max()) + 1)


def test_nothing_new_changes_nothing() -> None:
    previous = TRUTH + 10
    assert_array_equal(go_on(previous, TRUTH), previous)
    assert_array_equal(go_on(go_on(previous, TRUTH), TRUTH), previous)


def test_newcomers_go_where_their_neighbours_are() -> None:
    previous = np.where(RNG.random(100) < 0.2, NEW, TRUTH + 10)
    assert_array_equal(go_on(previous, TRUTH), TRUTH + 10)


def test_a_track_moves_where_neighbours_and_the_fresh_grouping_agree() -> None:
    previous = TRUTH + 10
    previous[:2] = 12
    previous[50:52] = NOISE
    after = go_on(previous, TRUTH)
    assert_array_equal(after, TRUTH + 10)
    stays = go_on(previous, np.where(np.arange(100) < 2, 2, TRUTH))  # the fresh grouping has them elsewhere too
    assert_array_equal(stays[:2], [12, 12])


def test_a_group_of_newcomers_is_a_new_cluster() -> None:
    previous = np.where(TRUTH == 3, NEW, TRUTH)
    after = go_on(previous, TRUTH)
    assert_array_equal(after, TRUTH)
    assert 3 not in go_on(previous, TRUTH, smallest=30)
    strays = np.where((TRUTH == 3), NOISE, TRUTH)
    assert_array_equal(go_on(strays, TRUTH), TRUTH)


def test_what_is_left_of_a_cluster_that_went_away_is_given_up() -> None:
    truth = np.concatenate([TRUTH[TRUTH < 3], [3, 3]])
    fresh = np.where(truth == 3, NOISE, truth)
    after = go_on(truth + 10, fresh, points(truth), smallest=10)
    assert_array_equal(after[truth < 3], truth[truth < 3] + 10)
    assert 13 not in after


def test_a_cluster_that_all_left_makes_room_for_a_fresh_grouping() -> None:
    previous = np.full(100, NEW)
    previous[0] = 7
    after = go_on(previous, TRUTH, smallest=10)
    assert_array_equal(after, TRUTH + 8)
