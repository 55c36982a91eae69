"""Neighbours: the same as sorting everything, whatever the blocks, the ties and the gaps."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from laws import trials
from numpy.testing import assert_allclose, assert_array_equal

from musicemb.core.vectors import neighbours
from musicemb.core.vectors.neighbours import nearest, nearest_pairs, nearest_units, unit_rows


def vectors(n: int, d: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, d)).astype(np.float32)


def cosines(queries: np.ndarray, rows: np.ndarray) -> np.ndarray:
    a = queries / np.linalg.norm(queries, axis=1, keepdims=True)
    b = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return np.round((a @ b.T).astype(np.float64), 6)


@settings(deadline=None, max_examples=trials(40))
@given(
    st.integers(1, 12),
    st.integers(1, 2000),
    st.integers(1, 25),
    st.integers(0, 1000),
    st.sampled_from([64, 1000, 4_000_000]),
)
def test_nearest_equals_sorting_all(m: int, n: int, k: int, seed: int, block: int) -> None:
    queries, rows = vectors(m, 8, seed), vectors(n, 8, seed + 1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(neighbours, "_BLOCK", block)
        indices, similarities = nearest(queries, rows, k)
    truth = cosines(queries, rows)
    best = -np.sort(-truth, axis=1)[:, :k]
    some = min(k, n)
    assert_allclose(similarities[:, :some], best, atol=3e-6)
    assert_allclose(np.take_along_axis(truth, indices[:, :some], axis=1), best, atol=3e-6)
    assert all(len(set(row[:some])) == some for row in indices.tolist())


def test_equals_come_in_the_order_of_the_vectors() -> None:
    rows = np.repeat(vectors(3, 16, 0), 200, axis=0)
    indices, similarities = nearest(rows[:1], rows, 10)
    assert indices[0].tolist() == list(range(10))
    assert_allclose(similarities, 1, atol=1e-6)


def test_results_do_not_hang_on_the_order_of_the_vectors() -> None:
    rows, query = vectors(500, 8, 0), vectors(1, 8, 1)
    order = np.random.default_rng(2).permutation(500)
    plain, _ = nearest(query, rows, 20)
    shuffled, _ = nearest(query, rows[order], 20)
    assert_array_equal(order[shuffled], plain)


def test_excluded_and_own_vectors_are_never_found() -> None:
    rows = vectors(50, 8, 0)
    excluded = np.random.default_rng(1).random((50, 50)) < 0.5
    indices, _ = nearest(rows, rows, 10, excluded=excluded, own=np.arange(50))
    for row, found in enumerate(indices.tolist()):
        assert row not in found
        assert not any(excluded[row, place] for place in found if place >= 0)
    without, _ = nearest(rows, rows, 1)
    assert_array_equal(without[:, 0], np.arange(50))
    assert_array_equal(nearest(rows[:1], rows, 1, own=[-1])[0], [[0]])


def test_too_few_candidates_are_marked() -> None:
    rows = vectors(3, 4, 0)
    indices, similarities = nearest(rows[:1], rows, 5, own=[0])
    assert indices[0, 2:].tolist() == [-1, -1, -1]
    assert np.isneginf(similarities[0, 2:]).all()
    assert set(indices[0, :2].tolist()) == {1, 2}


@pytest.mark.parametrize("k", [0, 3])
def test_no_vectors_no_neighbours(k: int) -> None:
    indices, similarities = nearest(vectors(2, 4, 0), np.zeros((0, 4), np.float32), k)
    assert indices.shape == similarities.shape == (2, k)
    assert (indices == -1).all()
    assert nearest(np.zeros((0, 4), np.float32), vectors(2, 4, 0), k)[0].shape == (0, k)


def test_vectors_without_a_direction_are_never_found() -> None:
    rows = vectors(5, 4, 0)
    rows[1], rows[3] = np.nan, 0
    indices, _ = nearest(rows, rows, 5)
    assert not {1, 3} & set(indices[[0, 2, 4]].ravel().tolist())
    assert (indices[[1, 3]] == -1).all()


def test_the_length_of_vectors_does_not_matter() -> None:
    rows = vectors(40, 8, 0)
    scaled = rows * np.random.default_rng(1).uniform(0.1, 10, size=(40, 1)).astype(np.float32)
    assert_array_equal(nearest(rows, scaled, 5)[0], nearest(rows, rows, 5)[0])


@settings(deadline=None, max_examples=trials(20))
@given(st.integers(0, 60), st.integers(0, 12), st.integers(0, 100), st.sampled_from([70, 4_000_000]))
def test_nearest_pairs_equal_sorting_all_pairs(n: int, wanted: int, seed: int, block: int) -> None:
    rows = vectors(n, 6, seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(neighbours, "_BLOCK", block)
        pairs = nearest_pairs(rows, wanted)
    truth = cosines(rows, rows) if n else np.zeros((0, 0))
    best = sorted(-truth[i, j] for i in range(n) for j in range(i + 1, n))[:wanted]
    assert len(pairs) == len(best)
    assert_allclose([pair[2] for pair in pairs], [-value for value in best], atol=3e-6)
    assert all(i < j for i, j, _ in pairs)
    assert len({(i, j) for i, j, _ in pairs}) == len(pairs)


def test_memory_stays_bounded() -> None:
    rows = vectors(4000, 8, 0)
    tracemalloc.start()
    nearest(rows, rows, 5, own=np.arange(4000))
    nearest_pairs(rows, 5)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4000 * 4000 * 4 * 2  # a few blocks of 16 MB; all pairs at once with masks would be far more


def test_unit_rows_need_not_be_scaled_again() -> None:
    rows, _ = unit_rows(np.random.default_rng(0).normal(size=(300, 8)))
    own = np.where(np.arange(300) % 2, np.arange(300), -1)
    found, similar = nearest_units(rows, rows, 4, own)
    exact, best = nearest(rows, rows, 4, own=own)
    assert np.array_equal(found, exact) and np.allclose(similar, best, atol=2e-6)
