"""Paths: ends stay, the largest step is as small as can be, artists keep their distance."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from laws import trials

from musicemb.core.similarity.paths import resample_path, smooth_path, space_artists


def between(seed: int, n: int) -> np.ndarray:
    points = np.random.default_rng(seed).normal(size=(n, 3))
    return np.linalg.norm(points[:, None] - points[None], axis=2)


def bottleneck(distances: np.ndarray, start: int, end: int) -> float:
    """The smallest largest step, by closing the matrix under "go by way of"."""
    widest = distances.copy()
    for via in range(len(widest)):
        widest = np.minimum(widest, np.maximum(widest[:, via, None], widest[None, via]))
    return float(widest[start, end])


@given(seed=st.integers(0, 10_000), n=st.integers(2, 25), wanted=st.integers(2, 30), spacing=st.integers(0, 4))
@settings(max_examples=trials(60), deadline=None)
def test_a_path_keeps_its_ends_and_its_length(seed: int, n: int, wanted: int, spacing: int) -> None:
    distances = between(seed, n)
    artists = [f"artist {at % 4}" for at in range(n)]
    path = smooth_path(distances, 0, n - 1)
    assert (path[0], path[-1]) == (0, n - 1)
    assert len(set(path)) == len(path)
    steps = [distances[one, two] for one, two in pairwise(path)]
    assert max(steps) <= bottleneck(distances, 0, n - 1) * (1 + 1e-6)
    found = resample_path(path, distances, wanted, artists, spacing=spacing)
    assert (found[0], found[-1]) == (0, n - 1)
    assert len(set(found)) == len(found) == min(wanted, n)


@given(seed=st.integers(0, 10_000), n=st.integers(2, 25))
@settings(max_examples=trials(40), deadline=None)
def test_no_way_of_such_steps_is_shorter(seed: int, n: int) -> None:
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import dijkstra

    distances = between(seed, n)
    widest = bottleneck(distances, 0, n - 1)
    allowed = np.where(distances <= widest * (1 + 1e-9), np.maximum(distances, 1e-9) ** 2, 0)
    np.fill_diagonal(allowed, 0)
    path = smooth_path(distances, 0, n - 1)
    length = sum(distances[one, two] ** 2 for one, two in pairwise(path))
    assert length == pytest.approx(dijkstra(csr_array(allowed), directed=False, indices=0)[n - 1], rel=1e-9)


def test_a_path_goes_through_what_lies_between() -> None:
    line = np.abs(np.subtract.outer(np.arange(10.0), np.arange(10.0)))
    assert smooth_path(line, 0, 9) == list(range(10))
    assert resample_path([0, 9], line, 3, [""] * 10) in ([0, 4, 9], [0, 5, 9])
    assert smooth_path(line, 4, 4) == [4]
    assert smooth_path(np.zeros((3, 3)), 0, 2)[-1] == 2  # identical tracks


def test_artists_keep_their_distance_on_a_path() -> None:
    line = np.abs(np.subtract.outer(np.arange(12.0), np.arange(12.0)))
    artists = ["a", "b", "b", "b", "c", "d", "e", "e", "f", "g", "h", "i"]
    found = resample_path(smooth_path(line, 0, 11), line, 8, artists, spacing=1)
    assert all(artists[one] != artists[two] for one, two in pairwise(found))


@given(artists=st.lists(st.sampled_from(["a", "b", "c", "d", ""]), max_size=30), spacing=st.integers(0, 3))
def test_spaced_artists_are_all_there_once(artists: list[str], spacing: int) -> None:
    found = space_artists(artists, len(artists), spacing)
    assert sorted(found) == list(range(len(artists)))
    if spacing == 0:
        assert found == list(range(len(artists)))


def test_artists_are_spaced_where_possible() -> None:
    assert space_artists(["a", "a", "b", "c", "a"], 4, 2) == [0, 2, 3, 1]
    assert space_artists(["a", "a", "a"], 3, 2) == [0, 1, 2]
    assert space_artists(["", "", "a"], 3, 2) == [0, 1, 2]
