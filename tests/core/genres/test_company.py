"""Who belongs together, and what company does to a guess: it settles a doubt, and never speaks where there is none."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from laws import trials
from numpy.testing import assert_allclose

from musicemb.core.genres.company import (
    ELSEWHERE,
    MOST,
    ArtistIndex,
    CompanyWeights,
    add_company,
    calibrate_families,
    company_evidence,
    fit_company,
)
from musicemb.core.genres.families import build_tree
from musicemb.core.genres.opinion_pool import CERTAIN

TREE = build_tree(["bebop", "jazz", "techno"])
WEIGHTS = (0.65, 0.7, 0.0)
FLOOR = 0.01


@settings(deadline=None, max_examples=trials(60))
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(-1, 2)), max_size=50), st.data())
def test_company_is_the_artists_other_tracks_the_album_first(
    tracks: list[tuple[int, int]], data: st.DataObject
) -> None:
    artists = np.array([artist for artist, _ in tracks], dtype=np.int64)
    albums = np.array([-1 if album < 0 else 10 * artist + album for artist, album in tracks], dtype=np.int64)
    asked = data.draw(st.sets(st.integers(0, len(tracks) - 1))) if tracks else set()
    rows = np.array(sorted(asked), dtype=np.int64)
    found = ArtistIndex(artists, albums).company(rows)
    assert found.rows.shape == found.counts.shape == (len(rows), MOST)
    for row, members, counts in zip(rows.tolist(), found.rows.tolist(), found.counts.tolist(), strict=True):
        here = [one for one in members if one >= 0]
        others = [
            one
            for one in range(len(tracks))
            if one != row and albums[one] >= 0 <= albums[row] and artists[one] == artists[row]
        ]
        assert len(here) == len(set(here)) == min(MOST, len(others))
        assert set(here) <= set(others)
        mates = [one for one in others if albums[one] == albums[row]]
        assert sum(albums[one] == albums[row] for one in here) == min(MOST, len(mates))
        wanted = [0.0 if one < 0 else 1.0 if albums[one] == albums[row] else ELSEWHERE for one in members]
        assert counts == wanted


def heard(shares: np.ndarray, artists: list[int], *, able: list[bool] | None = None) -> np.ndarray:
    rows = np.arange(len(shares))
    company = ArtistIndex(np.array(artists), np.array(artists)).company(rows)
    known = np.ones(len(shares), dtype=bool) if able is None else np.array(able)
    evidence, accompanied = company_evidence(company, rows, np.stack([shares, shares], axis=2), known, TREE, FLOOR)
    return add_company(evidence, shares, accompanied, TREE, CompanyWeights(WEIGHTS))


def test_an_album_that_agrees_settles_a_doubt() -> None:
    shares = np.array([[0.3, 0.1, 0.4, 0.2]] + [[0.6, 0.2, 0.1, 0.1]] * 5)
    found = heard(shares, [0] * 6)
    assert_allclose(found.sum(axis=1), 1)
    jazz = TREE.roll_up(found)[:, TREE.nodes.index("jazz")]
    assert TREE.roll_up(shares)[0, TREE.nodes.index("jazz")] < 0.5
    assert jazz[0] > 0.7
    assert jazz[1:].min() > 0.9


def test_more_company_is_surer_but_not_without_end() -> None:
    sure = []
    for count in (1, 2, 5, 12, 13, 40):
        shares = np.array([[0.05, 0.25, 0.6, 0.1]] * (count + 1))
        sure.append(heard(shares, [0] * (count + 1))[0, 2])
    assert sure[:4] == sorted(sure[:4])
    assert sure[0] < sure[1] < sure[2] < sure[3]
    assert_allclose(sure[3:], sure[3])


def test_within_a_family_company_agrees_on_a_word_without_becoming_surer_of_it() -> None:
    """What an artist's tracks are taken for, rock or pop, they are mostly taken for by one and the same mistake."""
    found = heard(np.array([[0.6, 0.3, 0.05, 0.05]] * 8), [0] * 8)
    assert_allclose(found[:, 0] / found[:, :2].sum(axis=1), 2 / 3, atol=0.01)


def test_strangers_and_tracks_of_which_nothing_is_known_change_nothing() -> None:
    shares = np.array([[0.3, 0.1, 0.4, 0.2], [0.9, 0.05, 0.02, 0.03], [0.9, 0.05, 0.02, 0.03]])
    assert_allclose(heard(shares, [0, 1, 2]), shares)
    silent = heard(shares, [0, 0, 1], able=[True, False, True])
    assert_allclose(silent[0], shares[0])


