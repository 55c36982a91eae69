from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from musicemb.core.evaluation.clustering_scores import (
    grouping_facts,
    grouping_statistics,
    k_means,
    label_distances,
    mutual_information,
    silhouette,
)
from musicemb.records import NOISE

LABELS = list("aaaabbbbcccc")


def reference(one: object, other: object) -> float:
    """Adjusted mutual information by scikit-learn."""
    from sklearn.metrics import adjusted_mutual_info_score

    return float(adjusted_mutual_info_score(one, other))


def test_equal_partitions_are_1_and_all_noise_is_0():
    assert mutual_information(LABELS, [7] * 4 + [3] * 4 + [5] * 4) == pytest.approx(1)
    assert mutual_information(LABELS, [NOISE] * 12) == pytest.approx(0, abs=1e-9)


def test_noise_tracks_are_clusters_of_their_own():
    clusters = np.array([0, 0, 0, NOISE, 1, 1, 1, NOISE, 2, 2, 2, NOISE])
    alone = [0, 0, 0, 3, 1, 1, 1, 4, 2, 2, 2, 5]
    statistics = grouping_statistics(LABELS, clusters)
    whole = np.ones((1, 12))
    assert statistics["AMI"](whole)[0] == pytest.approx(reference(LABELS, alone))
    assert statistics["AMI clustered"](whole)[0] == pytest.approx(1)
    assert statistics["coverage"](whole)[0] == 0.75
    # Were the noise one cluster, it would be worth something else.
    assert statistics["AMI"](whole)[0] != pytest.approx(reference(LABELS, clusters))


def test_a_noise_track_drawn_twice_is_two_clusters():
    clusters = np.array([0] * 4 + [1] * 4 + [NOISE] * 4)
    weights = np.ones((1, 12))
    weights[0, 8] = 3
    drawn = [*LABELS, "c", "c"]
    alone = [*[0] * 4, *[1] * 4, 2, 3, 4, 5, 6, 7]
    value = grouping_statistics(LABELS, clusters)["AMI"](weights)[0]
    assert value == pytest.approx(reference(drawn, alone))


def test_facts():
    assert grouping_facts([0, 0, 1, NOISE]) == {"clusters": 2, "largest share": 0.5}
    assert grouping_facts([NOISE]) == {"clusters": 0, "largest share": 0}


def test_k_means_finds_blobs():
    rng = np.random.default_rng(0)
    vectors = np.repeat(np.eye(3) * 10, 4, axis=0) + rng.normal(size=(12, 3))
    assert mutual_information(LABELS, k_means(vectors, 3)) == pytest.approx(1)
    assert len(k_means(vectors[:2], 5)) == 2


def test_chance_has_an_interval_around_nothing():
    # Labels that have nothing to do with clusters: copies of tracks must not be taken for structure.
    from musicemb.core.evaluation.bootstrap import bootstrap

    rng = np.random.default_rng(0)
    labels, clusters = rng.choice(list("abcdef"), 150).tolist(), rng.integers(-1, 8, 150)
    groups = [str(i // 2) for i in range(150)]
    figure = bootstrap(grouping_statistics(labels, clusters)["AMI"], groups, draws=100, halves=True)
    assert figure.low < 0 < figure.high and abs(figure.value) < 0.05 and figure.high - figure.low < 0.2


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
