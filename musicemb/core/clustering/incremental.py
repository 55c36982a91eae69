"""Update a clustering of a library that has changed, so that tracks stay where a listener found them.

Music has no sharp groups: a density clustering of nine tenths of a library and one of all of it cut the same
continuum at different places, both equally well, and a quarter of the tracks would find themselves elsewhere.
So the earlier grouping goes on, with what is new in it, and `core.clustering.selection` compares it with a fresh one.

- New tracks and noise that are together in the fresh grouping, in a cluster that is none of the earlier ones, make a
  new cluster.
- Any other new track goes where most of its nearest neighbours are (`core.clustering.membership.join_clusters`).
- A track in a cluster stays, unless the fresh grouping and most of its neighbours agree on another one.
- Noise stays noise, unless they agree likewise.
- A cluster that has lost so many tracks that it would not be called one is given up; its tracks are new again.
"""

from __future__ import annotations

import numpy as np

from musicemb.core.clustering.membership import join_clusters
from musicemb.records import NOISE, Floats, Integers

NEW = -2
"""Cluster of a track that was not there at the earlier grouping."""
_MOST = 0.5
"""Share of the neighbours that must agree, and of a new cluster that must be free to make it."""
_SAME_GROUPS, _SAME_COVERAGE = 0.98, 0.03
"""Adjusted Rand index, and difference of coverage, at which two groupings are the same."""
_HALF = 0.5
"""A pair of clusters is the same one if it shares at least this much of either of them."""


def update_clustering(
    points: Floats, graph: Integers, previous: Integers, fresh: Integers, smallest: int, unused: int
) -> Integers:
    """The earlier grouping, with what has changed in it.

    Parameters
    ----------
    points : ndarray [shape=(n, n_components)], float32
        Unit length.
    graph : ndarray [shape=(n, k)], int
        Nearest neighbours of each (`core.clustering.modularity.neighbour_graph`).
    previous : ndarray [shape=(n,)], int
        Earlier cluster of each vector; NOISE for noise, `NEW` for one that was not there.
    fresh : ndarray [shape=(n,)], int
        Clusters of today, found without looking at the earlier ones.
    smallest : int
        Tracks that a new cluster must have; an old one may have half of that.
    unused : int
        Number for the first new cluster; higher than all earlier ones.

    Returns
    -------
    ndarray [shape=(n,)], int64
        The numbers of `previous`, and `unused` and higher ones for new clusters.
    """
    labels = previous.copy()
    homes, sizes = np.unique(labels[labels >= 0], return_counts=True)
    labels[np.isin(labels, homes[2 * sizes < smallest])] = NEW
    homes = homes[2 * sizes >= smallest]
    if len(homes) == 0:
        return np.where(fresh >= 0, fresh + unused, fresh)
    same = match_clusters(labels, fresh)
    meant = np.array([same.get(label, NOISE) if label >= 0 else NOISE for label in fresh.tolist()], dtype=np.int64)
    for cluster in np.setdiff1d(fresh[fresh >= 0], list(same)).tolist():
        free = (fresh == cluster) & (labels < 0)
        if free.sum() >= max(smallest, _MOST * (fresh == cluster).sum()):
            labels[free] = unused
            unused += 1
    homes = np.unique(labels[labels >= 0])
    outside = np.flatnonzero(labels == NEW)
    inside = np.flatnonzero(labels != NEW)
    places = np.where(labels[inside] >= 0, np.searchsorted(homes, labels[inside]), NOISE)
    joined, _, _ = join_clusters(points[outside], points[inside], places, np.ones(len(inside)))
    labels[outside] = np.where(joined >= 0, homes[joined], NOISE)
    if graph.shape[1]:
        agreeing = (labels[graph] == meant[:, None]).mean(axis=1)
        moves = (meant >= 0) & (meant != labels) & (agreeing > _MOST)
        labels[moves] = meant[moves]
    return labels


def match_clusters(old: Integers, new: Integers) -> dict[int, int]:
    """Match clusters by the tracks that they share.

    Of all one-to-one matches the one is taken that lets the most tracks keep their cluster
    (the assignment problem, solved exactly).

    Parameters
    ----------
    old, new : ndarray [shape=(n,)], int
        Cluster of each track that was there both times; negative for none.

    Returns
    -------
    dict of int to int
        New cluster -> old cluster. New ones without an old one are left out: a match shares at
        least half of the new cluster or half of the old one.
    """
    from scipy.optimize import linear_sum_assignment

    before, after = np.unique(old[old >= 0]), np.unique(new[new >= 0])
    if len(before) == 0 or len(after) == 0:
        return {}
    both = (old >= 0) & (new >= 0)
    shared = np.zeros((len(after), len(before)), dtype=np.int64)
    np.add.at(shared, (np.searchsorted(after, new[both]), np.searchsorted(before, old[both])), 1)
    sizes_new = np.array([(new == cluster).sum() for cluster in after])
    sizes_old = np.array([(old == cluster).sum() for cluster in before])
    enough = (shared >= _HALF * sizes_new[:, None]) | (shared >= _HALF * sizes_old[None, :])
    worth = np.where(enough, shared, 0)
    rows, columns = linear_sum_assignment(worth, maximize=True)
    return {int(after[i]): int(before[j]) for i, j in zip(rows, columns, strict=True) if worth[i, j] > 0}


def adjusted_rand_index(one: Integers, other: Integers) -> float:
    """How much two groupings of the same tracks agree, chance taken off.

    Parameters
    ----------
    one, other : ndarray [shape=(n,)], int
        Cluster of each track; any numbers.

    Returns
    -------
    float
        1 for the same groups, about 0 for two that know nothing of each other; 1 for fewer than two tracks.

    References
    ----------
    Hubert and Arabie: Comparing partitions, Journal of Classification 2, 1985.
    """
    if len(one) < 2:
        return 1.0
    rows, columns = np.unique(one, return_inverse=True)[1], np.unique(other, return_inverse=True)[1]
    table = np.zeros((rows.max() + 1, columns.max() + 1))
    np.add.at(table, (rows, columns), 1)
    pairs = [float((counts * (counts - 1) / 2).sum()) for counts in (table, table.sum(axis=1), table.sum(axis=0))]
    chance = pairs[1] * pairs[2] / (len(one) * (len(one) - 1) / 2)
    most = (pairs[1] + pairs[2]) / 2
    return 1.0 if most == chance else (pairs[0] - chance) / (most - chance)


def same_grouping(labels: Integers, fresh: Integers) -> bool:
    """Whether a grouping is so near to a fresh one of the same tracks that nothing need move.

    Parameters
    ----------
    labels, fresh : ndarray [shape=(n,)], int
        Clusters; NOISE for none.

    Returns
    -------
    bool
    """
    both = (labels != NOISE) & (fresh != NOISE)
    covered = abs(float((labels != NOISE).mean()) - float((fresh != NOISE).mean()))
    return covered <= _SAME_COVERAGE and adjusted_rand_index(labels[both], fresh[both]) >= _SAME_GROUPS
