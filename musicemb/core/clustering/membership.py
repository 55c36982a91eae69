"""Assigns vectors to existing clusters: nearest cluster, typicality, tracks that are added later."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from musicemb.core.vectors.cells import FEW_QUERIES, Cells, NeighbourSearch, nearest_in_cells, nearest_of_many
from musicemb.core.vectors.neighbours import nearest, unit_rows
from musicemb.records import NOISE, Floats, Integers

_VOTERS = 5
"""Known tracks around a new one that say where it belongs; more than half of them must agree."""
_SAMPLE = 200
"""Members looked at to know how far neighbours in a cluster usually are from each other."""
_AROUND = 64_000
"""Vectors that one of many newcomers is compared with: in the few dimensions of groups 8,000 are not enough."""
_LEAST_GAP = 1e-3
"""Distances below this are equal: float32 cosines know no better."""


@dataclass(frozen=True)
class ClusterStatistics:
    """Statistics of clustered vectors, so that a few new ones can be assigned without comparing with all."""

    cells: Cells
    """Of all vectors, those to be placed among them."""
    usual: Floats
    """Of `usual_gaps`."""


def usual_gaps(projected: ArrayLike, labels: Integers, search: NeighbourSearch | None = None) -> Floats:
    """How far neighbours usually are from each other in each cluster (median).

    Parameters
    ----------
    projected : ndarray [shape=(n, n_components)]
    labels : ndarray [shape=(n,)], int
        Clusters 0 upwards, each of which has members; NOISE for none.
    search : NeighbourSearch, optional
        Of the vectors that are in a cluster.

    Returns
    -------
    ndarray [shape=(n_clusters,)], float32
    """
    inside = np.flatnonzero(labels >= 0)
    members, home = np.asarray(projected, dtype=np.float32)[inside], labels[inside]
    asked = _some_of_each(home)
    _, among = (search or NeighbourSearch(members)).nearest(members[asked], 1, own=asked)
    gaps = _gap(among[:, 0])
    found = [_median(gaps[home[asked] == cluster]) for cluster in range(int(home.max()) + 1)]
    return np.array(found, dtype=np.float64)


def reach_clusters(
    projected: ArrayLike, labels: Integers, rows: Integers, ground: ClusterStatistics | None = None
) -> tuple[Integers, Floats]:
    """The cluster that each of some tracks is nearest to, and how near it comes.

    A cluster of HDBSCAN may be long and bent, so its mean can lie outside of it; its nearest member
    does not.

    Parameters
    ----------
    projected : ndarray [shape=(n, n_components)]
    labels : ndarray [shape=(n,)], int
        Clusters 0 upwards, NOISE for none.
    rows : ndarray [shape=(m,)], int
        Which vectors to look at; a vector is not its own neighbour.
    ground : ClusterStatistics, optional
        Of these vectors, which are of unit length then: looked for in nearby cells only.

    Returns
    -------
    nearest : ndarray [shape=(m,)], int64
        Cluster of the nearest clustered vector; NOISE where there is none.
    strengths : ndarray [shape=(m,)], float32
        The usual distance between neighbours in that cluster (median) divided by the distance at
        hand, at most 1: 1 where it would sit among the members, 0.5 where it is twice as far off.
    """
    vectors = np.asarray(projected, dtype=np.float32)
    found = np.full(len(rows), NOISE, dtype=np.int64)
    strengths = np.zeros(len(rows), dtype=np.float32)
    inside = np.flatnonzero(labels >= 0)
    if len(inside) == 0 or len(rows) == 0:
        return found, strengths
    if ground is not None:
        usual, home = ground.usual, labels
        indices, similarities = _nearest_around(vectors, rows, 1, labels >= 0, ground.cells)
    else:
        search, home = NeighbourSearch(vectors[inside]), labels[inside]
        usual = usual_gaps(vectors, labels, search)
        place = np.full(len(vectors), -1, dtype=np.int64)
        place[inside] = np.arange(len(inside))
        indices, similarities = search.nearest(vectors[rows], 1, own=place[rows])
    sound = indices[:, 0] >= 0
    found[sound] = home[indices[sound, 0]]
    strengths[sound] = np.clip(usual[found[sound]] / _gap(similarities[sound, 0]), 0, 1)
    return found, strengths


def find_typicality(projected: ArrayLike, labels: Integers, strengths: ArrayLike, near: Integers) -> Floats:
    """How typical vectors are of the cluster that they are in or nearest to.

    Parameters
    ----------
    projected : ndarray [shape=(n, n_components)]
    labels : ndarray [shape=(n,)], int
        Cluster; NOISE for none.
    strengths : ndarray [shape=(n,)]
        0 to 1.
    near : ndarray [shape=(n,)], int
        The cluster or, of noise, the nearest one; NOISE for none.

    Returns
    -------
    ndarray [shape=(n,)], float32
        Cosine to the mean of the members, those weighted by strength, times the own strength: -1
        to 1; 0 where there is no cluster.
    """
    rows, _ = unit_rows(projected)
    weights = np.asarray(strengths, dtype=np.float32)
    found = np.zeros(len(rows), dtype=np.float32)
    for cluster in range(int(labels.max(initial=NOISE)) + 1):
        members = labels == cluster
        mean, _ = unit_rows((rows[members] * np.maximum(weights[members], 1e-3)[:, None]).sum(axis=0))
        here = near == cluster
        found[here] = rows[here] @ mean[0] * weights[here]
    return np.clip(found, -1, 1)


def join_clusters(
    newcomers: ArrayLike, known: ArrayLike, labels: Integers, strengths: ArrayLike
) -> tuple[Integers, Floats, Integers]:
    """Where vectors belong among clusters that are there, without clustering again.

    Parameters
    ----------
    newcomers : ndarray [shape=(m, n_components)]
    known : ndarray [shape=(n, n_components)]
    labels : ndarray [shape=(n,)], int
        Clusters of the known ones, 0 upwards; NOISE for none.
    strengths : ndarray [shape=(n,)]
        Theirs.

    Returns
    -------
    labels : ndarray [shape=(m,)], int64
        The cluster that more than half of the five nearest known vectors are in; NOISE where none
        has that many. No new cluster is ever made.
    strengths : ndarray [shape=(m,)], float32
        Mean strength of those neighbours; of noise as `reach_clusters` gives it.
    nearest : ndarray [shape=(m,)], int64
    """
    rows, others = np.asarray(newcomers, dtype=np.float32), np.asarray(known, dtype=np.float32)
    joined, found = vote_for_clusters(rows, others, labels, strengths)
    everyone = np.concatenate([others, rows]) if len(others) else rows
    outside = np.flatnonzero(joined == NOISE)
    near_clusters = joined.copy()
    all_labels = np.concatenate([labels, joined])
    near_clusters[outside], found[outside] = reach_clusters(everyone, all_labels, outside + len(others))
    return joined, found, near_clusters


def vote_for_clusters(
    newcomers: ArrayLike, known: ArrayLike, labels: Integers, strengths: ArrayLike
) -> tuple[Integers, Floats]:
    """Let vectors join clusters as `join_clusters` does, without a look at which clusters noise comes near to.

    Parameters
    ----------
    newcomers, known, labels, strengths
        As for `join_clusters`.

    Returns
    -------
    labels : ndarray [shape=(m,)], int64
    strengths : ndarray [shape=(m,)], float32
        0 for noise.
    """
    rows, others = np.asarray(newcomers, dtype=np.float32), np.asarray(known, dtype=np.float32)
    indices, _ = nearest_of_many(rows, others, min(_VOTERS, len(others)))
    return _vote(indices, labels, np.asarray(strengths, dtype=np.float32))


def join_in_cells(
    projected: Floats,
    newcomers: Integers,
    known: NDArray[np.bool_],
    labels: Integers,
    strengths: Floats,
    ground: ClusterStatistics,
) -> tuple[Integers, Floats, Integers]:
    """What `join_clusters` tells, where cells of all vectors are known: only what is near a newcomer is looked at.

    Parameters
    ----------
    projected : ndarray [shape=(n, n_components)], float32
        Unit length: the known vectors, the newcomers, and others that nobody asks.
    newcomers : ndarray [shape=(m,)], int64
        Rows.
    known : ndarray [shape=(n,)], bool
    labels : ndarray [shape=(n,)], int64
        Clusters of the known ones, 0 upwards; NOISE for none, and for all others.
    strengths : ndarray [shape=(n,)], float32
        Of the known ones.
    ground : ClusterStatistics
        Of all of these vectors.

    Returns
    -------
    labels : ndarray [shape=(m,)], int64
    strengths : ndarray [shape=(m,)], float32
    nearest : ndarray [shape=(m,)], int64
    """
    indices, _ = _nearest_around(projected, newcomers, _VOTERS, known, ground.cells)
    joined, found = _vote(indices, labels, strengths)
    homes, near = labels.copy(), joined.copy()
    homes[newcomers] = joined
    outside = joined == NOISE
    near[outside], found[outside] = reach_clusters(projected, homes, newcomers[outside], ground)
    return joined, found, near


def _nearest_around(
    rows: Floats, asked: Integers, k: int, among: NDArray[np.bool_], cells: Cells
) -> tuple[Integers, Floats]:
    """The nearest that may be found: of few exactly, of many in cells, and further around than in more dimensions."""
    if len(asked) > FEW_QUERIES:
        return nearest_in_cells(rows[asked], rows, cells, k, own=asked, among=among, candidates=_AROUND)
    places = np.flatnonzero(among)
    inside = np.full(len(rows), -1, dtype=np.int64)
    inside[places] = np.arange(len(places))
    found, likeness = nearest(rows[asked], rows[places], k, own=inside[asked])
    return np.where(found >= 0, places[found], -1) if len(places) else found, likeness


def _vote(indices: Integers, labels: Integers, strengths: Floats) -> tuple[Integers, Floats]:
    """The cluster that more than half of the nearest are in, and their mean strength."""
    joined = np.full(len(indices), NOISE, dtype=np.int64)
    sure, counts = np.zeros(len(indices), dtype=np.float32), np.zeros(len(indices), dtype=np.float32)
    if not len(labels):
        return joined, sure
    homes = np.where(indices >= 0, labels[indices], NOISE)
    for column in homes.T:  # more than half can be of one cluster only
        agree = (homes == column[:, None]).sum(axis=1)
        joined = np.where((column >= 0) & (2 * agree > indices.shape[1]), column, joined)
    for near, home in zip(indices.T, homes.T, strict=True):
        mine = (home == joined) & (joined >= 0)
        sure += np.where(mine, strengths[near], np.float32(0))
        counts += mine
    return joined, np.asarray(sure / np.maximum(counts, 1), dtype=np.float32)


def _some_of_each(home: Integers) -> Integers:
    """Up to `_SAMPLE` members of each cluster, evenly spread: enough for a median."""
    order = np.argsort(home, kind="stable")
    parts = np.split(order, np.flatnonzero(np.diff(home[order])) + 1)
    return np.concatenate([part[:: max(1, len(part) // _SAMPLE)] for part in parts])


def _median(values: Floats) -> float:
    return float(np.median(values)) if len(values) else 0.0


def _gap(similarities: ArrayLike) -> Floats:
    """Distance between unit vectors of a cosine."""
    cosines = np.clip(np.asarray(similarities, dtype=np.float32), -1, 1)
    return np.maximum(np.sqrt(2 - 2 * cosines), _LEAST_GAP).astype(np.float32)
