"""Groups are found again in another grouping of the same tracks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from laws import trials
from sklearn.metrics import adjusted_rand_score

from musicemb.core.clustering.matching import (
    adjusted_rand_index,
    match_clusters,
    same_grouping,
)
from musicemb.records import NOISE


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