def test_company_that_proves_nothing_loses_its_weight() -> None:
    """Artists whose tracks are of all kinds: what the others are says nothing."""
    random = np.random.default_rng(3)
    truth = random.integers(3, size=900)
    shares = np.full((900, 4), 0.05) + 0.35 * np.eye(4)[truth]
    shares[:, :3] += random.dirichlet([1, 1, 1], 900) * (1 - shares.sum(axis=1, keepdims=True))
    truths = np.eye(4)[truth]
    artists = np.arange(900) // 6
    company = ArtistIndex(artists, artists).company(np.arange(900))
    known = np.ones(900, dtype=bool)
    tree = build_tree(["jazz", "rap", "techno"])
    evidence, there = company_evidence(company, np.arange(900), np.stack([shares, shares], axis=2), known, tree, FLOOR)
    shipped = (WEIGHTS, (1.0, 0.0, 0.0))
    (together, alone), certainty = fit_company(evidence[0], truths, known, there, artists % 5, shipped, 5.0)
    assert together.weights[1] < 0.2 < together.weights[0]
    assert alone == CompanyWeights((1.0, 0.0, 0.0), (0.0,) * 4)
    taken = calibrate_families(add_company(evidence, shares, there, tree, together), tree, certainty)
    assert abs(taken[:, :3].max(axis=1).mean() - np.mean(taken[:, :3].argmax(axis=1) == truth)) < 0.02


def test_what_is_believed_too_often_is_taken_back_and_a_confidence_is_worth_what_comes_true() -> None:
    """Three witnesses who each know that techno is common count it three times; artists are not of the same mind."""
    random = np.random.default_rng(4)
    truth = random.choice(3, p=[0.1, 0.2, 0.7], size=4500)
    rates = np.log(np.array([0.1, 0.2, 0.7, 0.001]))
    said = 3 * rates + 2.0 * np.eye(4)[truth] + random.normal(0, 1.0, (4500, 4))
    shares = np.exp(said - said.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    artists, known = np.arange(4500), np.ones(4500, dtype=bool)
    tree = build_tree(["jazz", "rap", "techno"])
    company = ArtistIndex(artists, artists).company(artists)
    evidence, there = company_evidence(company, artists, np.stack([shares, shares], axis=2), known, tree, FLOOR)
    fitted = slice(0, 3000)
    shipped = (WEIGHTS, (1.0, 0.0, 0.0))
    (_, alone), certainty = fit_company(
        evidence[0][fitted], np.eye(4)[truth[fitted]], known[fitted], there[fitted], artists[fitted] % 5, shipped, 5.0
    )
    assert alone.leanings[2] < alone.leanings[1] < alone.leanings[0]
    found = calibrate_families(add_company(evidence, shares, ~there, tree, alone), tree, certainty)[3000:]
    before, after = shares[3000:].mean(axis=0), found.mean(axis=0)
    rate = np.mean(truth[3000:] == 2)
    assert before[2] - rate > 0.1
    assert abs(after[2] - rate) < (before[2] - rate) / 2
    assert np.mean(found.argmax(axis=1) == truth[3000:]) > np.mean(shares[3000:].argmax(axis=1) == truth[3000:])


@settings(deadline=None, max_examples=trials(60))
@given(st.integers(0, 1000), st.floats(0.1, 4), st.floats(-3, 3))
def test_certainty_keeps_every_order_and_every_sum(seed: int, factor: float, shift: float) -> None:
    shares = np.random.default_rng(seed).dirichlet([0.3] * 4, 20)
    found = calibrate_families(shares, TREE, (factor, shift))
    assert_allclose(found.sum(axis=1), 1)
    assert (found >= 0).all()
    nodes, before = TREE.roll_up(found), TREE.roll_up(shares)
    tops = TREE.branches[0]
    for after, was in zip(nodes[:, tops], before[:, tops], strict=True):
        assert (np.argsort(-after, kind="stable")[0] == np.argsort(-was, kind="stable")[0]) or np.ptp(was) < 1e-9
    inner = [TREE.nodes.index(genre) for genre in ("bebop", "jazz")]
    held = before[:, inner[1]] > 1e-9
    part = nodes[held][:, inner[0]] / nodes[held][:, inner[1]]
    assert_allclose(part, before[held][:, inner[0]] / before[held][:, inner[1]], atol=1e-6)
    assert calibrate_families(shares, TREE, CERTAIN) is shares
