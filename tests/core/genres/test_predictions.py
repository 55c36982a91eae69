"""What each predictor says, and how the doubt of those that have only tags is filled by the head."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from laws import trials
from numpy.testing import assert_allclose
from voting_library import library

from musicemb.core.genres.predictions import (
    CLUSTER,
    HEAD,
    NEIGHBOURS,
    Predictions,
    back_off,
    leading_predictors,
    predict_each,
)
from musicemb.core.genres.voters import Votes, label_distribution
from musicemb.settings import SHIPPED_POOL, GuessSettings

SETTINGS = GuessSettings()


def test_the_doubt_of_the_neighbours_is_the_heads_to_fill() -> None:
    plain = library(["jazz", "rock"] * 10)
    told = np.tile(np.array([[0.75, 0.25]], np.float32), (20, 1))
    asked = replace(plain, head=told, labels=("jazz", "rock"))
    shares = label_distribution(asked.genres, asked.candidates)
    table = np.eye(2, 3)[None]
    found = predict_each(asked, np.arange(20), shares, table, None, SETTINGS)
    near = found.shares[NEIGHBOURS]
    assert_allclose(found.shares[HEAD], np.tile([[0.75, 0.25, 0.0]], (20, 1)))
    both = back_off(found, (NEIGHBOURS, HEAD, CLUSTER), np.arange(20))
    doubt = near[:, -1:]
    assert (doubt > 0).all()
    assert_allclose(both[:, :, 0], np.concatenate([near[:, :2] + doubt * [[0.75, 0.25]], 0 * doubt], axis=1))
    assert_allclose(both[:, :, 1], found.shares[HEAD])
    assert np.isnan(both[:, :, 2]).all()  # there is no cluster
    assert_allclose(back_off(found, (NEIGHBOURS,), np.arange(20))[:, :, 0], near)


def test_a_translation_per_fold_serves_that_fold_only() -> None:
    plain = library(["jazz", "rock"] * 10)
    asked = replace(plain, head=np.tile(np.array([[1.0, 0.0]], np.float32), (20, 1)), labels=("jazz", "rock"))
    shares = label_distribution(asked.genres, asked.candidates)
    tables = np.stack([np.eye(2, 3), np.eye(2, 3)[::-1]])
    found = predict_each(asked, np.arange(20), shares, tables, np.arange(20) % 2, SETTINGS)
    assert_allclose(found.shares[HEAD][::2], [[1, 0, 0]] * 10)
    assert_allclose(found.shares[HEAD][1::2], [[0, 1, 0]] * 10)


@settings(deadline=None, max_examples=trials(60))
@given(st.integers(0, 10**6), st.integers(1, 12), st.integers(1, 5))
def test_who_leads_is_told_of_all_tracks_as_of_one(seed: int, n: int, genres: int) -> None:
    generator = np.random.default_rng(seed)
    names = (NEIGHBOURS, CLUSTER, HEAD)
    shares = {name: generator.dirichlet(np.full(genres + 1, 0.4), n) for name in names}
    available = {name: generator.random(n) < 0.6 for name in names}
    nobody = Votes(np.zeros((n, 0), np.int64), np.zeros((n, 0), np.float32), np.zeros((n, 0)), available[NEIGHBOURS])
    places = np.flatnonzero(available[NEIGHBOURS] | available[HEAD])
    inside = (generator.random((len(places), genres)) < 0.5).astype(float)
    found = leading_predictors(Predictions(shares, available, nobody), places, inside, SHIPPED_POOL, 0.01)
    assert len(found) == len(places)
    for place, within, told in zip(places.tolist(), inside, found, strict=True):
        if not available[NEIGHBOURS][place]:
            assert told == HEAD  # the cluster only counts beside neighbours
            continue
        asked = next(one for one in SHIPPED_POOL if (HEAD in one) == available[HEAD][place])
        worth = {}
        for name, weight in zip(asked, SHIPPED_POOL[asked], strict=False):
            if available[name][place]:
                each = shares[name][place]
                worth[name] = weight * (np.log((each[:-1] * within).sum() + 0.01) - np.log(each + 0.01).mean())
        assert worth[told] >= max(worth.values()) - 1e-9
