"""The tree from nearest neighbours is nearly HDBSCAN's exact one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from clouds import blobs
from hypothesis import given, settings
from hypothesis import strategies as st
from laws import trials

from musicemb.core.clustering.hdbscan import Forest, Setting
from musicemb.core.clustering.matching import adjusted_rand_index
from musicemb.core.clustering.neighbour_tree import linkage_of_neighbours, nearest_of_each
from musicemb.core.vectors.neighbours import unit_rows


def exact_linkage(points: np.ndarray, samples: int) -> Any:
    """By Prim's algorithm on all distances."""
    from scipy.cluster.hierarchy import linkage
    from scipy.spatial.distance import cdist, squareform

    apart = cdist(points, points)
    core = np.sort(apart, axis=1)[:, min(samples, len(points) - 1)]
    mutual = np.maximum(apart, np.maximum(core[:, None], core[None]))
    np.fill_diagonal(mutual, 0)
    return linkage(squareform(mutual, checks=False), "single")


@settings(max_examples=trials(20), deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 80), st.integers(1, 6))
def test_with_all_others_as_neighbours_it_is_the_exact_tree(seed: int, n: int, samples: int) -> None:
    points, _ = unit_rows(np.random.default_rng(seed).normal(size=(n, 4)))
    found = linkage_of_neighbours(points, samples, k=n)
    assert found.shape == (n - 1, 4) and found[-1, 3] == n
    assert np.allclose(found[:, 2], exact_linkage(points.astype(np.float64), samples)[:, 2], atol=1e-6)
    known = nearest_of_each(points, n)
    assert known.shape == (n, n - 1) and not (known == np.arange(n)[:, None]).any()
    assert (linkage_of_neighbours(points, samples, k=n, near=known) == found).all()


@pytest.mark.parametrize("copies", [1, 40])
def test_parts_without_a_neighbour_between_them_are_joined(copies: int) -> None:
    corners, _ = unit_rows(np.repeat(np.eye(6, dtype=np.float32), 40, axis=0))
    random = np.random.default_rng(1)
    points, _ = unit_rows(corners + (0.01 if copies == 1 else 0.0) * random.normal(size=corners.shape))
    found = linkage_of_neighbours(points, 5, k=8)
    assert found[-1, 3] == len(points)
    assert np.allclose(found[-5:, 2], np.sqrt(2), atol=0.1)  # the corners of a simplex are equally far apart


def test_clusters_are_those_of_hdbscan() -> None:
    points, _ = blobs(800, 8, spread=0.9, seed=3)
    setting = Setting(15, 5, "eom")
    own, quick = (Forest(points, quick=quick).cut(setting)[0] for quick in (False, True))
    assert adjusted_rand_index(own, quick) > 0.9
