"""Laws of hubness reduction: symmetric, bounded, rising with the cosine; and it takes hubs away."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from laws import trials

from musicemb.core.vectors.cells import divide
from musicemb.core.vectors.hubness import (
    LibraryNeighbourhoods,
    NeighbourhoodStats,
    find_neighbourhood_stats,
    occurrences,
    scaled_similarity,
    skewness,
    survey,
)
from musicemb.core.vectors.neighbours import unit_rows


def cloud(seed: int, n: int = 60, d: int = 8) -> np.ndarray:
    vectors = np.random.default_rng(seed).normal(size=(n, d)) + 0.5
    return unit_rows(vectors)[0]


def all_pairs(vectors: np.ndarray) -> np.ndarray:
    stats = find_neighbourhood_stats(vectors, vectors, own=np.arange(len(vectors)))
    return scaled_similarity((vectors @ vectors.T).astype(np.float64), stats, stats, "local scaling")


@given(seed=st.integers(0, 10_000), n=st.integers(2, 50))
@settings(max_examples=trials(20), deadline=None)
def test_closeness_is_symmetric_and_within_0_and_1(seed: int, n: int) -> None:
    found = all_pairs(cloud(seed, n))
    np.testing.assert_allclose(found, found.T, atol=1e-6)
    assert found.min() >= 0
    assert found.max() <= 1


@given(first=st.floats(-1, 1), second=st.floats(-1, 1), seed=st.integers(0, 1000))
@settings(max_examples=trials(30), deadline=None)
def test_closeness_of_one_pair_rises_with_its_cosine(first: float, second: float, seed: int) -> None:
    stats = find_neighbourhood_stats(cloud(seed)[:1], cloud(seed))
    low, high = sorted((first, second))
    values = [scaled_similarity([[cosine]], stats, stats, "local scaling")[0, 0] for cosine in (low, high)]
    assert values[0] <= values[1]


def test_nearest_of_the_usual_is_one_half() -> None:
    stats = NeighbourhoodStats(*(np.array([value]) for value in (0.9, 0.1, 0.2, 0.3)))
    assert scaled_similarity([[0.7]], stats, stats, "local scaling")[0, 0] == pytest.approx(0.5)
    assert scaled_similarity([[-np.inf]], stats, stats, "local scaling")[0, 0] == -np.inf
    assert scaled_similarity([[0.3]], stats, stats, "none")[0, 0] == 0.3


def test_the_statistics_are_those_that_counting_gives() -> None:
    vectors = cloud(3)
    distances = 1 - (vectors @ vectors.T).astype(np.float64)
    others = np.array([np.delete(row, at) for at, row in enumerate(distances)])
    found = find_neighbourhood_stats(vectors, vectors, own=np.arange(60), k=10)
    np.testing.assert_allclose(found.mean, others.mean(axis=1), atol=1e-5)
    np.testing.assert_allclose(found.spread, others.std(axis=1), atol=1e-4)
    nearest = np.sort(others, axis=1)[:, :10]
    np.testing.assert_allclose(found.near, nearest.mean(axis=1), atol=1e-5)
    np.testing.assert_allclose(found.kth, nearest[:, -1], atol=1e-5)
    strange = find_neighbourhood_stats(cloud(4)[:1], vectors, k=10)
    theirs = 1 - (cloud(4)[:1] @ vectors.T).astype(np.float64)
    np.testing.assert_allclose(strange.mean, theirs.mean(), atol=1e-5)


@pytest.mark.parametrize("n", [1, 2, 40])
def test_identical_and_lonely_tracks_are_numbers(n: int) -> None:
    assert np.isfinite(all_pairs(np.tile(cloud(1)[:1], (n, 1)))).all()
    assert np.isfinite(all_pairs(np.zeros((n, 4), dtype=np.float32))).all()


def test_hubs_are_fewer_afterwards() -> None:
    vectors = unit_rows(np.random.default_rng(5).normal(size=(400, 40)) + 0.3)[0]

    def hubness(scores: np.ndarray) -> float:
        scores = scores.copy()
        np.fill_diagonal(scores, -np.inf)
        return skewness(occurrences(np.argsort(-scores, axis=1)[:, :5], len(scores)))

    before = hubness((vectors @ vectors.T).astype(np.float64))
    assert before > 1
    assert hubness(all_pairs(vectors)) < 0.7 * before


def test_occurrences_and_skewness() -> None:
    np.testing.assert_array_equal(occurrences([[1, 2], [2, -1]], 4), [0, 1, 2, 0])
    assert skewness([1, 1, 1]) == 0
    assert skewness([]) == 0
    assert skewness([0, 0, 0, 9]) > 1


def test_few_can_be_asked_about_where_the_library_was_surveyed() -> None:
    vectors = cloud(4, n=400)
    surveyed = LibraryNeighbourhoods(
        divide(vectors[:350]).and_of(vectors[350:]), survey(vectors[:350]) + survey(vectors[350:])
    )
    asked = np.array([3, 360, 399])
    plain = find_neighbourhood_stats(vectors[asked], vectors, own=asked)
    known = find_neighbourhood_stats(vectors[asked], vectors, own=asked, surveyed=surveyed)
    for one, other in zip(vars(known).values(), vars(plain).values(), strict=True):
        np.testing.assert_allclose(one, other, atol=2e-6)
