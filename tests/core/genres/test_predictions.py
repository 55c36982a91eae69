"""What each predictor says, and how the doubt of those that have only tags is filled by the head."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.testing import assert_allclose
from voting_library import library

from musicemb.core.genres.predictions import CLUSTER, HEAD, NEIGHBOURS, back_off, predict_each
from musicemb.core.genres.voters import label_distribution
from musicemb.settings import GuessSettings

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
