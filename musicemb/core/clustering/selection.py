"""Groups of vectors that sound alike: HDBSCAN, with its settings chosen from the library's size.

Where HDBSCAN's plain setting gives a result that is fit to be shown, that is the result. Often it does not: a library
in which everything shades into everything has few dense places, and half to three quarters of real music was noise.
Then other settings are tried (`core.clustering.hdbscan.settings_to_try`): larger clusters, the leaves of its tree, and
neighbours drawn together before. Of those that are fit the one is taken that fits the vectors best, by modularity
(`core.clustering.modularity`), the plainer of equal ones; the result says so. Modularity chooses among what HDBSCAN
found, and is asked only then. Where none is fit, the one with the best score is taken, and says what is wrong.

*Fit to be shown*: at most 40 % of the tracks are noise, no cluster holds more than 40 % of them, there are at
least six clusters (from 1 000 tracks on) and not more than `most_clusters`.

*Score*: the share of the tracks that are in clusters, squared, times the chance that two of those are in different
clusters, divided by how many times too many clusters there are: 0 to 1, 0 for nothing but noise and for one cluster.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from musicemb.core.clustering.families import find_families
from musicemb.core.clustering.hdbscan import Forest, Setting, settings_to_try
from musicemb.core.clustering.membership import find_typicality, reach_clusters, vote_for_clusters
from musicemb.core.clustering.modularity import find_modularity, neighbour_graph
from musicemb.records import NOISE, Floats, Integers
from musicemb.settings import ClusterSettings

LARGEST_NOISE = 0.4
"""Share of tracks; with more noise than this a result says too little."""
LARGEST_CLUSTER = 0.4
"""Share of tracks; a cluster larger than this says nothing."""
FEWEST_CLUSTERS = 6
"""Of a library of `MANY_TRACKS` or more."""
MANY_TRACKS = 1_000
_AS_GOOD = 0.01
"""Modularity: a result this little below the best is as good, and the plainest of those is taken."""


@dataclass(frozen=True)
class ClusterResult:
    """The result of clustering, one entry per vector."""

    labels: Integers
    """Cluster of each vector, 0 upwards, the largest cluster first; NOISE for none. Shape (n,)."""
    strengths: Floats
    """HDBSCAN membership strength, 0 to 1; of noise, how near it comes to `nearest`. Of tracks that HDBSCAN did not
    look at, the share of their neighbours in the cluster. Shape (n,)."""
    nearest: Integers
    """The cluster itself; of noise the nearest one; NOISE where there is no cluster. Shape (n,)."""
    typicality: Floats
    """How typical each vector is of `nearest`: cosine to its members' mean, weighted by strength,
    -1 to 1. Shape (n,)."""
    setting: Setting | None = None
    """What it was made with; None where there was nothing to cluster."""
    tried: int = 0
    """Settings tried."""
    degenerate: str = ""
    """What is wrong with the result ("52 % of the tracks belong to no group"); "" if nothing."""
    turned_down: str = ""
    """What is wrong with the result of the plain setting, where another one was chosen; "" if nothing."""
    modularity: float = 0.0
    """How well the grouping fits the vectors (`core.clustering.modularity`)."""
    families: tuple[tuple[int, ...], ...] = ()
    """Clusters that HDBSCAN's tree has together (`core.clustering.families`)."""

    @property
    def count(self) -> int:
        """Number of clusters."""
        return int(self.labels.max(initial=NOISE)) + 1

    @property
    def noise_share(self) -> float:
        """Share of vectors in no cluster, 0 to 1."""
        return float((self.labels == NOISE).mean()) if len(self.labels) else 0.0


@dataclass(frozen=True)
class _Found:
    """The result of one setting."""

    setting: Setting
    labels: Integers
    strengths: Floats
    fault: str
    modularity: float


def cluster_vectors(projected: Floats, settings: ClusterSettings | None = None) -> ClusterResult:
    """Group vectors by density.

    Parameters
    ----------
    projected : ndarray [shape=(n, n_components)], float32
        Unit length (see `core.vectors.pca`); rows that are not finite become noise. Up to about 20
        components are quick: 128 take eight times as long.
    settings : ClusterSettings, optional
        Numbers given there are kept; only the rest is chosen.

    Returns
    -------
    ClusterResult
        Any number of vectors, also none, gives one. The order of the vectors changes nothing.
    """
    settings = settings or ClusterSettings()
    rows = np.atleast_2d(np.asarray(projected, dtype=np.float32))
    sound = np.flatnonzero(np.isfinite(rows).all(axis=1))
    # Tracks are numbered as workers finish them, and HDBSCAN's trees hang on the order of rows.
    sound = sound[np.lexsort(rows[sound].T)] if rows.shape[1] else sound
    labels = np.full(len(rows), NOISE, dtype=np.int64)
    strengths = np.zeros(len(rows), dtype=np.float32)
    if len(sound) < 2 or rows.shape[1] == 0:
        return _result(rows, labels, strengths)
    if np.ptp(rows[sound], axis=0).max() < 1e-6:
        # No density differs from another; HDBSCAN would divide by zero distances.
        labels[sound], strengths[sound] = 0, 1
        return _result(rows, labels, strengths)
    asked = sound[_sample(rows[sound], settings.most_clustered)]
    points = rows[asked]
    graph = neighbour_graph(points, (forest := Forest(points, quick=len(asked) < len(sound))).near())
    found = _try(forest, graph, settings)
    best = _choose(found)
    labels[asked], strengths[asked] = best.labels, best.strengths
    rest = sound[~np.isin(sound, asked)]
    if len(rest):
        labels[rest], strengths[rest] = _join(rows[rest], points, best.labels, best.strengths)
    return _result(
        rows,
        labels,
        strengths,
        setting=best.setting,
        tried=len(found),
        turned_down="" if found[0] is best else found[0].fault,
        modularity=find_modularity(graph, best.labels),
        families=find_families(forest.condensed(best.setting), best.labels),
    )


