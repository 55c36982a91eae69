"""The map's layout: groups stay groups, the same comes out again, and known tracks keep their place."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from laws import trials
from numpy.typing import NDArray

from musicemb.core.vectors.neighbours import nearest
from musicemb.core.vectors.tsne import align_to, lay_out, place_among
from musicemb.settings import MapSettings

QUICK = replace(MapSettings(), early_iterations=60, iterations=100)


def finish(steps: Generator[tuple[int, int], None, NDArray[np.float64]]) -> tuple[NDArray[np.float64], list[int]]:
    seen = []
    while True:
        try:
            done, total = next(steps)
            assert 0 < done <= total
            seen.append(done)
        except StopIteration as end:
            return end.value, seen


def laid(
    vectors: NDArray[np.float32], seed: int = 1, quick: MapSettings = QUICK, **options: object
) -> NDArray[np.float64]:
    found, cosines = nearest(vectors, vectors, 46, own=np.arange(len(vectors)))
    generator = np.random.default_rng(seed)
    return finish(lay_out(vectors, found, cosines, generator, quick, **options))[0]  # type: ignore[arg-type]


def groups(count: int, each: int, seed: int = 0) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    random = np.random.default_rng(seed)
    label = np.repeat(np.arange(count), each)
    vectors = random.normal(size=(count, 12))[label] * 3 + random.normal(size=(count * each, 12)) * 0.6
    return vectors.astype(np.float32), label


def spread(positions: NDArray[np.float64]) -> float:
    return float(np.sqrt(((positions - positions.mean(axis=0)) ** 2).sum(axis=1).mean()))


def test_groups_stay_groups() -> None:
    vectors, label = groups(4, 25)
    positions = laid(vectors)
    distances = np.linalg.norm(positions[:, None] - positions[None], axis=2)
    np.fill_diagonal(distances, np.inf)
    assert (label[distances.argmin(axis=1)] == label).all()
    assert positions.mean(axis=0) == pytest.approx([0, 0], abs=1e-6)


def test_the_same_comes_out_again_whatever_the_threads() -> None:
    vectors, _ = groups(3, 10)
    quick = replace(QUICK, early_iterations=20, iterations=30)
    first = laid(vectors, quick=quick)
    assert np.array_equal(first, laid(vectors, quick=quick))
    assert np.array_equal(first, laid(vectors, quick=quick, threads=2))


def test_it_says_how_far_it_is() -> None:
    vectors, _ = groups(2, 10)
    found, cosines = nearest(vectors, vectors, 10, own=np.arange(20))
    _, seen = finish(lay_out(vectors, found, cosines, np.random.default_rng(1), QUICK))
    assert seen == sorted(seen)
    assert seen[-1] == QUICK.early_iterations + QUICK.iterations


@pytest.mark.parametrize("count", [0, 1, 2, 3, 9, 10, 12, 40])
@pytest.mark.parametrize("kind", ["varied", "identical", "without direction", "broken"])
def test_any_library_has_a_layout(count: int, kind: str) -> None:
    vectors = np.random.default_rng(count).normal(size=(count, 6)).astype(np.float32)
    if kind == "identical":
        vectors[:] = 1
    elif kind == "without direction":
        vectors[:] = 0
    elif kind == "broken":
        vectors[::2] = np.nan
    positions = laid(vectors)
    assert positions.shape == (count, 2)
    assert np.isfinite(positions).all()
    assert len(np.unique(positions, axis=0)) == count  # no two in one place


def test_one_dimension_is_enough() -> None:
    assert np.isfinite(laid(np.ones((4, 1), dtype=np.float32))).all()


def test_a_start_is_kept_to() -> None:
    vectors, _ = groups(3, 12)
    old = laid(vectors)
    turned = old @ np.array([[0.0, 1.0], [-1.0, 0.0]])
    moved = laid(vectors, start=turned)
    fitted = align_to(moved, turned, np.ones(len(old), dtype=bool))
    assert spread(fitted - turned) < spread(turned) * 0.5


def test_new_tracks_join_their_nearest() -> None:
    vectors, label = groups(3, 20)
    old = np.arange(60) % 5 != 0
    positions = laid(vectors[old])
    placed = place_among(vectors[~old], vectors[old], positions, np.random.default_rng(1))
    for number, position in enumerate(placed):
        middles = [np.median(positions[label[old] == group], axis=0) for group in range(3)]
        assert np.argmin([np.linalg.norm(position - middle) for middle in middles]) == label[~old][number]


def test_new_tracks_without_direction_and_copies_have_a_place_of_their_own() -> None:
    vectors, _ = groups(2, 5)
    positions = laid(vectors)
    new = np.vstack([vectors[:1], vectors[:1], np.zeros((2, 12), dtype=np.float32)])
    placed = place_among(new, vectors, positions, np.random.default_rng(1))
    assert np.isfinite(placed).all()
    assert len(np.unique(placed, axis=0)) == 4
    one = place_among(new, vectors[:1], positions[:1], np.random.default_rng(1))
    assert np.isfinite(one).all()
    assert place_among(new[:0], vectors, positions, np.random.default_rng(1)).shape == (0, 2)


@given(
    st.floats(0, 6.3),
    st.floats(0.1, 50),
    st.tuples(st.floats(-100, 100), st.floats(-100, 100)),
    st.booleans(),
    st.integers(0, 1000),
)
@settings(max_examples=trials(60))
def test_turning_mirroring_scaling_and_shifting_are_undone(
    angle: float, scale: float, shift: tuple[float, float], mirrored: bool, seed: int
) -> None:
    random = np.random.default_rng(seed)
    old = random.normal(size=(8, 2))
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    seen = old * [-1, 1] if mirrored else old
    known = np.arange(8) < 5  # three are new and only follow
    fitted = align_to(scale * seen @ turn + shift, np.where(known[:, None], old, np.nan), known)
    assert np.allclose(fitted, old, atol=1e-6)


def test_too_little_to_align_to_changes_nothing() -> None:
    positions = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 0.0]])
    assert np.array_equal(align_to(positions, positions * 2, np.array([True, False, False])), positions)
    assert np.array_equal(align_to(positions, np.zeros((3, 2)), np.ones(3, dtype=bool)), positions)
    assert np.array_equal(align_to(np.ones((3, 2)), positions, np.ones(3, dtype=bool)), np.ones((3, 2)))
