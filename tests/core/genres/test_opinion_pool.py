"""Weights follow who is right, and a genre is chosen where the pool is sure enough."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from musicemb.core.genres.opinion_pool import choose_genres, fit_pool, pool
from musicemb.settings import GuessSettings

SETTINGS = GuessSettings()


def test_weights_follow_the_predictor_that_is_right() -> None:
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 3, 600)
    right, wrong = rng.dirichlet(np.ones(4), 600), rng.dirichlet(np.ones(4), 600)
    right[np.arange(600), truth] += 1
    right /= right.sum(axis=1, keepdims=True)
    evidence = np.log(np.stack([right, wrong], axis=2) + 0.01)
    fitted = fit_pool(evidence, np.eye(4)[truth], (0.5, 0.5, 0.0), 1.0)
    assert fitted[0] > 1 > 0.2 > fitted[1] >= 0
    assert fit_pool(evidence[:0], np.eye(4)[truth[:0]], (0.5, 0.5, 0.0), 1.0) == (0.5, 0.5, 0.0)
    held = fit_pool(evidence[:5], np.eye(4)[truth[:5]], (0.5, 0.5, 0.0), 1000.0)
    assert_allclose(held, (0.5, 0.5, 0.0), atol=0.02)


@pytest.mark.parametrize(
    ("probabilities", "allowed", "most", "chosen"),
    [
        ([0.7, 0.2, 0.05, 0.05], "yyy", 2, [0]),
        ([0.4, 0.35, 0.2, 0.05], "yyy", 1, []),
        ([0.4, 0.35, 0.2, 0.05], "yyy", 2, [0, 1]),
        ([0.4, 0.35, 0.2, 0.05], "yyy", 3, [0, 1, 2]),
        ([0.7, 0.2, 0.05, 0.05], "nyy", 1, []),
        ([0.2, 0.7, 0.05, 0.05], "nyy", 1, [1]),
        ([0.1, 0.1, 0.1, 0.7], "yyy", 1, []),
        ([0.9, 0.05, 0.02, 0.03], "nnn", 1, []),
    ],
)
def test_choosing(probabilities: list[float], allowed: str, most: int, chosen: list[int]) -> None:
    may = np.array([letter == "y" for letter in allowed])
    found, confidence = choose_genres(np.array(probabilities), may, 0.6, replace(SETTINGS, max_genres=most))
    assert found == chosen
    assert confidence <= 1


@given(st.integers(0, 1000), st.floats(0, 5))
def test_pooled_probabilities_are_the_weighted_product_of_what_each_says(seed: int, weight: float) -> None:
    shares = np.random.default_rng(seed).dirichlet(np.ones(4), (6, 2)).transpose(0, 2, 1)
    found = pool(np.log(shares), (weight, 1.0, 0.0))
    product = shares[:, :, 0] ** weight * shares[:, :, 1]
    assert_allclose(found, product / product.sum(axis=1, keepdims=True), atol=1e-9)
    lifted = pool(np.log(shares), (weight, 1.0, 2.0))  # "another genre" is worth more
    assert (lifted[:, -1] > found[:, -1]).all()
