"""Weights follow who is right."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from musicemb.core.genres.opinion_pool import fit_pool, pool


def test_weights_follow_the_predictor_that_is_right() -> None:
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 3, 600)
    right, wrong = rng.dirichlet(np.ones(4), 600), rng.dirichlet(np.ones(4), 600)
    right[np.arange(600), truth] += 1
    right /= right.sum(axis=1, keepdims=True)
    evidence = np.log(np.stack([right, wrong], axis=2) + 0.01)
    fitted = fit_pool([(evidence, np.eye(4)[truth])], (0.5, 0.5, 0.0), 1.0)
    assert fitted[0] > 1 > 0.2 > fitted[1] >= 0
    assert fit_pool([(evidence[:0], np.eye(4)[truth[:0]])], (0.5, 0.5, 0.0), 1.0) == (0.5, 0.5, 0.0)
    held = fit_pool([(evidence[:5], np.eye(4)[truth[:5]])], (0.5, 0.5, 0.0), 1000.0)
    assert_allclose(held, (0.5, 0.5, 0.0), atol=0.02)


def test_several_sets_of_choices_share_their_weights_and_only_one_has_another_genre() -> None:
    rng = np.random.default_rng(1)
    truth = rng.integers(0, 2, 400)
    told = np.full((400, 2), 0.25)
    told[np.arange(400), truth] = 0.75
    evidence = np.log(told)[:, :, None]
    narrow, wide = (evidence, np.eye(2)[truth]), (evidence[:0], np.eye(2)[truth[:0]])
    (weight, other) = fit_pool([wide, narrow], (1.0, -1.0), 0.1)
    assert weight > 2
    assert other == -1.0  # nothing spoke of it
    half = (evidence, np.eye(2)[truth] * 0.5)
    assert_allclose(
        fit_pool([half, half], (1.0, 0.0), 0.5, another=-1), fit_pool([narrow], (1.0, 0.0), 0.5, another=-1)
    )


@given(st.integers(0, 1000), st.floats(0, 5))
def test_pooled_probabilities_are_the_weighted_product_of_what_each_says(seed: int, weight: float) -> None:
    shares = np.random.default_rng(seed).dirichlet(np.ones(4), (6, 2)).transpose(0, 2, 1)
    found = pool(np.log(shares), (weight, 1.0, 0.0))
    product = shares[:, :, 0] ** weight * shares[:, :, 1]
    assert_allclose(found, product / product.sum(axis=1, keepdims=True), atol=1e-9)
    lifted = pool(np.log(shares), (weight, 1.0, 2.0))  # "another genre" is worth more
    assert (lifted[:, -1] > found[:, -1]).all()
