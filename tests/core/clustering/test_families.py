"""Families of clusters, out of HDBSCAN's own tree."""

from __future__ import annotations

import numpy as np
import pytest
from clouds import unit
from hypothesis import given
from hypothesis import strategies as st

from musicemb.core.clustering.families import FEWEST_CLUSTERS, LARGEST_FAMILY, find_families
from musicemb.core.clustering.hdbscan import Forest, Setting
from musicemb.core.clustering.selection import cluster_vectors
from musicemb.records import NOISE

SETTING = Setting(10, 5, "eom")


def galaxies(families: int, of: int, each: int = 40, *, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Clusters near each other within families that are far apart: vectors, their cluster, its family."""
    rng = np.random.default_rng(seed)
    far = np.linalg.qr(rng.normal(size=(16, 16)))[0][:families]
    near = np.linalg.qr(rng.normal(size=(16, 16)))[0]
    rows, clusters = [], []
    for family in range(families):
        for cluster in range(of):
            centre = far[family] + 0.35 * near[cluster]
            rows.append(centre + 0.02 * rng.normal(size=(each, 16)))
            clusters += [family * of + cluster] * each
    return unit(np.concatenate(rows)), np.array(clusters), np.arange(families * of) // of


def tree(*pairs: tuple[int, int]) -> np.ndarray:
    """A condensed tree, by pairs of parent and child."""
    return np.array(list(pairs), dtype=[("parent", np.intp), ("child", np.intp)])


def test_clusters_that_lie_together_are_a_family() -> None:
    vectors, truth, family = galaxies(4, 3)
    forest = Forest(vectors)
    labels, _ = forest.cut(SETTING)
    assert labels.max() == 11
    found = find_families(forest.condensed(SETTING), labels)
    told = [sorted(family[truth[labels == one][0]] for one in each) for each in found]
    assert sorted(told) == [[0] * 3, [1] * 3, [2] * 3, [3] * 3]


def test_a_result_numbers_them_as_its_clusters() -> None:
    vectors, truth, family = galaxies(4, 3, seed=3)
    result = cluster_vectors(vectors)
    assert result.count == 12 and len(result.families) == 4
    for each in result.families:
        assert len({int(family[truth[result.labels == one][0]]) for one in each}) == 1


def test_few_clusters_have_one_level() -> None:
    vectors, _, _ = galaxies(3, 2)
    assert cluster_vectors(vectors).count < FEWEST_CLUSTERS
    assert cluster_vectors(vectors).families == ()


def test_clusters_that_split_off_one_by_one_have_one_level() -> None:
    # Points 0 to 9 in ten clusters; the root 10 sheds one cluster after the other.
    pairs, parent = [], 10
    for number in range(9):
        pairs += [(parent, parent + 1), (parent, parent + 2), (parent + 1, number)]
        parent += 2
    pairs.append((parent, 9))
    # Six of ten split off before what is left holds two fifths, and two families there are not.
    assert find_families(tree(*pairs), np.arange(10)) == ()


@pytest.mark.parametrize("labels", [np.zeros(0, dtype=np.int64), np.full(5, NOISE), np.zeros(5, dtype=np.int64)])
def test_next_to_nothing_has_one_level(labels: np.ndarray) -> None:
    assert find_families(tree(*((5, point) for point in range(len(labels)))), labels) == ()


@given(st.integers(0, 2**32 - 1), st.integers(2, 60))
def test_no_cluster_is_in_two_families_and_none_holds_too_much(seed: int, count: int) -> None:
    # A tree that splits at random, with a cluster of one or more points at each leaf.
    rng = np.random.default_rng(seed)
    sizes = rng.integers(1, 9, size=count)
    labels = np.repeat(np.arange(count), sizes)
    n, free = len(labels), len(labels) + 1
    pairs, waiting = [], [(n, list(range(count)))]
    while waiting:
        node, held = waiting.pop(0)
        if len(held) == 1:
            pairs += [(node, point) for point in np.flatnonzero(labels == held[0]).tolist()]
            continue
        cut = int(rng.integers(1, len(held)))
        for part in (held[:cut], held[cut:]):
            pairs.append((node, free))
            waiting.append((free, part))
            free += 1
    families = find_families(tree(*pairs), labels)
    held = [one for family in families for one in family]
    assert len(held) == len(set(held))
    assert all(len(family) > 1 for family in families) and len(families) != 1
    assert all(sizes[list(family)].sum() <= LARGEST_FAMILY * sizes.sum() for family in families)
    assert all(family == tuple(range(family[0], family[-1] + 1)) for family in families)  # places of the tree
