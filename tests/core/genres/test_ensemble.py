"""The panel: shares are shares, weights are fitted to what was true, and nobody testifies for himself."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from musicemb.core.genres.ensemble import CLUSTER, HEAD, NEIGHBOURS, seat_panel
from musicemb.core.genres.opinion_pool import choose_genres, fit_pool
from musicemb.core.genres.voters import (
    Witnessed,
    count_cluster,
    count_neighbours,
    find_votes,
    share_out,
    translate_head,
)
from musicemb.records import NOISE
from musicemb.settings import SHIPPED_POOL, GuessSettings

SETTINGS = GuessSettings()


def library(genres: list[str], *, artists: list[int] | None = None, clusters: int = NOISE, seed: int = 0) -> Witnessed:
    """Tracks whose genre pulls their vector; "" is untagged."""
    rng = np.random.default_rng(seed)
    names = sorted(set(genres) - {""})
    vectors = rng.normal(0, 0.15, (len(genres), 16)).astype(np.float32)
    for row, genre in enumerate(genres):
        vectors[row, names.index(genre) if genre else 0] += 1
    return Witnessed(
        vectors,
        tuple((genre,) if genre else () for genre in genres),
        np.arange(len(genres)) if artists is None else np.array(artists, dtype=np.int64),
        np.full(len(genres), clusters, dtype=np.int64),
    )


def shares_of(asked: Witnessed, row: int) -> dict[str, float]:
    votes = find_votes(asked, np.array([row]), SETTINGS)
    names = asked.candidates
    found = count_neighbours(votes, share_out(asked.genres, names), SETTINGS)[0]
    return dict(zip(names, found.tolist(), strict=False))


@settings(deadline=None, max_examples=30)
@given(
    st.lists(st.sampled_from(["", "jazz", "rock", "folk"]), min_size=1, max_size=30),
    st.integers(0, 5),
    st.sampled_from([NOISE, 3]),
)
def test_probabilities_are_probabilities_whatever_the_library(genres: list[str], artists: int, cluster: int) -> None:
    asked = library(genres, artists=[row % (artists + 1) for row in range(len(genres))], clusters=cluster)
    panel = seat_panel(asked, SETTINGS)
    testimony = panel.hear(np.arange(len(genres)))
    for name in (NEIGHBOURS, CLUSTER):
        assert_allclose(testimony.shares[name].sum(axis=1), 1)
    found = panel.combine(testimony)
    assert (found >= 0).all()
    assert_allclose(found.sum(axis=1), 1)
    assert found.shape == (len(genres), len(set(genres) - {""}) + 1)


def test_nearer_neighbours_weigh_more_and_one_artist_does_not_outvote_several() -> None:
    tracks = library(["", *["jazz"] * 4, *["rock"] * 8], artists=[0, 1, 2, 3, 4, *[5] * 8])
    vectors = np.tile(np.eye(16, dtype=np.float32)[0], (13, 1))
    level = shares_of(replace(tracks, vectors=vectors), 0)
    assert level["jazz"] > level["rock"]  # four artists against one
    assert_allclose(level["jazz"] / level["rock"], 4 / 8**0.5, rtol=1e-5)
    far = vectors.copy()
    far[1:5, 1] = 2
    away = shares_of(replace(tracks, vectors=far), 0)
    assert away["jazz"] < away["rock"]


def test_a_track_has_no_vote_on_itself_nor_its_artist_where_they_are_tried_apart() -> None:
    tracks = library(["jazz"] * 6 + ["rock"] * 6, artists=[0] * 6 + list(range(1, 7)), clusters=1)
    wishes = share_out(tracks.genres, tracks.candidates)
    rows = np.arange(12)
    votes = find_votes(tracks, rows, SETTINGS)
    assert not (votes.rows == rows[:, None]).any()
    apart = find_votes(tracks, rows, SETTINGS, apart=True)
    who = np.where(apart.rows >= 0, tracks.artists[apart.rows], -1)
    assert not (who == tracks.artists[:, None]).any()
    shares, speaks = count_cluster(tracks, rows, wishes, SETTINGS, apart=True)
    assert shares[0, 0] == 0  # all jazz is by its artist
    assert speaks.all()
    own, _ = count_cluster(tracks, rows, wishes, SETTINGS)
    assert_allclose(own[0, :2] / own[0, :2].sum(), np.array([5**0.5, 6]) / (5**0.5 + 6))


def test_who_knows_too_little_is_silent() -> None:
    few = library(["jazz"] * 4, clusters=2)
    panel = seat_panel(few, SETTINGS)
    testimony = panel.hear(np.arange(4))
    assert not any(testimony.speaks[name].any() for name in (NEIGHBOURS, HEAD, CLUSTER))
    assert_allclose(panel.combine(testimony)[:, -1], 1)
    assert panel.weights == dict(SHIPPED_POOL)


def test_weights_follow_the_witness_that_is_right() -> None:
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


def test_confidence_comes_true_on_artists_that_were_never_tagged() -> None:
    """A library whose sound says only so much: what is claimed must be what is right."""
    rng = np.random.default_rng(5)
    truth = rng.integers(0, 3, 2500)
    vectors = (rng.normal(0, 1.0, (2500, 8)) + 1.2 * np.eye(8)[truth]).astype(np.float32)
    hidden = rng.random(2500) < 0.4
    genres = tuple(() if hide else (("folk", "jazz", "rock")[t],) for t, hide in zip(truth, hidden, strict=True))
    asked = Witnessed(vectors, genres, np.arange(2500), np.full(2500, NOISE, dtype=np.int64))
    rows = np.flatnonzero(hidden)
    panel = seat_panel(asked, SETTINGS)
    found = panel.combine(panel.hear(rows))[:, :3]
    sure, right = found.max(axis=1), found.argmax(axis=1) == truth[rows]
    assert abs(sure.mean() - right.mean()) < 0.04
    assert right[sure > np.median(sure)].mean() > right[sure <= np.median(sure)].mean()


def test_the_head_is_translated_into_the_listeners_words() -> None:
    rng = np.random.default_rng(1)
    said = rng.dirichlet([0.3, 0.3], 400)  # "electronic", "jazz"
    label = np.array([rng.choice(2, p=row) for row in said])
    truths = np.eye(4)[np.where(label == 0, 2, 1)]  # the listener says "techno" where the head says "electronic"
    same = np.array([[1.0, 0, 0, 0], [0, 1.0, 0, 0]])  # candidates: electronic, jazz, techno, another
    table = translate_head(said, truths, same, SETTINGS)
    assert_allclose(table.sum(axis=1), 1)
    assert table[0, 2] > 0.8
    assert table[1, 1] > 0.9
    untagged = translate_head(said[:0], truths[:0], same, SETTINGS)
    assert_allclose(untagged, same)


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
