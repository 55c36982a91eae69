from __future__ import annotations

import numpy as np
import pytest

from musicemb.core.evaluation.retrieval import original_first, precision_at, similarities

# On a line of angles: two artists of class a near 0, class b near 90 degrees.
ANGLES = np.radians([0, 1, 4, 80, 84, 90])
VECTORS = np.stack([np.cos(ANGLES), np.sin(ANGLES)], axis=1)
LABELS = ["a", "a", "b", "b", "b", "a"]
ARTISTS = ["x", "x", "y", "z", "w", "v"]


def test_precision_by_hand():
    # Track 0 (0 degrees, artist x): nearest others by other artists are 4 (b), 80 (b) -> 0 at k = 2.
    # Track 1 likewise. Track 2 (4 degrees, b): 1 (a), 0 (a) -> 0. Track 3 (80, b): 84 (b), 90 (a) -> .5.
    # Track 4 (84, b): 80 (b), 90 (a) -> .5. Track 5 (90, a): 84 (b), 80 (b) -> 0.
    assert precision_at(VECTORS, LABELS, ARTISTS, 2).tolist() == [0, 0, 0, 0.5, 0.5, 0]


def test_the_same_artist_is_never_in_the_gallery():
    vectors = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    assert precision_at(vectors, ["a", "a", "b"], ["x", "x", "y"], 1).tolist() == [0, 0, 0]
    assert precision_at(vectors, ["a", "a", "b"], ["x", "q", "y"], 1).tolist() == [1, 1, 0]


def test_an_empty_gallery_is_nan_and_a_small_one_counts_whole():
    assert np.isnan(precision_at(np.eye(2), ["a", "a"], ["x", "x"], 5)).all()
    assert precision_at(np.eye(3), ["a", "a", "b"], ["x", "y", "z"], 5).tolist() == [0.5, 0.5, 0]


def test_within_folds_a_query_sees_its_fold_only():
    vectors = np.array([[1.0, 0.0], [1.0, 0.1], [0.0, 1.0], [0.1, 1.0]])
    labels, artists = ["a", "a", "b", "a"], ["p", "q", "r", "s"]
    assert precision_at(vectors, labels, artists, 1)[0] == 1
    assert precision_at(vectors, labels, artists, 1, folds=np.array([0, 1, 0, 1])).tolist() == [0, 1, 0, 1]


def test_metrics_differ_where_lengths_do():
    queries, vectors = np.array([[1.0, 0.0]]), np.array([[10.0, 0.0], [1.0, 0.5]])
    assert similarities(queries, vectors).argmax() == 0
    assert similarities(queries, vectors, "euclidean").argmax() == 1
    assert similarities(queries, vectors, "euclidean")[0].tolist() == pytest.approx([-9, -0.5])


def test_originals():
    vectors = np.eye(3)
    copies = np.array([[0.9, 0.1, 0], [0.9, 0.1, 0], [0, 0.5, 0.5]])
    assert original_first(copies, vectors, [0, 1, 2]).tolist() == [1, 0, 0]  # a tie is a miss
    assert original_first(np.full((1, 3), np.nan), vectors, [0]).tolist() == [0]
