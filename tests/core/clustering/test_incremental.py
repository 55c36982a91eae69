"""An earlier grouping is carried over to a library that has changed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from laws import trials
from numpy.testing import assert_array_equal
from sklearn.metrics import adjusted_rand_score

from musicemb.core.clustering.incremental import (
    NEW,
    adjusted_rand_index,
    match_clusters,
    same_grouping,
    update_clustering,
)
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
    return update_clustering(rows, neighbour_graph(rows), previous, fresh, smallest, int(previous.max()) + 1)


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


@settings(deadline=None, max_examples=trials(30))
@given(st.integers(1, 60), st.integers(1, 6), st.integers(0, 1000))
def test_renamed_clusters_are_matched_to_themselves(n: int, clusters: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    old = rng.integers(-1, clusters, size=n)
    names = rng.permutation(100)[:clusters]
    new = np.where(old >= 0, names[old], NOISE)
    matched = match_clusters(old, new)
    assert matched == {int(names[cluster]): int(cluster) for cluster in set(old.tolist()) - {NOISE}}


def test_matches_are_one_to_one_and_keep_the_most_tracks() -> None:
    old = np.repeat([0, 1, 2], [40, 30, 10])
    split = np.concatenate([np.repeat([5, 6], [25, 15]), np.repeat(7, 30), np.repeat(7, 10)])
    # 0 fell in two: the larger part is it. 1 and 2 grew together: 1 brought more.
    assert match_clusters(old, split) == {5: 0, 7: 1}


def test_clusters_that_share_little_are_not_the_same() -> None:
    old = np.repeat([0, NOISE], [40, 100])
    new = np.concatenate([np.repeat(NOISE, 30), np.repeat(3, 60), np.repeat(NOISE, 50)])
    assert match_clusters(old, new) == {}
    assert match_clusters(np.full(5, NOISE), np.zeros(5, dtype=int)) == {}


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=2, max_size=40))
def test_agreement_is_the_adjusted_rand_index(pairs: list[tuple[int, int]]) -> None:
    one, other = np.array(pairs).T
    assert adjusted_rand_index(one, other) == pytest.approx(adjusted_rand_score(one, other))
    assert adjusted_rand_index(one, one) == 1
    assert adjusted_rand_index(one[:1], other[:1]) == 1


def test_a_few_tracks_elsewhere_are_no_other_grouping() -> None:
    labels = np.repeat([0, 1, 2, NOISE], 100)
    assert same_grouping(labels, (labels + 1) % 3 * (labels >= 0) + NOISE * (labels < 0))  # other numbers
    few, many = labels.copy(), labels.copy()
    few[:2] = 1
    many[:5] = 1
    assert same_grouping(labels, few)
    assert not same_grouping(labels, many)
    assert not same_grouping(labels, np.where(labels == 2, NOISE, labels))
