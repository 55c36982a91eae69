"""Two groupings of the same tracks: which groups are the same, and how much they agree."""

from __future__ import annotations

import numpy as np

from musicemb.records import NOISE, Integers

_SAME_GROUPS, _SAME_COVERAGE = 0.98, 0.03
"""Adjusted Rand index, and difference of coverage, at which two groupings are the same."""
_HALF = 0.5
"""A pair of clusters is the same one if it shares at least this much of either of them."""


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
