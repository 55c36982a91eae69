"""Pooling: laws of the track vector, and what int8 costs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from laws import trials
from numpy.testing import assert_allclose, assert_array_equal

from musicemb.core.vectors.pooling import dequantise, pool_segments, quantise


def segments(n: int, d: int, seed: int, spread: float = 1.0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=d) + spread * rng.normal(size=(n, d))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


shapes = st.tuples(st.integers(1, 40), st.integers(1, 32), st.integers(0, 2**32 - 1))


@settings(deadline=None, max_examples=trials(40))
@given(shapes)
def test_pooled_vectors_have_unit_length(shape: tuple[int, int, int]) -> None:
    vector, homogeneity = pool_segments(segments(*shape))
    assert vector.dtype == np.float32
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)
    assert 0 <= homogeneity <= 1


@settings(deadline=None, max_examples=trials(25))
@given(shapes)
def test_the_order_of_segments_does_not_matter(shape: tuple[int, int, int]) -> None:
    rows = segments(*shape)
    order = np.random.default_rng(1).permutation(len(rows))
    vector, homogeneity = pool_segments(rows)
    shuffled, same = pool_segments(rows[order])
    assert_allclose(shuffled, vector, atol=1e-6)
    assert same == pytest.approx(homogeneity, abs=1e-6)


def test_one_segment_is_its_own_pool_and_wholly_homogeneous() -> None:
    rows = segments(1, 16, 0)
    vector, homogeneity = pool_segments(rows)
    assert_allclose(vector, rows[0], atol=1e-6)
    assert homogeneity == pytest.approx(1)


def test_a_varied_track_is_less_homogeneous_than_an_even_one() -> None:
    _, even = pool_segments(segments(30, 16, 0, spread=0.1))
    _, varied = pool_segments(segments(30, 16, 0, spread=3.0))
    assert varied < even


def test_segments_that_cancel_out_still_give_a_unit_vector_whatever_their_order() -> None:
    rows = np.array([[1, 0], [-1, 0]], dtype=np.float32)
    vector, homogeneity = pool_segments(rows)
    assert homogeneity == 0
    assert np.linalg.norm(vector) == pytest.approx(1)
    assert_array_equal(vector, pool_segments(rows[::-1])[0])


def test_segments_that_are_not_numbers_are_left_out() -> None:
    rows = segments(5, 8, 0)
    broken = np.concatenate([rows, np.full((1, 8), np.nan, np.float32), np.full((1, 8), np.inf, np.float32)])
    assert_allclose(pool_segments(broken)[0], pool_segments(rows)[0])


@pytest.mark.parametrize("rows", [np.zeros((0, 4)), np.full((3, 4), np.nan), np.zeros((2, 4))])
def test_nothing_to_pool_is_an_error(rows: np.ndarray) -> None:
    with pytest.raises(ValueError, match="no segment"):
        pool_segments(rows.astype(np.float32))


@settings(deadline=None, max_examples=trials(40))
@given(shapes)
def test_int8_is_off_by_at_most_half_a_scale(shape: tuple[int, int, int]) -> None:
    rows = segments(*shape)
    small = quantise(np.arange(len(rows), dtype=np.float32), rows)
    assert small.codes.dtype == np.int8
    assert small.codes.shape == rows.shape
    bound = small.scales[:, None] * 0.5 + 1e-6
    assert (np.abs(dequantise(small) - rows) <= bound).all()
    assert_allclose(small.scales * 127, np.abs(rows).max(axis=1), rtol=1e-5)


def test_int8_keeps_the_direction_of_a_vector_of_our_size() -> None:
    rows = segments(60, 128, 3)
    back = dequantise(quantise(np.zeros(60, np.float32), rows))
    cosines = (rows * back).sum(axis=1) / np.linalg.norm(back, axis=1)
    assert cosines.min() > 0.9999


def test_int8_of_nothing_and_of_silence() -> None:
    nothing = quantise(np.zeros(0, np.float32), np.zeros((0, 8), np.float32))
    assert dequantise(nothing).shape == (0, 8)
    silence = quantise(np.zeros(2, np.float32), np.zeros((2, 8), np.float32))
    assert_array_equal(dequantise(silence), np.zeros((2, 8)))
