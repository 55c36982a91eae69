"""Who belongs together, and what company does to a guess: it settles a doubt, and never speaks where there is none."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from laws import trials
from numpy.testing import assert_allclose

from musicemb.core.genres.company import ELSEWHERE, MOST, Fellows, agree, fit_company, hear_company
from musicemb.core.genres.families import build_tree

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
    found = Fellows(artists, albums).company(rows)
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
    company = Fellows(np.array(artists), np.array(artists)).company(rows)
    known = np.ones(len(shares), dtype=bool) if able is None else np.array(able)
    evidence, accompanied = hear_company(company, rows, np.stack([shares, shares], axis=2), known, TREE, FLOOR)
    return agree(evidence, shares, accompanied, TREE, WEIGHTS)


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
    company = Fellows(artists, artists).company(np.arange(900))
    known = np.ones(900, dtype=bool)
    tree = build_tree(["jazz", "rap", "techno"])
    evidence, there = hear_company(company, np.arange(900), np.stack([shares, shares], axis=2), known, tree, FLOOR)
    together, alone = fit_company(evidence[0], truths, known, there, (WEIGHTS, (1.0, 0.0, 0.0)), 5.0)
    assert together[1] < 0.2 < together[0]
    assert alone == (1.0, 0.0, 0.0)