def find_fault(labels: Integers) -> str:
    """Why a clustering is unfit to be shown; "" if it is fit.

    Parameters
    ----------
    labels : ndarray [shape=(n,)], int
        Clusters 0 upwards, NOISE for none.

    Returns
    -------
    str
        The first fault, for people; "" where there is none.
    """
    n = len(labels)
    if n == 0:
        return "there are no tracks to group"
    sizes = np.unique(labels[labels >= 0], return_counts=True)[1]
    noise = float((labels == NOISE).mean())
    if len(sizes) == 0:
        return "no group stands out"
    if noise > LARGEST_NOISE:
        return f"{noise:.0%} of the tracks belong to no group"
    if sizes.max() > LARGEST_CLUSTER * n and n > 2:
        return f"one group holds {sizes.max() / n:.0%} of the tracks"
    if n >= MANY_TRACKS and len(sizes) < FEWEST_CLUSTERS:
        return f"there are only {len(sizes)} groups"
    if len(sizes) > most_clusters(n):
        return f"there are {len(sizes)} small groups"
    return ""


def most_clusters(n: int) -> int:
    """More clusters of n tracks than this are crumbs that nobody looks through.

    Parameters
    ----------
    n : int
        Tracks.

    Returns
    -------
    int
        At least 12.
    """
    return max(12, round(2 * math.sqrt(n)))


def _sample(rows: Floats, most: int) -> Integers:
    """Which rows to look at: all, or as many as allowed; chosen by content, so that a row is in again next time."""
    if len(rows) <= most:
        return np.arange(len(rows))
    marks = np.fromiter((zlib.crc32(row.tobytes()) for row in rows), dtype=np.uint32, count=len(rows))
    return np.sort(np.argsort(marks, kind="stable")[:most])


def _try(forest: Forest, graph: Integers, settings: ClusterSettings) -> list[_Found]:
    """The plain setting; the others only where its result is not fit."""
    found: list[_Found] = []
    for setting in settings_to_try(len(graph), settings):
        labels, strengths = forest.cut(setting)
        found.append(_Found(setting, labels, strengths, find_fault(labels), find_modularity(graph, labels)))
        if not found[0].fault:
            break
    return found


def _choose(found: list[_Found]) -> _Found:
    """The plainest of the best that are fit; where none is, the one with the best score."""
    fit = [one for one in found if not one.fault]
    if not fit:
        return max(found, key=lambda one: _score(one.labels))
    top = max(one.modularity for one in fit)
    return next(one for one in fit if one.modularity >= top - _AS_GOOD)


def _join(rows: Floats, points: Floats, labels: Integers, strengths: Floats) -> tuple[Integers, Floats]:
    """Labels and strengths of rows that HDBSCAN did not look at: where their neighbours are."""
    homes = np.unique(labels[labels >= 0])
    places = np.where(labels >= 0, np.searchsorted(homes, labels), NOISE)
    joined, sure = vote_for_clusters(rows, points, places, strengths)
    return np.append(homes, NOISE)[joined], sure


def _score(labels: Integers) -> float:
    members = labels[labels >= 0]
    if len(members) == 0:
        return 0.0
    shares = np.unique(members, return_counts=True)[1] / len(members)
    coverage = len(members) / len(labels)
    return float(coverage**2 * (1 - (shares**2).sum()) / max(1.0, len(shares) / most_clusters(len(labels))))


def _result(
    rows: Floats,
    found: Integers,
    strengths: Floats,
    *,
    families: Sequence[Sequence[int]] = (),
    **facts: Any,
) -> ClusterResult:
    """Numbers the clusters by their size; `found` holds any numbers."""
    homes, sizes = np.unique(found[found >= 0], return_counts=True)
    numbers = homes[np.argsort(-sizes, kind="stable")]
    labels = np.full(len(found), NOISE, dtype=np.int64)
    places = {number: place for place, number in enumerate(numbers.tolist())}
    for number, place in places.items():
        labels[found == number] = place
    near = labels.copy()
    outside = np.flatnonzero((labels == NOISE) & np.isfinite(rows).all(axis=1))
    near[outside], strengths[outside] = reach_clusters(rows, labels, outside)
    return ClusterResult(
        labels,
        strengths,
        near,
        find_typicality(rows, labels, strengths, near),
        degenerate=find_fault(labels),
        families=tuple(sorted(tuple(sorted(places[one] for one in family)) for family in families)),
        **facts,
    )
