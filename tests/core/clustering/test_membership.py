"""Membership: which cluster a new track joins, and how typical a track is of its own."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from musicemb.core.clustering import membership
from musicemb.core.clustering.membership import (
    ClusterStatistics,
    find_typicality,
    join_clusters,
    join_in_cells,
    reach_clusters,
    usual_gaps,
    vote_for_clusters,
)
from musicemb.core.vectors.cells import divide
from musicemb.records import NOISE


def unit(rows: np.ndarray) -> np.ndarray:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def pair_of_groups(n: int = 40) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1], n // 2)
    return unit(np.eye(4)[labels] + 0.05 * rng.normal(size=(n, 4))), labels


def test_newcomers_join_the_cluster_around_them_or_none() -> None:
    known, labels = pair_of_groups()
    newcomers = unit(np.array([[1, 0.02, 0, 0], [0, 1, 0.02, 0], [0, 0, 1, 0], [np.nan] * 4]))
    joined, strengths, near = join_clusters(newcomers, known, labels, np.ones(40))
    # One that lies apart still has its five nearest in one cluster; core.clusters would call it noise.
    assert joined[:2].tolist() == [0, 1]
    assert joined[3] == NOISE
    assert near[3] == NOISE
    assert strengths[:2].tolist() == [1, 1]
    among_noise, weak, reached = join_clusters(
        newcomers[:1], known, np.where(np.arange(40) < 38, NOISE, 1), np.ones(40)
    )
    assert among_noise.tolist() == [NOISE]
    assert reached.tolist() == [1]
    assert 0 < weak[0] < 1


@pytest.mark.parametrize("known", [0, 1, 3])
def test_joining_among_few_or_none(known: int) -> None:
    rows = unit(np.eye(4)[:2] + 0.1)
    labels = np.zeros(known, dtype=np.int64)
    joined, strengths, near = join_clusters(rows, np.repeat(rows[:1], known, axis=0), labels, np.ones(known))
    assert joined.shape == strengths.shape == near.shape == (2,)
    assert (joined == (0 if known else NOISE)).all()


def test_reach_is_nearer_for_what_is_nearer() -> None:
    rows, labels = pair_of_groups()
    strays = unit(np.array([[1, 0.2, 0, 0], [1, 0.5, 0, 0], [1, 0.9, 0, 0]]))
    everyone, homes = np.concatenate([rows, strays]), np.concatenate([labels, [NOISE] * 3])
    near, strengths = reach_clusters(everyone, homes, np.arange(40, 43))
    assert near.tolist() == [0, 0, 0]
    assert strengths[0] > strengths[1] > strengths[2] > 0


def test_no_cluster_no_reach() -> None:
    near, strengths = reach_clusters(np.eye(4), np.full(4, NOISE), np.arange(4))
    assert near.tolist() == [NOISE] * 4
    assert not strengths.any()
    assert_array_equal(find_typicality(np.eye(4), np.full(4, NOISE), np.zeros(4), np.full(4, NOISE)), np.zeros(4))


@pytest.mark.parametrize("few", [0, 100])
def test_in_known_cells_newcomers_join_as_they_do_without(few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(membership, "FEW_QUERIES", few)
    random = np.random.default_rng(5)
    labels = random.integers(-1, 3, 300)
    labels[:3] = [0, 1, 2]
    points = unit(np.where(labels[:, None] >= 0, np.eye(6)[labels], 0) + 0.3 * random.normal(size=(300, 6)))
    strengths = random.random(300).astype(np.float32)
    known = np.arange(300) < 280
    known[100:110] = False  # nobody asks about these
    newcomers = np.arange(280, 300)
    expected = join_clusters(points[newcomers], points[known], labels[known], strengths[known])
    ground = ClusterStatistics(
        divide(points[:290]).and_of(points[290:]), usual_gaps(points, np.where(known, labels, NOISE))
    )
    homes = np.where(known, labels, NOISE)
    joined, sure, near = join_in_cells(points, newcomers, known, homes, strengths, ground)
    assert joined.tolist() == expected[0].tolist() and near.tolist() == expected[2].tolist()
    assert sure[joined != NOISE] == pytest.approx(expected[1][joined != NOISE], abs=1e-5)
    # What is usual in a group was asked of the tracks that were there, not of the newcomers too.
    assert sure[joined == NOISE] == pytest.approx(expected[1][joined == NOISE], rel=0.2)
    assert (joined == NOISE).any() and (joined != NOISE).any()


def test_votes_are_counted_as_one_by_one() -> None:
    rng = np.random.default_rng(3)
    known, newcomers = unit(rng.normal(size=(60, 3))), unit(rng.normal(size=(200, 3)))
    labels, strengths = rng.integers(NOISE, 3, 60), rng.uniform(size=60).astype(np.float32)
    joined, sure = vote_for_clusters(newcomers, known, labels, strengths)
    assert {NOISE, 0, 1, 2} == set(joined.tolist())
    for row, newcomer in enumerate(newcomers):
        voters = np.argsort(-np.round(known @ newcomer, 6), kind="stable")[:5]
        most = [one for one in range(3) if (labels[voters] == one).sum() >= 3]
        assert joined[row] == (most[0] if most else NOISE)
        mine = strengths[voters][labels[voters] == joined[row]] if most else np.zeros(1)
        assert sure[row] == pytest.approx(mine.mean(), abs=1e-6)


def test_votes_of_nobody_are_for_none() -> None:
    joined, sure = vote_for_clusters(np.eye(3), np.zeros((0, 3)), np.zeros(0, dtype=np.int64), np.zeros(0))
    assert joined.tolist() == [NOISE] * 3
    assert sure.tolist() == [0.0] * 3
