from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from musicemb.core.evaluation.metrics import (
    brier_of,
    confusion,
    draw_all,
    f1_per_class,
    figures,
    paired_differences,
    score_statistics,
)
from musicemb.core.evaluation.retrieval import precision_at
from musicemb.records import Example, Figure

pytestmark = pytest.mark.usefixtures("quick_probes")


def collection(n: int = 120, seed: int = 0, distance: float = 1.0):
    rng = np.random.default_rng(seed)
    labels = [f"genre {i % 4}" for i in range(n)]
    examples = [Example(Path(f"{i}.mp3"), labels[i], f"artist {i // 2}") for i in range(n)]
    vectors = rng.normal(size=(n, 16))
    vectors[np.arange(n), np.arange(n) % 4] += distance
    return vectors, examples, np.arange(n) // 2 % 5


def score_vectors(vectors, examples, folds, *, draws, **options) -> dict[str, Figure]:
    statistics, _ = score_statistics(vectors, examples, folds, **options)
    return figures(draw_all(statistics, [one.group for one in examples], draws=draws))


def test_scores_are_the_plain_means():
    vectors, examples, folds = collection()
    scores = score_vectors(vectors, examples, folds, draws=50)
    labels, artists = [one.label for one in examples], [one.group for one in examples]
    five = precision_at(vectors, labels, artists, 5)
    assert scores["precision@5"].value == pytest.approx(five.mean())
    macro = np.mean([five[np.array(labels) == label].mean() for label in set(labels)])
    assert scores["precision@5 macro"].value == pytest.approx(macro)
    assert scores["1-nn"].value == pytest.approx(precision_at(vectors, labels, artists, 1).mean())
    assert list(scores) == [
        "precision@5", "precision@5 macro", "1-nn", "1-nn macro", "linear accuracy", "linear macro-F1",
        "linear cross-entropy",
    ]  # fmt: skip
    assert all(one.low <= one.value <= one.high for one in scores.values())


def test_better_vectors_differ_with_an_interval_that_leaves_out_0():
    _, examples, folds = collection()
    groups = [one.group for one in examples]
    good, _ = score_statistics(collection(distance=4.0)[0], examples, folds)
    poor, _ = score_statistics(collection(distance=0.0)[0], examples, folds)
    good, poor = draw_all(good, groups, draws=200), draw_all(poor, groups, draws=200)
    better = paired_differences(good, poor)
    costs = "linear cross-entropy"  # the one that is better the lower it is
    assert all(one.high < -0.2 if name == costs else one.low > 0.2 for name, one in better.items())
    same = paired_differences(poor, poor)
    assert all(one.value == one.low == one.high == 0 for one in same.values())


def test_chance_is_chance():
    vectors, examples, folds = collection(n=240, distance=0.0)
    scores = score_vectors(vectors, examples, folds, draws=200)
    assert scores["precision@5"].value == pytest.approx(0.25, abs=0.06)
    assert 0.1 < scores["linear accuracy"].value < 0.4


def test_spaces_per_fold_stay_apart():
    vectors, examples, folds = collection(distance=4.0)
    # Each fold's space is turned differently: across folds they could not be compared.
    rng = np.random.default_rng(0)
    spaces = [vectors @ np.linalg.qr(rng.normal(size=(16, 16)))[0] for _ in range(5)]
    one = score_vectors(vectors, examples, folds, draws=20, within_folds=True)
    other = score_vectors(spaces, examples, folds, draws=20)
    assert other["precision@5"].value == pytest.approx(one["precision@5"].value)
    assert other["linear accuracy"].value > 0.9


def test_a_query_without_gallery_weighs_nothing():
    vectors, examples, folds = collection(n=20)
    lonely = [Example(one.path, one.label, "one artist") for one in examples]
    statistics, _ = score_statistics(vectors, lonely, folds)
    assert np.isnan(figures(draw_all(statistics, ["one artist"] * 20))["precision@5"].value)


def test_tables_by_hand():
    true, predicted = list("aaabbc"), list("aabbad")
    assert f1_per_class(true, predicted) == pytest.approx({"a": 2 / 3, "b": 0.5, "c": 0, "d": 0})
    assert confusion(true[:5], predicted[:5], "abc") == [[2, 1, 0], [1, 1, 0], [0, 0, 0]]
    assert f1_per_class([], []) == {}
    assert confusion([], [], "ab") == [[0, 0], [0, 0]]


def test_brier_by_hand_and_against_scikit_learn():
    from sklearn.metrics import brier_score_loss

    told = np.array([[0.7, 0.2, 0.1], [0.1, 0.1, 0.8], [0.3, 0.4, 0.3]])
    value = brier_of(told, ["a", "c", "a"], ["a", "b", "c"])(np.ones((1, 3)))[0]
    assert value == pytest.approx((0.14 + 0.06 + 0.74) / 3)
    two = np.array([[0.7, 0.3], [0.2, 0.8]])
    assert brier_of(two, ["a", "a"], ["a", "b"])(np.ones((1, 2)))[0] == pytest.approx(
        2 * brier_score_loss([1, 1], [0.7, 0.2], pos_label=1)
    )
    # A label that the classes do not hold is at distance from all.
    assert brier_of(np.array([[1.0, 0.0]]), ["z"], ["a", "b"])(np.ones((1, 1)))[0] == 2
