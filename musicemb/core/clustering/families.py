"""Families of clusters: which of them HDBSCAN's own tree joins before the others.

HDBSCAN's condensed tree says at which density dense places fall apart. The clusters are places in it; what is above
them are larger, thinner places that hold several of them. The families are made from the top: what holds too much of
the library is taken apart into what it is made of, until nothing does. A cluster that splits off alone stays alone.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from musicemb.records import NOISE, Integers

FEWEST_CLUSTERS = 8
"""Fewer clusters than this are seen at a glance."""
LARGEST_FAMILY = 0.4
"""Share of the clustered tracks; a family with more than this says nothing."""
_COVERED = 0.5
"""Share of the clusters that must be in families for families to be worth it."""


def find_families(tree: Any, labels: Integers) -> tuple[tuple[int, ...], ...]:
    """The families of clusters.

    Parameters
    ----------
    tree : ndarray with fields "parent" and "child"
        HDBSCAN's condensed tree: points are the children 0 to n - 1, the root is n, and a child has a higher number
        than what it came from.
    labels : ndarray [shape=(n,)], int
        The clusters that were cut from it, 0 upwards; NOISE for none.

    Returns
    -------
    tuple of tuple of int
        The clusters of each family, at least two each, the lowest number first; () where there is one level only.
    """
    sizes = np.bincount(labels[labels != NOISE]) if (labels != NOISE).any() else np.zeros(0, dtype=np.int64)
    if len(sizes) < FEWEST_CLUSTERS:
        return ()
    parents = dict(zip(tree["child"].tolist(), tree["parent"].tolist(), strict=True))
    held: dict[int, set[int]] = {}
    for cluster in range(len(sizes)):
        place = _place_of({parents[point] for point in np.flatnonzero(labels == cluster).tolist()}, parents)
        for node in (place, *_above(place, parents)):
            held.setdefault(node, set()).add(cluster)
    made_of: dict[int, list[int]] = {}
    for node in held:
        if node in parents:
            made_of.setdefault(parents[node], []).append(node)
    parts = [len(labels)]
    while True:
        too_large = [
            part
            for part in parts
            if len(held[part]) > 1 and sizes[list(held[part])].sum() > LARGEST_FAMILY * sizes.sum()
        ]
        if not too_large:
            break
        parts.remove(too_large[0])
        parts += made_of[too_large[0]]
    families = [tuple(sorted(held[part])) for part in parts if len(held[part]) > 1]
    if len(families) < 2 or sum(map(len, families)) < _COVERED * len(sizes):
        return ()
    return tuple(sorted(families))


def _above(node: int, parents: dict[int, int]) -> list[int]:
    """What a place of the tree is in, the nearest first."""
    found = []
    while node in parents:
        node = parents[node]
        found.append(node)
    return found


def _place_of(nodes: set[int], parents: dict[int, int]) -> int:
    """The lowest place that holds some places of the tree."""
    while len(nodes) > 1:
        deepest = max(nodes)  # a child has a higher number than its parent
        nodes = (nodes - {deepest}) | {parents[deepest]}
    return nodes.pop()
