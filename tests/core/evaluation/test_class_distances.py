from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from musicemb.core.evaluation.class_distances import label_distances, silhouette


def test_centres_and_widths() -> None:
    vectors = np.array([[0.0, 0], [2, 0], [1, 4], [9, 9]])
    names, distances = label_distances(vectors, ["b", "b", "a", ""])
    assert names == ("a", "b")
    np.testing.assert_allclose(distances, [[0, 4], [4, 1]])


@given(st.integers(0, 1000), st.integers(2, 5))
def test_distances_are_symmetric_and_know_no_order(seed: int, n_labels: int) -> None:
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(4 * n_labels, 3))
    labels = [f"label {i % n_labels}" for i in range(len(vectors))]
    names, distances = label_distances(vectors, labels)
    np.testing.assert_allclose(distances, distances.T)
    order = rng.permutation(len(vectors))
    again, shuffled = label_distances(vectors[order], [labels[i] for i in order])
    assert names == again
    np.testing.assert_allclose(distances, shuffled, atol=1e-12)


def test_silhouette_tells_tidy_from_mixed() -> None:
    rng = np.random.default_rng(0)
    vectors = np.concatenate([rng.normal(0, 0.1, (10, 2)), rng.normal(5, 0.1, (10, 2))])
    assert silhouette(vectors, ["a"] * 10 + ["b"] * 10) > 0.9
    assert silhouette(vectors, ["a", "b"] * 10) < 0.1


@pytest.mark.parametrize("labels", [["", "", ""], ["a", "a", "a"], ["a", "b", "c"], ["a", "b", ""]])
def test_no_silhouette_where_none_is_defined(labels: list[str]) -> None:
    assert math.isnan(silhouette(np.eye(3), labels))
    assert math.isnan(silhouette(np.full((3, 3), np.nan), ["a", "a", "b"]))
