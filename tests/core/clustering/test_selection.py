"""Clusters: known groups are found again, and nothing that a library may hold breaks the search."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from clouds import blobs, unit
from hypothesis import given, settings
from hypothesis import strategies as st
from laws import trials
from numpy.testing import assert_allclose, assert_array_equal

from musicemb.core.clustering.hdbscan import settings_to_try
from musicemb.core.clustering.selection import ClusterResult, cluster_vectors, find_fault, most_clusters
from musicemb.records import NOISE, Integers
from musicemb.settings import ClusterSettings


def agreement(one: object, other: object) -> float:
    """Adjusted Rand index of two groupings."""
    from sklearn.metrics import adjusted_rand_score

    return float(adjusted_rand_score(one, other))


def check(result: ClusterResult, n: int) -> None:
    """What holds for every result."""
    for values in (result.labels, result.strengths, result.nearest, result.typicality):
        assert values.shape == (n,)
        assert np.isfinite(values).all()
    assert ((result.strengths >= 0) & (result.strengths <= 1)).all()
    assert ((result.typicality >= -1) & (result.typicality <= 1)).all()
    assert set(result.labels.tolist()) - {NOISE} == set(range(result.count))
    clustered = result.labels != NOISE
    assert_array_equal(result.nearest[clustered], result.labels[clustered])
    sizes = np.bincount(result.labels[clustered], minlength=result.count)
    assert (np.diff(sizes) <= 0).all()
    assert result.degenerate == find_fault(result.labels)


@pytest.mark.parametrize(("n", "groups"), [(30, 3), (100, 5), (1000, 10), (3000, 12)])
def test_groups_are_found_again(n: int, groups: int) -> None:
    rows, truth = blobs(n, groups)
    result = cluster_vectors(rows)
    check(result, n)
    assert result.count == groups
    assert agreement(truth, result.nearest) > 0.95
    assert not result.degenerate
    assert result.setting is not None
    assert result.setting.rounds == 0


@pytest.fixture(scope="module")
def shading() -> tuple[ClusterResult, Integers]:
    """Groups that shade into each other, and which point is of which."""
    rows, truth = blobs(1500, 8, spread=1.1, seed=1)
    return cluster_vectors(rows), truth


def test_groups_that_shade_into_each_other_are_told_apart_by_mean_shift(
    shading: tuple[ClusterResult, Integers],
) -> None:
    result, truth = shading
    check(result, 1500)
    assert not result.degenerate
    assert result.setting is not None
    assert result.setting.rounds > 0
    assert agreement(truth, result.nearest) > 0.5


def test_the_plain_setting_is_enough_where_its_result_is_fit(shading: tuple[ClusterResult, Integers]) -> None:
    plain = cluster_vectors(blobs(400, 5)[0])
    assert (plain.tried, plain.turned_down) == (1, "")
    parted, _ = shading
    assert parted.tried > 1
    assert "belong to no group" in parted.turned_down


def test_the_whole_of_a_larger_library_joins_a_part_that_its_content_chooses() -> None:
    rows, truth = blobs(900, 5)
    chosen = ClusterSettings(most_clustered=300)
    result = cluster_vectors(rows, chosen)
    check(result, 900)
    assert agreement(truth, result.nearest) > 0.95
    order = np.random.default_rng(3).permutation(900)
    assert_array_equal(cluster_vectors(rows[order], chosen).labels, result.labels[order])


def test_the_same_vectors_give_the_same_clusters() -> None:
    rows, _ = blobs(400, 7, spread=0.8)
    first, second = cluster_vectors(rows), cluster_vectors(rows.copy())
    assert_array_equal(first.labels, second.labels)
    assert_array_equal(first.strengths, second.strengths)


def test_the_order_of_the_vectors_changes_nothing() -> None:
    rows, _ = blobs(109, 5, spread=2.0)
    first = cluster_vectors(rows)
    assert 0 < first.noise_share < 1
    for seed in range(5):
        order = np.random.default_rng(seed).permutation(len(rows))
        other = cluster_vectors(rows[order])
        assert_array_equal(other.labels, first.labels[order])
        assert_allclose(other.strengths, first.strengths[order], atol=1e-5)


def test_noise_is_in_no_cluster_but_knows_the_nearest_one_and_how_near_it_is() -> None:
    rows, truth = blobs(300, 4, spread=0.2)
    centres = np.stack([rows[truth == group].mean(axis=0) for group in range(4)])
    # Further from every group than the groups are from each other, and on the side of the first.
    away = -centres.sum(axis=0)
    strays = unit(np.stack([away + 0.8 * centres[0], away + 0.3 * centres[0]]))
    result = cluster_vectors(np.concatenate([rows, strays]))
    check(result, 302)
    assert result.labels[300:].tolist() == [NOISE, NOISE]
    home = np.bincount(result.labels[:300][truth == 0]).argmax()
    assert result.nearest[300] == home
    assert 0 < result.strengths[301] < result.strengths[300] < 1


def test_the_middle_of_a_cluster_is_more_typical_than_its_rim() -> None:
    rows, truth = blobs(400, 4, spread=0.6)
    result = cluster_vectors(rows)
    inside = (result.labels == 0) & (truth == np.bincount(truth[result.labels == 0]).argmax())
    cosines = rows[inside] @ unit(rows[inside].mean(axis=0)[None])[0]
    assert np.corrcoef(cosines, result.typicality[inside])[0, 1] > 0.5


@pytest.mark.parametrize(
    "rows",
    [
        np.zeros((0, 8)),
        np.zeros((0, 0)),
        np.eye(8)[:1],
        np.eye(8)[:2],
        np.repeat(np.eye(8)[:1], 2, axis=0),
        np.repeat(np.eye(8)[:1], 200, axis=0),
        np.repeat(np.eye(8), 30, axis=0),
        np.full((40, 8), np.nan),
        np.zeros((40, 8)),
        np.ones((40, 1)),
        np.concatenate([np.repeat(np.eye(8)[:3], 20, axis=0), np.full((5, 8), np.inf)]),
    ],
    ids=["none", "nothing", "one", "two", "twins", "same", "copies", "nan", "zero", "flat", "some-inf"],
)
def test_odd_libraries(rows: np.ndarray, capfd: pytest.CaptureFixture[str]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check(cluster_vectors(rows.astype(np.float32)), len(rows))
    assert capfd.readouterr() == ("", "")


def test_copies_of_a_few_recordings_are_groups() -> None:
    result = cluster_vectors(np.repeat(np.eye(8, dtype=np.float32), 30, axis=0))
    assert result.count == 8
    assert result.noise_share == 0


def test_vectors_that_are_not_numbers_become_noise_and_disturb_nobody() -> None:
    rows, _ = blobs(200, 4)
    broken = np.concatenate([rows, np.full((20, 16), np.nan, np.float32)])
    result = cluster_vectors(broken)
    assert (result.labels[200:] == NOISE).all()
    assert (result.nearest[200:] == NOISE).all()
    assert_array_equal(result.labels[:200], cluster_vectors(rows).labels)


@settings(deadline=None, max_examples=trials(15))
@given(st.integers(0, 60), st.integers(1, 6), st.integers(0, 100))
def test_any_vectors_give_a_result(n: int, d: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows = unit(rng.normal(size=(n, d)) + 1e-9)
    rows[rng.random(n) < 0.3] = rows[:1] if n else 0
    check(cluster_vectors(rows), n)


def test_numbers_that_are_given_are_kept() -> None:
    chosen = ClusterSettings(min_cluster_size=7, min_samples=2)
    tried = list(settings_to_try(5000, chosen))
    assert {(setting.min_cluster_size, setting.min_samples) for setting in tried} == {(7, 2)}
    assert len(tried) > 1
    rows, _ = blobs(200, 4)
    result = cluster_vectors(rows, ClusterSettings(min_cluster_size=60))
    assert all(size >= 60 for size in np.bincount(result.labels[result.labels >= 0]))


def test_sizes_grow_with_the_library() -> None:
    first = [next(iter(settings_to_try(n))) for n in (2, 30, 100, 1000, 10_000, 100_000)]
    assert [setting.min_cluster_size for setting in first] == [3, 3, 5, 16, 50, 158]
    assert all(setting.min_samples <= min(5, setting.min_cluster_size) for setting in first)
    assert all(setting.selection == "eom" and setting.rounds == 0 for setting in first)
    assert len(list(settings_to_try(1000))) == len(set(settings_to_try(1000))) <= 20


def labels_of(*sizes: int, noise: int = 0) -> np.ndarray:
    return np.concatenate([np.repeat(np.arange(len(sizes)), sizes), np.full(noise, NOISE)])


@pytest.mark.parametrize(
    ("labels", "fault"),
    [
        (labels_of(), "no tracks to group"),
        (labels_of(noise=50), "no group stands out"),
        (labels_of(30, 30, noise=60), "50% of the tracks belong to no group"),
        (labels_of(60, 20, 20), "one group holds 60%"),
        (labels_of(*[250] * 4), "only 4 groups"),
        (labels_of(*[2] * 200), "200 small groups"),
        (labels_of(*[30] * 3, noise=10), ""),
        (labels_of(*[100] * 10, noise=100), ""),
        (labels_of(10, 10, 10), ""),
    ],
)
def test_faults_are_found_and_told(labels: np.ndarray, fault: str) -> None:
    found = find_fault(labels.astype(np.int64))
    assert fault in found if fault else not found


def test_a_shapeless_library_is_told_to_be_one_or_grouped_within_the_limits() -> None:
    rows = unit(np.random.default_rng(0).normal(size=(600, 16)))
    result = cluster_vectors(rows)
    check(result, 600)
    assert result.degenerate or (result.noise_share <= 0.4 and result.count <= most_clusters(600))
