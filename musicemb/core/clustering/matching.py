"""Which new cluster is which old one, so that ids and names stay from scan to scan."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_HALF = 0.5
"""A pair of clusters is the same one if it shares at least this much of either of them."""


def match_clusters(old: NDArray[np.int64], new: NDArray[np.int64]) -> dict[int, int]:
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
