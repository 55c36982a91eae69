"""Losses against plain numpy, and their masks."""

from __future__ import annotations

import numpy as np
import pytest

from musicemb.encoder.training import losses

pytestmark = pytest.mark.keras

RNG = np.random.default_rng(5)
TRACKS = np.array([0, 0, 1, 1, 2, 2, 3, 3])
ARTISTS = np.array([0, 0, 0, 0, 1, 1, -1, -1])


def unit(n: int = 8, d: int = 6) -> np.ndarray:
    vectors = RNG.normal(size=(n, d)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def test_masks_leave_out_the_same_artist() -> None:
    neighbours, distants = (np.asarray(mask) for mask in losses.pair_masks(TRACKS, ARTISTS))
    assert neighbours.sum() == 8
    assert not distants[0, 2]  # another track of the same artist
    assert distants[0, 4]
    assert distants[6, 0]
    assert not distants.diagonal().any()


def test_unknown_artists_are_not_one_artist() -> None:
    _, distants = losses.pair_masks(np.array([0, 1]), np.array([-1, -1]))
    assert np.asarray(distants)[0, 1]


def test_nt_xent_is_what_the_paper_says() -> None:
    vectors = unit()
    neighbours, distants = (np.asarray(mask) for mask in losses.pair_masks(TRACKS, ARTISTS))
    e = np.exp(vectors @ vectors.T / 0.1)
    expected = [
        -np.log(e[i, j] / (e[i, j] + e[i][distants[i]].sum())) for i, j in zip(*np.nonzero(neighbours), strict=True)
    ]
    assert float(losses.nt_xent(vectors, TRACKS, ARTISTS, 0.1)) == pytest.approx(np.mean(expected), rel=1e-4)


def test_semi_hard_takes_the_nearest_beyond_the_neighbour() -> None:
    vectors = unit()
    neighbours, distants = (np.asarray(mask) for mask in losses.pair_masks(TRACKS, ARTISTS))
    distance = 2 - 2 * vectors @ vectors.T
    expected = []
    for i, j in zip(*np.nonzero(neighbours), strict=True):
        far = distance[i][distants[i]]
        beyond = far[far > distance[i, j]]
        chosen = beyond.min() if len(beyond) else far.max()
        expected.append(max(0.0, distance[i, j] - chosen + 0.5))
    found = losses.triplet_margin(vectors, TRACKS, ARTISTS, 0.5, semi_hard=True, draws=np.zeros(8, np.float32))
    assert float(found) == pytest.approx(np.mean(expected), rel=1e-4)


def test_random_distants_are_the_drawn_ones() -> None:
    vectors = unit()
    neighbours, distants = (np.asarray(mask) for mask in losses.pair_masks(TRACKS, ARTISTS))
    distance = 2 - 2 * vectors @ vectors.T
    draws = RNG.random(8).astype(np.float32)
    expected = []
    for i, j in zip(*np.nonzero(neighbours), strict=True):
        far = distance[i][distants[i]]
        expected.append(max(0.0, distance[i, j] - far[int(draws[i] * len(far))] + 1.0))
    found = losses.triplet_margin(vectors, TRACKS, ARTISTS, 1.0, semi_hard=False, draws=draws)
    assert float(found) == pytest.approx(np.mean(expected), rel=1e-4)


def test_perfect_neighbours_cost_nothing() -> None:
    vectors = np.repeat(np.eye(4, dtype=np.float32), 2, axis=0)
    alone = np.arange(4).repeat(2)
    assert float(losses.nt_xent(vectors, alone, alone, 0.05)) < 1e-6
    assert float(losses.triplet_margin(vectors, alone, alone, 1.0, semi_hard=True, draws=np.zeros(8, np.float32))) == 0


def test_label_losses_see_labelled_rows_only() -> None:
    vectors, labels = unit(), np.array([0, 0, 0, 0, 1, 1, -1, -1])
    before = float(losses.supervised_contrastive(vectors, TRACKS, labels, 0.1))
    vectors[6:] = unit(2)
    assert float(losses.supervised_contrastive(vectors, TRACKS, labels, 0.1)) == pytest.approx(before, rel=1e-5)
    none = np.full(8, -1)
    assert float(losses.supervised_contrastive(vectors, TRACKS, none, 0.1)) == 0
    logits, weights = RNG.normal(size=(8, 2)).astype(np.float32), np.ones(2, np.float32)
    told = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    whole = np.eye(3, dtype=np.float32)[labels, :2]
    assert float(losses.cross_entropy(logits, 0 * whole, weights)) == 0
    expected = -np.mean([np.log(told[i, labels[i]]) for i in range(6)])
    assert float(losses.cross_entropy(logits, whole, weights)) == pytest.approx(expected, rel=1e-5)


def test_cross_entropy_of_a_row_of_two_classes_is_least_where_both_are_said() -> None:
    shares, weights = np.array([[0.5, 0.5, 0.0]], np.float32), np.ones(3, np.float32)
    both, first, third = (
        float(losses.cross_entropy(np.array([row], np.float32), shares, weights))
        for row in ([9.0, 9.0, 0.0], [9.0, 0.0, 0.0], [0.0, 0.0, 9.0])
    )
    assert both == pytest.approx(np.log(2), abs=1e-3)
    assert both < first < third
    heavy = np.array([3.0, 1.0, 1.0], np.float32)  # a class that counts more pulls the mean towards it
    one = float(losses.cross_entropy(np.array([[9.0, 0.0, 0.0]], np.float32), shares, heavy))
    assert one < first


def test_the_report_counts_pairs_by_kind() -> None:
    vectors = np.repeat(np.eye(4, dtype=np.float32), 2, axis=0)
    alone = np.arange(4).repeat(2)
    neighbour, distant, active = (float(x) for x in losses.distance_report(vectors, alone, alone, 0.5))
    assert neighbour == pytest.approx(0, abs=1e-6)
    assert distant == pytest.approx(2, abs=1e-6)
    assert active == 0
