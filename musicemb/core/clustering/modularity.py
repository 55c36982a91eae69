"""How well a grouping fits its vectors, without labels: modularity of the graph of nearest neighbours.

Each vector points at its nearest ones; modularity is the share of arrows that stay within a cluster, less the
share that would by chance. A grouping that cuts through crowds loses arrows, one that lumps all together gains
nothing over chance, and noise keeps no arrow at all. On real music its order of settings agreed with that by
genre labels (rank correlation 0.86 and more; tests/benchmarks/cluster_stability.py).

References
----------
Newman and Girvan: Finding and evaluating community structure in networks, Physical Review E 69, 2004.
Leicht and Newman: Community structure in directed networks, Physical Review Letters 100, 2008.
"""

from __future__ import annotations

import numpy as np

from musicemb.core.vectors.neighbours import nearest
from musicemb.records import Floats, Integers

MOST_NEIGHBOURS = 10


def neighbour_graph(vectors: Floats, near: Integers | None = None) -> Integers:
    """The nearest vectors of each vector.

    Parameters
    ----------
    vectors : ndarray [shape=(n, n_components)]
        Finite, not zero.
    near : ndarray [shape=(n, at least k)], int64, optional
        The nearest of each, best first and itself left out, where they are known.

    Returns
    -------
    ndarray [shape=(n, k)], int64
        Best first, itself left out. k is a tenth of n, from 3 to 10, and less than n.
    """
    n = len(vectors)
    k = min(max(3, min(MOST_NEIGHBOURS, n // 10)), n - 1)
    if k < 1:
        return np.zeros((n, 0), dtype=np.int64)
    return nearest(vectors, vectors, k, own=np.arange(n))[0] if near is None else near[:, :k]


def find_modularity(graph: Integers, labels: Integers) -> float:
    """Modularity of a grouping.

    Parameters
    ----------
    graph : ndarray [shape=(n, k)], int
        From `neighbour_graph`.
    labels : ndarray [shape=(n,)], int
        Clusters; negative for none. Any numbers will do.

    Returns
    -------
    float
        Less than 1; 0 for no cluster, and for a single one of all vectors.
    """
    if graph.size == 0 or not (labels >= 0).any():
        return 0.0
    _, codes = np.unique(labels, return_inverse=True)
    outside = labels < 0
    start = np.repeat(codes, graph.shape[1])
    end = codes[graph].ravel()
    kept = ~outside[graph].ravel() & ~np.repeat(outside, graph.shape[1])
    within = float(((start == end) & kept).mean())
    going = np.bincount(start[~np.repeat(outside, graph.shape[1])], minlength=codes.max() + 1) / len(start)
    coming = np.bincount(end[~outside[graph].ravel()], minlength=codes.max() + 1) / len(end)
    return within - float((going * coming).sum())
