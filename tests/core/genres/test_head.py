"""The genre head: fitted as scikit-learn does it, and silent until it was right often enough."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from laws import trials

from musicemb.core.genres.head import choose_threshold, fit_genre_head
from musicemb.core.genres.names import apply_head


def labelled(names: tuple[str, ...], n: int = 90, seed: int = 0) -> tuple[np.ndarray, list[str]]:
    """Vectors that lie around a corner for each label."""
    rng = np.random.default_rng(seed)
    truth = np.arange(n) % len(names)
    return (rng.normal(size=(n, 6)) + 4 * np.eye(6)[truth]).astype(np.float32), [names[place] for place in truth]


@pytest.mark.parametrize("names", [("jazz", "rock"), ("folk", "jazz", "rock")])
def test_a_head_says_of_each_vector_what_it_was_told(names: tuple[str, ...]) -> None:
    vectors, labels = labelled(names)
    head = fit_genre_head(vectors, labels)
    assert head.labels == names
    assert head.threshold == 1
    assert head.weights.shape == (6, len(names))
    probabilities = apply_head(vectors, head)
    assert [names[place] for place in probabilities.argmax(axis=1)] == labels


def test_two_labels_are_told_apart_as_scikit_learn_does_it() -> None:
    from sklearn.linear_model import LogisticRegression

    vectors, labels = labelled(("jazz", "rock"))
    head = fit_genre_head(vectors, labels, strength=0.1)
    scaled = (vectors - vectors.mean(axis=0)) / vectors.std(axis=0)
    expected = LogisticRegression(C=0.1, max_iter=2000).fit(scaled, labels).predict_proba(scaled)
    np.testing.assert_allclose(apply_head(vectors, head), expected, atol=1e-3)


def test_a_value_that_never_changes_does_not_matter() -> None:
    vectors, labels = labelled(("jazz", "rock"))
    vectors[:, 5] = 7
    assert np.isfinite(apply_head(vectors, fit_genre_head(vectors, labels))).all()


def test_the_threshold_is_the_lowest_confidence_that_was_right_often_enough() -> None:
    head = fit_genre_head(*labelled(("jazz", "rock")))
    sure = np.linspace(0.99, 0.6, 20)
    probabilities = np.column_stack([sure, 1 - sure])
    labels = ["jazz"] * 12 + ["rock"] * 8  # the twelve surest are right
    assert choose_threshold(head, probabilities, labels, precision=1.0).threshold == pytest.approx(sure[11])
    assert choose_threshold(head, probabilities, labels, precision=0.75).threshold == pytest.approx(sure[15])
    assert choose_threshold(head, probabilities, ["rock"] * 20).threshold == 1


def test_the_luckiest_few_prove_nothing() -> None:
    head = fit_genre_head(*labelled(("jazz", "rock")))
    sure = np.linspace(0.99, 0.6, 20)
    lucky = ["jazz"] * 7 + ["rock"] * 13
    assert choose_threshold(head, np.column_stack([sure, 1 - sure]), lucky, precision=1.0).threshold == 1


@settings(deadline=None, max_examples=trials(30))
@given(st.integers(0, 1000), st.sampled_from([0.5, 0.75, 0.9]))
def test_what_is_at_or_above_the_threshold_is_right_often_enough(seed: int, precision: float) -> None:
    rng = np.random.default_rng(seed)
    head = replace(fit_genre_head(*labelled(("jazz", "rock"))), labels=("jazz", "rock"))
    probabilities = rng.dirichlet([1, 1], 40)
    labels = np.where(rng.random(40) < probabilities[:, 0], "jazz", "rock").tolist()
    chosen = choose_threshold(head, probabilities, labels, precision=precision)
    spoken = probabilities.max(axis=1) >= chosen.threshold
    if chosen.threshold < 1:
        said = np.array(head.labels)[probabilities.argmax(axis=1)]
        assert (said == np.array(labels))[spoken].mean() >= precision
        assert spoken.sum() >= 8
