from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from laws import trials

from musicemb.core.evaluation.bootstrap import (
    bootstrap,
    class_scores_of,
    draw,
    draw_halves,
    draw_weights,
    macro_f1_of,
    macro_mean_of,
    mean_of,
)

names = st.lists(st.sampled_from("abc"), min_size=1, max_size=12)


def test_a_group_is_drawn_as_one():
    groups = ["x", "y", "x", "z", "y"]
    weights = draw_weights(groups, np.random.default_rng(0), 50)
    assert (weights[:, 0] == weights[:, 2]).all() and (weights[:, 1] == weights[:, 4]).all()
    # As many groups are drawn as there are.
    assert (weights[:, 0] + weights[:, 1] + weights[:, 3] == 3).all()


def test_the_value_is_that_of_the_whole_sample_and_lies_in_its_interval():
    rng = np.random.default_rng(1)
    values = rng.normal(size=200)
    figure = bootstrap(mean_of(values), [str(i) for i in range(200)])
    assert figure.value == pytest.approx(values.mean())
    assert figure.low < figure.value < figure.high
    # Independent items: about 1.96 standard errors either way.
    error = values.std() / np.sqrt(200)
    assert figure.high - figure.low == pytest.approx(2 * 1.96 * error, rel=0.1)


def test_tracks_of_one_artist_are_not_independent():
    values = np.repeat(np.random.default_rng(2).normal(size=20), 10)
    alone = bootstrap(mean_of(values), [str(i) for i in range(200)])
    by_artist = bootstrap(mean_of(values), np.repeat([str(i) for i in range(20)], 10).tolist())
    assert by_artist.high - by_artist.low > 2 * (alone.high - alone.low)


def test_a_paired_difference_is_sharper_than_two_intervals():
    rng = np.random.default_rng(3)
    base = rng.normal(size=100)
    first, second = mean_of(base + 0.2 + 0.01 * rng.normal(size=100)), mean_of(base)
    groups = [str(i) for i in range(100)]
    paired = draw(first, groups).minus(draw(second, groups))
    assert paired.value == pytest.approx(0.2, abs=0.01) and paired.low > 0.19
    assert bootstrap(first, groups).low < bootstrap(second, groups).high


def test_equal_seeds_give_equal_intervals():
    statistic, groups = mean_of([0.0, 1.0, 1.0, 0.0]), ["a", "b", "c", "d"]
    assert bootstrap(statistic, groups, seed=5) == bootstrap(statistic, groups, seed=5)
    assert bootstrap(statistic, groups, seed=5, block=7) == bootstrap(statistic, groups, seed=5, block=7)


def test_one_group_or_none_has_no_interval():
    assert bootstrap(mean_of([1.0, 0.0]), ["a", "a"]).value == 0.5
    assert np.isnan(bootstrap(mean_of([1.0, 0.0]), ["a", "a"]).low)
    assert np.isnan(bootstrap(mean_of([]), []).value)


@settings(deadline=None, max_examples=trials(40))
@given(st.data())
def test_macro_f1_equals_scikit_learn(data):
    from sklearn.metrics import f1_score

    true = data.draw(names)
    said = data.draw(st.lists(st.sampled_from("abcd"), min_size=len(true), max_size=len(true)))
    weights = np.array(
        data.draw(st.lists(st.integers(0, 3), min_size=len(true), max_size=len(true)).filter(lambda row: sum(row) > 0)),
        float,
    )
    drawn = np.repeat(np.arange(len(true)), weights.astype(int))
    ours = macro_f1_of(true, said)(weights[None])[0]
    theirs = f1_score(np.array(true)[drawn], np.array(said)[drawn], average="macro", zero_division=0)
    assert ours == pytest.approx(theirs)


def test_macro_mean_by_hand():
    statistic = macro_mean_of([1.0, 0.0, 1.0, 1.0], ["a", "a", "b", "c"])
    assert statistic(np.ones((1, 4)))[0] == pytest.approx((0.5 + 1 + 1) / 3)
    # A class that was not drawn is left out, not counted as 0.
    assert statistic(np.array([[1.0, 1.0, 2.0, 0.0]]))[0] == pytest.approx((0.5 + 1) / 2)


def test_halves_hold_half_of_the_groups_once():
    groups = ["x", "y", "x", "z", "y", "w"]
    weights = draw_halves(groups, np.random.default_rng(0), 200)
    assert set(np.unique(weights)) == {0, 1}
    assert (weights[:, 0] == weights[:, 2]).all() and (weights[:, 1] == weights[:, 4]).all()
    assert (weights[:, [0, 1, 3, 5]].sum(axis=1) == 2).all()
    assert weights.mean(axis=0) == pytest.approx(np.full(6, 0.5), abs=0.1)


def test_halves_give_the_interval_of_a_mean_too():
    values = np.random.default_rng(4).normal(size=300)
    groups = [str(i) for i in range(300)]
    whole, half = bootstrap(mean_of(values), groups), bootstrap(mean_of(values), groups, halves=True)
    assert half.value == whole.value
    assert half.high - half.low == pytest.approx(whole.high - whole.low, rel=0.1)


def test_halves_are_centred_on_the_value():
    # A statistic that grows with the sample: halves see half of it, the interval must still hold the value.
    values = np.random.default_rng(5).uniform(1, 2, 100)
    figure = bootstrap(lambda weights: weights @ values, [str(i) for i in range(100)], halves=True)
    assert figure.low < figure.value < figure.high


def test_scores_of_a_class_equal_scikit_learn():
    from sklearn.metrics import f1_score, precision_score, recall_score

    rng = np.random.default_rng(0)
    true, said = (rng.choice(list("abc"), 60).tolist() for _ in range(2))
    weights = rng.integers(0, 3, 60).astype(float)
    scores = class_scores_of(true, said, "b")
    for name, reference in (("F1", f1_score), ("precision", precision_score), ("recall", recall_score)):
        expected = reference(true, said, labels=["b"], average=None, sample_weight=weights)[0]
        assert scores[name](weights[None])[0] == pytest.approx(expected)
    assert all(np.isnan(one(np.ones((1, 60)))[0]) for one in class_scores_of(true, said, "z").values())
