"""The ensemble: shares are shares, weights are fitted to what was true, and no track is predicted from its own tag."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from laws import trials
from numpy.testing import assert_allclose
from voting_library import library

from musicemb.core.genres.ensemble import fit_ensemble
from musicemb.core.genres.predictions import CLUSTER, HEAD, NEIGHBOURS
from musicemb.core.genres.voters import (
    GenreEvidence,
)
from musicemb.records import NOISE
from musicemb.settings import SHIPPED_POOL, GuessSettings

SETTINGS = GuessSettings()


@settings(deadline=None, max_examples=trials(30))
@given(
    st.lists(st.sampled_from(["", "jazz", "rock", "folk"]), min_size=1, max_size=30),
    st.integers(0, 5),
    st.sampled_from([NOISE, 3]),
)
def test_probabilities_are_probabilities_whatever_the_library(genres: list[str], artists: int, cluster: int) -> None:
    asked = library(genres, artists=[row % (artists + 1) for row in range(len(genres))], clusters=cluster)
    ensemble = fit_ensemble(asked, SETTINGS)
    predictions = ensemble.predict(np.arange(len(genres)))
    for name in (NEIGHBOURS, CLUSTER):
        assert_allclose(predictions.shares[name].sum(axis=1), 1)
    found = ensemble.combine(predictions)
    assert (found >= 0).all()
    assert_allclose(found.sum(axis=1), 1)
    assert found.shape == (len(genres), len(set(genres) - {""}) + 1)


def test_who_knows_too_little_is_silent() -> None:
    few = library(["jazz"] * 4, clusters=2)
    ensemble = fit_ensemble(few, SETTINGS)
    predictions = ensemble.predict(np.arange(4))
    assert not any(predictions.available[name].any() for name in (NEIGHBOURS, HEAD, CLUSTER))
    assert_allclose(ensemble.combine(predictions)[:, -1], 1)
    assert ensemble.weights == dict(SHIPPED_POOL)


def test_confidence_comes_true_on_artists_that_were_never_tagged() -> None:
    """A library whose sound says only so much: what is claimed must be what is right."""
    rng = np.random.default_rng(5)
    truth = rng.integers(0, 3, 2500)
    vectors = (rng.normal(0, 1.0, (2500, 8)) + 1.2 * np.eye(8)[truth]).astype(np.float32)
    hidden = rng.random(2500) < 0.4
    genres = tuple(() if hide else (("folk", "jazz", "rock")[t],) for t, hide in zip(truth, hidden, strict=True))
    asked = GenreEvidence(vectors, genres, np.arange(2500), np.full(2500, NOISE, dtype=np.int64))
    rows = np.flatnonzero(hidden)
    ensemble = fit_ensemble(asked, SETTINGS)
    found = ensemble.combine(ensemble.predict(rows))[:, :3]
    sure, right = found.max(axis=1), found.argmax(axis=1) == truth[rows]
    assert abs(sure.mean() - right.mean()) < 0.04
    assert right[sure > np.median(sure)].mean() > right[sure <= np.median(sure)].mean()


def test_words_of_one_family_do_not_take_votes_from_each_other() -> None:
    """Rock under four names, chosen by chance for each artist, is as sure as rock under one."""
    rng = np.random.default_rng(7)
    plain = library(["rock", "jazz", "classical"] * 60)
    names = ("rock", "alternative", "indie", "hard rock")
    split = tuple((names[int(rng.integers(4))],) if words == ("rock",) else words for words in plain.genres)
    worth = []
    for genres in (plain.genres, split):
        ensemble = fit_ensemble(replace(plain, genres=genres), SETTINGS)
        told = ensemble.tree.roll_up(ensemble.combine(ensemble.predict(np.arange(180))))
        worth.append(told[:, ensemble.tree.nodes.index("rock")])
    assert_allclose(worth[0], worth[1], atol=0.02)
    assert worth[1][::3].min() > 0.8
