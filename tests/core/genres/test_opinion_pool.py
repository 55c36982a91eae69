"""Weights follow who is right."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from musicemb.core.genres.opinion_pool import CERTAIN, fit_certainty, fit_leaning_pool, fit_pool, hold_back, pool, take


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


@given(st.floats(0.1, 50), st.integers(1, 400), st.integers(1, 400))
def test_the_fewer_artists_the_firmer_weights_are_held(held: float, artists: int, many: int) -> None:
    found = hold_back(held, artists, many)
    assert found >= hold_back(held, artists + 1, many) >= held
    assert_allclose(hold_back(held, artists, 2 * artists), 4 * held)
    assert_allclose(hold_back(held, 2 * many, many), held)


def test_leanings_give_each_choice_the_share_that_comes_true_and_leave_unheard_words_alone() -> None:
    rng = np.random.default_rng(2)
    truth = rng.choice(2, p=[0.9, 0.1], size=2000)
    told = np.full((2000, 4), 0.3) + 0.4 * np.eye(4)[truth]  # the third choice is never true; the last is another genre
    evidence = np.log(told / told.sum(axis=1, keepdims=True))[:, :, None]
    truths = np.eye(4)[truth]
    weights, leanings = fit_leaning_pool(evidence, truths, (1.0, 0.0), 0.01)
    found = pool(evidence, weights, leanings=leanings)
    assert_allclose(found[:, :2].mean(axis=0), truths[:, :2].mean(axis=0), atol=0.01)
    assert leanings[2:] == (0.0, 0.0)
    assert fit_leaning_pool(evidence[:0], truths[:0], (1.0, 0.0), 5.0) == ((1.0, 0.0), (0.0,) * 4)
    still, held = fit_leaning_pool(evidence[:5], truths[:5], (1.0, 0.0), 1000.0)
    assert_allclose([*still, *held], [1.0, 0.0, 0.0, 0.0, 0.0, 0.0], atol=0.02)


def test_a_confidence_that_boasts_is_taken_for_what_it_is_worth() -> None:
    rng = np.random.default_rng(3)
    sure = rng.uniform(0.3, 0.99, 4000)
    true = take(sure, (0.6, -0.3))
    right = rng.random(4000) < true
    fitted = fit_certainty(sure, right, 1.0)
    assert_allclose(fitted, (0.6, -0.3), atol=0.12)
    assert_allclose(take(sure, fitted), true, atol=0.04)
    assert fit_certainty(sure[:0], right[:0], 5.0) == CERTAIN
    assert_allclose(take(sure, CERTAIN), sure, atol=1e-9)


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=40))
def test_the_surer_stays_the_surer(told: list[tuple[float, bool]]) -> None:
    sure, right = np.array([one for one, _ in told]), np.array([one for _, one in told], dtype=bool)
    taken = take(np.sort(sure), fit_certainty(sure, right, 5.0))
    assert (np.diff(taken) >= 0).all()
    assert ((taken > 0) & (taken < 1)).all()
