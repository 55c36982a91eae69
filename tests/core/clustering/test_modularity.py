"""How well a grouping fits its vectors, without labels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from laws import trials

from musicemb.core.clustering.modularity import find_modularity, neighbour_graph
from musicemb.core.clustering.neighbour_tree import nearest_of_each
from musicemb.records import NOISE

TRUTH = np.repeat(np.arange(4), 30)


def graph_of(truth: np.ndarray = TRUTH, spread: float = 0.1) -> np.ndarray:
    rows = np.eye(8)[truth] + spread * np.random.default_rng(0).normal(size=(len(truth), 8))
    return neighbour_graph(rows)


def test_neighbours_are_a_tenth_of_the_vectors_within_limits() -> None:
    rows = np.random.default_rng(0).normal(size=(500, 4))
    assert [neighbour_graph(rows[:n]).shape for n in (0, 1, 2, 20, 60, 500)] == [
        (0, 0), (1, 0), (2, 1), (20, 3), (60, 6), (500, 10),
    ]  # fmt: skip
    graph = neighbour_graph(rows)
    assert not (graph == np.arange(500)[:, None]).any()
    assert (neighbour_graph(rows, nearest_of_each(rows.astype(np.float32))) == graph).all()


def test_four_groups_apart_have_three_quarters() -> None:
    assert find_modularity(graph_of(), TRUTH) == pytest.approx(0.75)


def test_groups_that_are_cut_lumped_or_left_out_have_less() -> None:
    graph, whole = graph_of(), find_modularity(graph_of(), TRUTH)
    cut = TRUTH * 2 + np.arange(120) % 2
    lumped = TRUTH // 2
    noisy = np.where(np.arange(120) % 3 == 0, NOISE, TRUTH)
    for worse in (cut, lumped, noisy):
        assert find_modularity(graph, worse) < whole - 0.1


@pytest.mark.parametrize("labels", [np.full(120, NOISE), np.zeros(120, np.int64)])
def test_no_cluster_and_a_single_one_say_nothing(labels: np.ndarray) -> None:
    assert find_modularity(graph_of(), labels) == pytest.approx(0)


@settings(deadline=None, max_examples=trials(30))
@given(st.integers(0, 1000), st.integers(1, 9))
def test_numbers_of_clusters_and_order_of_vectors_change_nothing(seed: int, clusters: int) -> None:
    rng = np.random.default_rng(seed)
    labels = rng.integers(-1, clusters, size=120)
    graph = graph_of()
    found = find_modularity(graph, labels)
    assert -1 <= found < 1
    names = rng.permutation(100)[: clusters + 1]
    renamed = np.where(labels >= 0, names[labels], NOISE)
    assert find_modularity(graph, renamed) == pytest.approx(found)
    order = rng.permutation(120)
    back = np.argsort(order)
    assert find_modularity(back[graph[order]], labels[order]) == pytest.approx(found)
