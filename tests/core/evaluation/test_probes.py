from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from laws import trials

from musicemb.core.evaluation import probes
from musicemb.core.evaluation.probes import (
    LEAST_PROBABILITY,
    cross_validate,
    fit_probe,
    log_losses,
    split_groups,
    standardise,
)


def blobs(seed: int = 0, n: int = 150, classes: int = 3, distance: float = 2.0):
    rng = np.random.default_rng(seed)
    labels = [chr(97 + i % classes) for i in range(n)]
    vectors = rng.normal(size=(n, 10))
    vectors[np.arange(n), [ord(label) - 97 for label in labels]] += distance
    return vectors, labels, [f"artist {i // 3}" for i in range(n)]


@settings(deadline=None, max_examples=trials(25))
@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 9)), min_size=1, max_size=40), st.integers(2, 5))
def test_no_group_is_in_two_folds(rows, folds):
    labels, groups = [row[0] for row in rows], [str(row[1]) for row in rows]
    found = split_groups(labels, groups, folds)
    assert all(len({int(f) for f, g in zip(found, groups, strict=True) if g == group}) == 1 for group in groups)
    assert found.min() >= 0 and found.max() < folds


def test_folds_hold_every_class():
    _, labels, _ = blobs()
    folds = split_groups(labels, [str(i) for i in range(len(labels))], 5)
    for fold in range(5):
        assert [sum(f == fold and one == label for f, one in zip(folds, labels, strict=True)) for label in "abc"] == [
            10
        ] * 3


def test_the_linear_probe_is_logistic_regression_on_standardised_vectors(monkeypatch):
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    vectors, labels, groups = blobs()
    vectors = vectors * np.arange(1, 11) + 5
    monkeypatch.setattr(probes, "STRENGTHS", (0.1,))
    classes, ours = fit_probe(vectors[:100], labels[:100], groups[:100])(vectors[100:])
    theirs = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=2000)).fit(vectors[:100], labels[:100])
    assert classes == ("a", "b", "c")
    np.testing.assert_allclose(ours, theirs.predict_proba(vectors[100:]), atol=1e-4)


def test_cross_validation_never_asks_what_it_was_fitted_on():
    # Vectors that carry nothing but who they are: a leak of artists would score near 1.
    rng = np.random.default_rng(0)
    groups = [f"artist {i // 5}" for i in range(200)]
    labels = [("a", "b")[i // 5 % 2] for i in range(200)]
    vectors = np.repeat(rng.normal(size=(40, 60)), 5, axis=0)
    folds = np.array([int(group.split()[1]) % 5 for group in groups])
    said = cross_validate(vectors, labels, groups, folds)
    assert 0.25 < np.mean([one == other for one, other in zip(said.labels, labels, strict=True)]) < 0.75
    assert said.probabilities.sum(axis=1) == pytest.approx(np.ones(200))


@pytest.mark.parametrize("kind", ["linear", "dense"])
def test_separate_classes_are_told(kind):
    vectors, labels, groups = blobs(n=90, distance=6.0)
    folds = np.arange(90) // 3 % 2
    said = cross_validate(vectors, labels, groups, folds, kind)
    assert np.mean([one == other for one, other in zip(said.labels, labels, strict=True)]) > 0.97


def test_regularisation_follows_the_data():
    rng = np.random.default_rng(0)
    labels, groups = ["ab"[i % 2] for i in range(80)], [str(i) for i in range(80)]
    noise = rng.normal(size=(80, 60))
    telling = noise.copy()
    telling[:, 0] += np.where(np.arange(80) % 2, 20, -20)
    names = np.asarray(labels, dtype=object)
    strict = probes._choose(noise, names, groups, "linear", probes.STRENGTHS, 0)
    free = probes._choose(telling, names, groups, "linear", probes.STRENGTHS, 0)
    assert strict == probes.STRENGTHS[0] and free > strict


def test_a_fold_per_space_takes_each_fold_from_its_own_vectors():
    vectors, labels, groups = blobs(distance=6.0)
    folds = np.arange(150) // 3 % 2
    spoiled = [vectors, np.zeros_like(vectors)]
    said = cross_validate(spoiled, labels, groups, folds)
    right = np.array([one == other for one, other in zip(said.labels, labels, strict=True)])
    assert right[folds == 0].mean() > 0.97 and right[folds == 1].mean() < 0.6


def test_small_trouble_is_borne():
    # One class only; a class with one member; a dimension that never moves.
    classes, told = fit_probe(np.ones((3, 2)), ["a"] * 3, ["x", "y", "z"])(np.ones((2, 2)))
    assert classes == ("a",) and told.tolist() == [[1], [1]]
    vectors, labels, groups = blobs(n=30)
    labels[0] = "lone"
    vectors[:, 3] = 7
    said = cross_validate(vectors, labels, groups, np.arange(30) // 3 % 3)
    assert np.isfinite(said.probabilities).all()
    (scaled,) = standardise(vectors)
    assert scaled[:, 3].tolist() == [0] * 30


def test_cross_entropy_equals_scikit_learn_and_has_a_floor():
    from sklearn.metrics import log_loss

    rng = np.random.default_rng(0)
    told = rng.dirichlet(np.ones(3), 20)
    true = [*"abc", *rng.choice(list("abc"), 17).tolist()]
    assert log_losses(told, true, "abc").mean() == pytest.approx(log_loss(true, told))
    sure = np.array([[1.0, 0.0], [1.0, 0.0], [1.0, 0.0]])
    worst = -np.log(LEAST_PROBABILITY)
    assert log_losses(sure, ["a", "b", "never seen"], "ab").tolist() == pytest.approx([0, worst, worst])
