"""Who has a say on a track's genre, and how much: its neighbours, its cluster and the genre head."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.testing import assert_allclose
from voting_library import library

from musicemb.core.genres.voters import (
    GenreEvidence,
    align_head_labels,
    find_votes,
    knn_distribution,
    label_distribution,
)
from musicemb.core.vectors.cells import divide
from musicemb.core.vectors.neighbours import unit_rows
from musicemb.settings import GuessSettings

SETTINGS = GuessSettings()


def shares_of(asked: GenreEvidence, row: int) -> dict[str, float]:
    votes = find_votes(asked, np.array([row]), SETTINGS)
    names = asked.candidates
    found = knn_distribution(votes, label_distribution(asked.genres, names), SETTINGS)[0]
    return dict(zip(names, found.tolist(), strict=False))


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
    rows = np.arange(12)
    votes = find_votes(tracks, rows, SETTINGS)
    assert not (votes.rows == rows[:, None]).any()
    apart = find_votes(tracks, rows, SETTINGS, exclude_artist=True)
    who = np.where(apart.rows >= 0, tracks.artists[apart.rows], -1)
    assert not (who == tracks.artists[:, None]).any()


def test_the_head_is_translated_into_the_listeners_words() -> None:
    rng = np.random.default_rng(1)
    said = rng.dirichlet([0.3, 0.3], 400)  # "electronic", "jazz"
    label = np.array([rng.choice(2, p=row) for row in said])
    truths = np.eye(4)[np.where(label == 0, 2, 1)]  # the listener says "techno" where the head says "electronic"
    same = np.array([[1.0, 0, 0, 0], [0, 1.0, 0, 0]])  # candidates: electronic, jazz, techno, another
    table = align_head_labels(said, truths, same, SETTINGS)
    assert_allclose(table.sum(axis=1), 1)
    assert table[0, 2] > 0.8
    assert table[1, 1] > 0.9
    untagged = align_head_labels(said[:0], truths[:0], same, SETTINGS)
    assert_allclose(untagged, same)


def test_voters_are_found_in_cells_as_among_all() -> None:
    random = np.random.default_rng(1)
    vectors, _ = unit_rows(random.normal(size=(300, 8)))
    genres = tuple(("rock",) if one % 3 else () for one in range(300))
    plain = GenreEvidence(vectors, genres, np.arange(300) % 40, np.zeros(300, dtype=np.int64))
    asked = np.arange(0, 300, 7)
    found = find_votes(replace(plain, cells=divide(vectors)), asked, GuessSettings())
    expected = find_votes(plain, asked, GuessSettings())
    assert np.array_equal(found.rows, expected.rows) and np.array_equal(found.available, expected.available)
    assert_allclose(found.weights, expected.weights, rtol=1e-5)
    assert not (found.rows == asked[:, None]).any()
