"""Neighbours that are looked for in cells are nearly all of the nearest, and never anything that is none."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from laws import trials

from musicemb.core.vectors import cells
from musicemb.core.vectors.cells import NeighbourSearch, divide, nearest_in_cells, nearest_of_many
from musicemb.core.vectors.neighbours import nearest, unit_rows


def crowd(n: int, seed: int = 0, dimensions: int = 24, groups: int = 30) -> np.ndarray:
    random = np.random.default_rng(seed)
    places = random.normal(size=(groups, dimensions))
    return (places[random.integers(0, groups, n)] + 0.6 * random.normal(size=(n, dimensions))).astype(np.float32)


@pytest.fixture
def smaller(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cells, "MANY", 2000)
    monkeypatch.setattr(cells, "FEW_QUERIES", 100)
    monkeypatch.setattr(cells, "_CANDIDATES", 1500)
    monkeypatch.setattr(cells, "_PER_CELL", 100)


def recall(found: np.ndarray, exact: np.ndarray) -> float:
    pairs = zip(found.tolist(), exact.tolist(), strict=True)
    return float(np.mean([len(set(one) & set(other)) / len(other) for one, other in pairs]))


def test_few_vectors_are_compared_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = crowd(500)
    monkeypatch.setattr(cells, "_find_centres", lambda _: pytest.fail("cells are made for few"))
    for found, exact in zip(nearest_of_many(vectors, vectors, 5), nearest(vectors, vectors, 5), strict=True):
        assert np.array_equal(found, exact)


def test_few_queries_are_compared_with_all(smaller: None) -> None:
    vectors = crowd(3000)
    for found, exact in zip(nearest_of_many(vectors[:50], vectors, 5), nearest(vectors[:50], vectors, 5), strict=True):
        assert np.array_equal(found, exact)


def test_nearly_all_of_the_nearest_are_found(smaller: None) -> None:
    vectors = crowd(6000)
    own = np.arange(len(vectors))
    found, similar = nearest_of_many(vectors, vectors, 10, own=own)
    exact, best = nearest(vectors, vectors, 10, own=own)
    assert recall(found, exact) > 0.97
    assert (similar <= best + 2e-6).all() and (np.diff(similar, axis=1) <= 0).all()
    assert not (found == own[:, None]).any()
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    assert np.allclose(np.einsum("ij,ikj->ik", unit, unit[found]), similar, atol=1e-5)


def test_the_order_of_the_vectors_changes_nothing(smaller: None) -> None:
    vectors = crowd(4000, seed=2)
    shuffled = np.random.default_rng(3).permutation(len(vectors))
    one, _ = nearest_of_many(vectors, vectors, 5)
    other, _ = nearest_of_many(vectors[shuffled], vectors[shuffled], 5)
    assert np.array_equal(shuffled[other], one[shuffled])


@settings(max_examples=trials(10), deadline=None)
@given(st.integers(0, 1000), st.integers(1, 20))
def test_what_has_no_direction_is_never_found(seed: int, k: int) -> None:
    with pytest.MonkeyPatch.context() as patched:
        smaller_limits = {"MANY": 300, "FEW_QUERIES": 10, "_CANDIDATES": 100, "_PER_CELL": 20}
        for name, value in smaller_limits.items():
            patched.setattr(cells, name, value)
        vectors = crowd(500, seed)
        vectors[::7] = 0
        vectors[3] = np.nan
        found, similar = nearest_of_many(vectors, vectors, k)
        empty = ~np.isfinite(vectors).all(axis=1) | ~vectors.any(axis=1)
        assert (found[empty] == -1).all() and np.isneginf(similar[empty]).all()
        assert (found[~empty] >= 0).all() and not np.isin(found[~empty], np.flatnonzero(empty)).any()
        assert all(len(set(row)) == k for row in found[~empty].tolist())
        assert (found[~empty][:, 0] == np.flatnonzero(~empty)).mean() > 0.99  # itself


@pytest.mark.usefixtures("smaller")
def test_in_known_cells_only_those_are_found_that_may_be() -> None:
    vectors, _ = unit_rows(crowd(6000))
    among = np.random.default_rng(3).random(6000) < 0.6
    asked = np.arange(0, 6000, 29)
    cells_of = divide(vectors[:5000]).and_of(vectors[5000:])  # the last came later
    assert np.array_equal(cells_of.homes, (vectors @ cells_of.centres.T).argmax(axis=1))
    found, likeness = nearest_in_cells(vectors[asked], vectors, cells_of, 5, own=asked, among=among)
    exact, _ = nearest(vectors[asked], vectors, 5, own=asked, excluded=~np.broadcast_to(among, (len(asked), 6000)))
    assert among[found].all() and not (found == asked[:, None]).any()
    assert recall(found, exact) > 0.9
    assert np.allclose(likeness, np.einsum("ij,ikj->ik", vectors[asked], vectors[found]), atol=1e-5)


@pytest.mark.usefixtures("smaller")
def test_what_has_no_direction_lies_in_no_cell() -> None:
    vectors, _ = unit_rows(crowd(4000))
    vectors[7] = 0
    cells_of = divide(vectors).and_of(np.zeros((2, 24)))
    assert cells_of.homes[7] == -1 and cells_of.homes[-2:].tolist() == [-1, -1]
    rows = np.concatenate([vectors, np.zeros((2, 24), np.float32)])
    found, likeness = nearest_in_cells(rows[[7, 8]], rows, cells_of, 3)
    assert found[0].tolist() == [-1, -1, -1] and np.isneginf(likeness[0]).all() and found[1][0] == 8
    none, _ = nearest_in_cells(rows[[8]], rows, cells_of, 3, among=np.zeros(4002, dtype=bool))
    assert none.tolist() == [[-1, -1, -1]]


def test_a_search_makes_its_cells_once_and_only_for_many_queries(
    smaller: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    vectors, made = crowd(3000), list[int]()
    find = cells._find_centres
    monkeypatch.setattr(cells, "_find_centres", lambda rows: made.append(len(rows)) or find(rows))
    held = NeighbourSearch(vectors)
    held.nearest(vectors[:50], 3)
    assert made == []
    for rows in (vectors[:400], vectors[400:900]):
        for found, again in zip(held.nearest(rows, 3), nearest_of_many(rows, vectors, 3), strict=True):
            assert np.array_equal(found, again)
    assert len(made) == 3, "once by the search, and once by each of the two others"


def test_vectors_that_are_asked_about_themselves_find_what_a_copy_of_them_finds(smaller: None) -> None:
    vectors, own = crowd(2500), np.arange(2500)
    vectors[7], vectors[9, 3] = 0, np.nan
    held = NeighbourSearch(vectors)
    for found, again in zip(held.nearest(vectors, 4, own=own), held.nearest(vectors.copy(), 4, own=own), strict=True):
        assert np.array_equal(found, again)
