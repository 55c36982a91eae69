"""HDBSCAN's tree from the nearest neighbours of each vector only, for libraries that are clustered by a sample.

HDBSCAN joins vectors along the shortest tree that spans them all, by mutual reachability. To find that tree exactly in
16 dimensions takes minutes at 20,000 vectors. Nearly all of its branches lead from a vector to one of its nearest, so
here it is found among those alone; parts that are left apart are joined where they come nearest. hdbscan cuts clusters
from it as from its own. `tests/benchmarks/grouping_speed.py` compares the two.

References
----------
Campello, Moulavi, Zimek and Sander: Hierarchical density estimates for data clustering, visualization, and outlier
detection, ACM Transactions on Knowledge Discovery from Data 10, 2015 (mutual reachability and its tree).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from musicemb.core.vectors.neighbours import nearest
from musicemb.records import Floats, Floats64, Integers

NEIGHBOURS = 30
"""Of each vector, that a branch may lead to."""
_LEAST = 1e-12
"""Distance of copies: a sparse matrix takes nothing for no branch."""


def nearest_of_each(points: Floats, k: int = NEIGHBOURS) -> Integers:
    """The neighbours of each vector that the tree is found among.

    Parameters
    ----------
    points : ndarray [shape=(n, n_components)]
    k : int

    Returns
    -------
    ndarray [shape=(n, min(k, n - 1))], int64
        Best first; itself left out.
    """
    return nearest(points, points, min(k, len(points) - 1), own=np.arange(len(points)))[0]


def linkage_of_neighbours(points: Floats, samples: int, k: int = NEIGHBOURS, *, near: Integers | None = None) -> Any:
    """The single-linkage tree of vectors by mutual reachability, as hdbscan has it.

    Parameters
    ----------
    points : ndarray [shape=(n, n_components)]
        Unit length; at least two.
    samples : int
        HDBSCAN's `min_samples`: the neighbour whose distance says how dense it is around a vector.
    k : int
        Neighbours looked at.
    near : ndarray [shape=(n, at least k and samples)], int64, optional
        Of `nearest_of_each`: not looked for again.

    Returns
    -------
    ndarray [shape=(n - 1, 4)], float64
        The two that are joined, their distance, and how many vectors that makes.
    """
    from hdbscan._hdbscan_linkage import label

    rows = np.asarray(points, dtype=np.float64)
    n = len(rows)
    if near is None or near.shape[1] < min(max(k, samples), n - 1):
        near = nearest_of_each(points, max(k, samples))
    near = np.where(near >= 0, near, np.arange(n)[:, None])
    distances = np.stack([_distances(rows, np.arange(n), near[:, place]) for place in range(near.shape[1])], axis=1)
    core = np.sort(distances, axis=1)[:, min(samples, near.shape[1]) - 1]
    starts = np.repeat(np.arange(n), near.shape[1])
    ends = near.ravel()
    apart = starts != ends
    starts, ends, lengths = starts[apart], ends[apart], distances.ravel()[apart]
    lengths = np.maximum(lengths, np.maximum(core[starts], core[ends]))
    while True:
        parts, homes = _parts(n, starts, ends)
        if parts == 1:
            break
        more = _bridges(points, rows, homes, core)
        starts, ends, lengths = (np.concatenate(both) for both in zip((starts, ends, lengths), more, strict=True))
    first, second, weights = _spanning_tree(n, starts, ends, lengths)
    order = np.argsort(weights, kind="stable")
    return label(np.column_stack([first[order], second[order], weights[order]]).astype(np.float64))


def _distances(rows: Floats64, ones: Integers, others: Integers) -> Floats64:
    found: Floats64 = np.maximum(np.linalg.norm(rows[ones] - rows[others], axis=1), _LEAST)
    return found


def _graph(n: int, starts: Integers, ends: Integers, lengths: Floats64) -> Any:
    from scipy.sparse import csr_array

    # A branch may be named from both ends, always of the same length: of a matrix's doubles scipy would take the sum.
    names, once = np.unique(np.minimum(starts, ends) * n + np.maximum(starts, ends), return_index=True)
    return csr_array((lengths[once], np.divmod(names, n)), shape=(n, n))


def _parts(n: int, starts: Integers, ends: Integers) -> tuple[int, Integers]:
    from scipy.sparse.csgraph import connected_components

    count, homes = connected_components(_graph(n, starts, ends, np.ones(len(starts))), directed=False)
    return int(count), homes.astype(np.int64)


def _spanning_tree(
    n: int, starts: Integers, ends: Integers, lengths: Floats64
) -> tuple[Integers, Integers, NDArray[np.float64]]:
    from scipy.sparse.csgraph import minimum_spanning_tree

    tree = minimum_spanning_tree(_graph(n, starts, ends, lengths)).tocoo()
    return tree.row.astype(np.int64), tree.col.astype(np.int64), tree.data


def _bridges(
    points: Floats, rows: Floats64, homes: Integers, core: Floats64
) -> tuple[Integers, Integers, NDArray[np.float64]]:
    """From each part but the largest, the shortest way to any other."""
    sizes = np.bincount(homes)
    starts, ends, lengths = list[int](), list[int](), list[float]()
    for part in range(len(sizes)):
        if part == sizes.argmax():
            continue
        inside, outside = np.flatnonzero(homes == part), np.flatnonzero(homes != part)
        found, _ = nearest(points[inside], points[outside], 1)
        others = outside[np.maximum(found[:, 0], 0)]
        ways = np.maximum(_distances(rows, inside, others), np.maximum(core[inside], core[others]))
        best = int(ways.argmin())
        starts.append(int(inside[best]))
        ends.append(int(others[best]))
        lengths.append(float(ways[best]))
    return np.array(starts, np.int64), np.array(ends, np.int64), np.array(lengths)
