"""Targets are those of the windows that a segment lies in, and mix as segments do."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from musicemb.core.training.targets import MOST_DIMENSIONS, align_targets, match_paths, mix_targets
from musicemb.records import Teacher, TeacherShape

RNG = np.random.default_rng(4)


def teacher(of_tracks: bool = False, dimensions: int = 3) -> Teacher:
    """Three tracks of 4, 0 and 3 windows, 2 s apart."""
    rows = 3 if of_tracks else 7
    return Teacher(
        "made", ("a/x.opus", "a/y.opus", "b/z.opus"), ("", "", ""), np.array([0, 4, 4, 7]), 2.0,
        RNG.normal(size=(rows, dimensions)).astype(np.float32), of_tracks,
        RNG.integers(0, 256, (7, 2)).astype(np.uint8), ("drum", "voice"),
    )  # fmt: skip


def test_a_path_is_found_where_it_ends_with_a_stored_one() -> None:
    stored = ["a/x.opus", "x.opus", "b/z.opus"]
    asked = ["/music/a/x.opus", "/music/c/x.opus", "/music/b/y.opus", "b/z.opus"]
    assert match_paths(stored, asked).tolist() == [0, 1, -1, 2]
    # Of two that end alike, neither is known to be the one.
    assert match_paths(["x.opus"], ["a/x.opus", "b/x.opus"]).tolist() == [-1, -1]
    assert match_paths([], ["a"]).tolist() == [-1]


def test_a_segment_gets_the_window_it_lies_in() -> None:
    made = teacher()
    targets = align_targets(made, np.array([2, -1, 0]))
    assert targets.shape == TeacherShape("made", 3, 2) and targets.shape.columns == 6
    found = targets.take(np.array([0, 0, 0, 1, 2]), np.array([0.0, 3.9, 60.0, 1.0, 2.1]), 1.0)
    np.testing.assert_array_equal(found[:, 0], [1, 1, 1, 0, 1])
    np.testing.assert_array_equal(found[3], 0)
    rows = [4, 6, 6, 1]
    np.testing.assert_allclose(found[[0, 1, 2, 4], 1:4], made.vectors[rows], atol=2e-3)
    np.testing.assert_allclose(found[[0, 1, 2, 4], 4:], made.tags[rows] / 255, atol=1e-6)


def test_a_long_segment_gets_the_mean_of_its_windows() -> None:
    made = teacher()
    found = align_targets(made, np.array([0])).take(np.array([0, 0]), np.array([2.0, 7.0]), 4.0)
    np.testing.assert_allclose(found[0, 1:4], made.vectors[1:3].mean(axis=0), atol=2e-3)
    np.testing.assert_allclose(found[1, 1:4], made.vectors[2:4].mean(axis=0), atol=2e-3)
    longer = align_targets(made, np.array([0])).take(np.array([0]), np.array([0.0]), 60.0)
    np.testing.assert_allclose(longer[0, 1:4], made.vectors[:4].mean(axis=0), atol=2e-3)


def test_vectors_of_tracks_are_standardised_over_the_training_alone() -> None:
    made = teacher(of_tracks=True)
    found = align_targets(made, np.array([0, -1, 2])).take(np.array([0, 2]), np.array([0.0, 5.0]), 1.0)
    np.testing.assert_allclose(found[:, 1:4].mean(axis=0), 0, atol=1e-3)
    np.testing.assert_allclose(np.abs(found[:, 1:4]), 1, atol=1e-3)
    wide = align_targets(teacher(of_tracks=True, dimensions=MOST_DIMENSIONS + 1), np.array([0, 1, 2]))
    assert wide.shape.dimensions == 2  # three tracks span two directions


@given(st.lists(st.floats(0.5, 1), min_size=6, max_size=6), st.permutations(range(6)))
def test_mixtures_are_between_and_unknown_where_either_is(kept: list[float], others: list[int]) -> None:
    shapes = [TeacherShape("a", 2, 1), TeacherShape("b", 0, 2)]
    targets = np.random.default_rng(5).random((6, 7)).astype(np.float32)
    targets[:, [0, 4]] = [[1, 1], [0, 1], [1, 0], [1, 1], [0, 0], [1, 1]]
    share = np.array(kept, dtype=np.float32)
    mixed = mix_targets(targets, shapes, np.array(others), share)
    low, high = np.minimum(targets, targets[others]), np.maximum(targets, targets[others])
    assert (mixed >= low - 1e-6).all() and (mixed <= high + 1e-6).all()
    for column in (0, 4):
        both = (targets[:, column] > 0) & ((targets[others, column] > 0) | (share >= 1))
        np.testing.assert_array_equal(mixed[:, column], both)


def test_what_is_not_mixed_stays() -> None:
    targets = np.ones((3, 4), np.float32) * np.arange(3)[:, None].astype(np.float32)
    targets[:, 0] = [1, 0, 1]
    found = mix_targets(targets, [TeacherShape("a", 2, 1)], np.array([1, 2, 0]), np.ones(3, np.float32))
    np.testing.assert_array_equal(found, targets)
    assert found[:, 1:].sum() == pytest.approx(targets[:, 1:].sum())
