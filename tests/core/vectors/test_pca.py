"""Projection: PCA that is the same everywhere, and geometry that trees can use."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from laws import trials
from numpy.testing import assert_allclose, assert_array_equal

from musicemb.core.vectors.pca import fit_projection, project


def vectors(n: int, d: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(n, d)) * np.linspace(3, 0.2, d)
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


@settings(deadline=None, max_examples=trials(30))
@given(st.integers(1, 60), st.integers(2, 20), st.integers(1, 25), st.integers(0, 1000), st.booleans())
def test_projected_vectors_have_unit_length(n: int, d: int, components: int, seed: int, whiten: bool) -> None:
    rows = vectors(n, d, seed)
    projection = fit_projection(rows, components, whiten=whiten)
    found = project(rows, projection)
    assert projection.components.shape == (min(components, n, d), d)
    assert found.shape == (n, min(components, n, d))
    assert found.dtype == np.float32
    assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)


def test_the_order_of_the_training_data_does_not_matter() -> None:
    rows = vectors(200, 16)
    order = np.random.default_rng(1).permutation(200)
    assert_allclose(fit_projection(rows[order], 8).components, fit_projection(rows, 8).components, atol=1e-4)


def test_components_are_those_of_scikit_learn_up_to_their_sign() -> None:
    from sklearn.decomposition import PCA

    rows = vectors(300, 12)
    ours = fit_projection(rows, 4)
    theirs = PCA(4, svd_solver="full").fit(rows).components_
    assert_allclose(np.abs((ours.components * theirs).sum(axis=1)), 1, atol=1e-4)
    assert (ours.components[np.arange(4), np.abs(ours.components).argmax(axis=1)] > 0).all()


def test_whitening_gives_every_direction_the_same_spread() -> None:
    rows = vectors(2000, 8)
    projection = fit_projection(rows, 4, whiten=True)
    spread = ((rows - projection.mean) @ projection.components.T).std(axis=0)
    assert_allclose(spread, 1, rtol=1e-3)


def test_euclidean_distance_orders_as_cosine_does() -> None:
    rows = project(vectors(100, 16), fit_projection(vectors(100, 16), 6))
    euclidean = np.linalg.norm(rows[0] - rows[1:], axis=1)
    assert_allclose(euclidean**2, 2 - 2 * rows[1:] @ rows[0], atol=1e-5)


def test_a_row_is_the_same_wherever_it_stands() -> None:
    rows = vectors(109, 128)
    projection = fit_projection(rows, 16, whiten=True)
    found = project(rows, projection)
    order = np.random.default_rng(1).permutation(len(rows))
    assert_array_equal(project(rows[order], projection), found[order])
    assert_array_equal(project(rows[:50], projection), found[:50])


def test_without_a_projection_the_vectors_stay() -> None:
    rows = vectors(5, 4)
    assert_allclose(project(rows, None), rows, atol=1e-6)
    assert_allclose(project(rows * 3, None), rows, atol=1e-6)


def test_odd_rows() -> None:
    rows = vectors(50, 8)
    projection = fit_projection(rows, 3)
    odd = np.stack([projection.mean, np.full(8, np.nan, np.float32)])
    found = project(odd, projection)
    assert np.linalg.norm(found[0]) == pytest.approx(1)
    assert np.isnan(found[1]).all()
    assert project(np.zeros((0, 8), np.float32), projection).shape == (0, 3)
    broken = np.concatenate([rows, odd[1:]])
    assert_allclose(fit_projection(broken, 3).components, projection.components, atol=1e-4)


def test_identical_vectors_have_a_projection() -> None:
    rows = np.repeat(vectors(1, 8), 10, axis=0)
    for whiten in (False, True):
        found = project(rows, fit_projection(rows, 3, whiten=whiten))
        assert np.isfinite(found).all()


@pytest.mark.parametrize(("rows", "components"), [(np.zeros((0, 4)), 2), (np.full((3, 4), np.nan), 2), (np.eye(4), 0)])
def test_nothing_to_fit_is_an_error(rows: np.ndarray, components: int) -> None:
    with pytest.raises(ValueError, match="projection"):
        fit_projection(rows.astype(np.float32), components)
