"""Groups of vectors that sound alike: HDBSCAN, with its settings chosen from the library's size.

HDBSCAN finds dense places and calls what lies between them noise. Which density counts is a matter
of two numbers and one choice, and no single setting suits 30 tracks and 100 000, or a library of
one genre and a mixed one. So a short ordered list of settings is tried, the first whose result is
fit to be shown is taken, and where none is, the one with the best score, which says so.

*Fit to be shown*: noise and the largest cluster are at most 40 % of the tracks each, there are at least
six clusters (from 1 000 tracks on; below that two), and not more than `2 * sqrt(n)` of them.

*Score*: the share of pairs of tracks that the result tells apart or puts together for a reason: coverage
squared (both tracks of a pair are in clusters) times the chance that two of them are in different
clusters; divided by how many times too many clusters there are. 0 for nothing but noise, 0 for one
big cluster, at most 1.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from musicemb.core.membership import find_typicality, reach_clusters
from musicemb.records import NOISE, Floats
from musicemb.settings import ClusterSettings

Integers = NDArray[np.int64]

LARGEST_NOISE = 0.4
"""Share of tracks; with more noise than this a result says too little."""
LARGEST_CLUSTER = 0.4
"""Share of tracks; a cluster larger than this says nothing."""
FEWEST_CLUSTERS = 6
"""Of a library of `MANY_TRACKS` or more."""
MANY_TRACKS = 1_000


@dataclass(frozen=True)
class Setting:
    """One way to run HDBSCAN."""

    min_cluster_size: int
    min_samples: int
    selection: Literal["eom", "leaf"]

    def __str__(self) -> str:
        return f"at least {self.min_cluster_size} tracks, {self.min_samples} samples, {self.selection}"


@dataclass(frozen=True)
class ClusterResult:
    """What clustering found, one entry per vector."""

    labels: Integers
    """Cluster of each vector, 0 upwards, the largest cluster first; NOISE for none. Shape (n,)."""
    strengths: Floats
    """HDBSCAN membership strength, 0 to 1; of noise, how near it comes to `nearest`. Shape (n,)."""
    nearest: Integers
    """The cluster itself; of noise the nearest one; NOISE where there is no cluster. Shape (n,)."""
    typicality: Floats
    """How typical each vector is of `nearest`: cosine to its members' mean, weighted by strength,
    -1 to 1. Shape (n,)."""
    setting: Setting | None = None
    """What it was made with; None where there was nothing to cluster."""
    tried: int = 0
    """Settings tried until then."""
    degenerate: str = ""
    """What is wrong with the result ("52 % of the tracks belong to no cluster"); "" if nothing."""

    @property
    def count(self) -> int:
        """Number of clusters."""
        return int(self.labels.max(initial=NOISE)) + 1

    @property
    def noise_share(self) -> float:
        """Share of vectors in no cluster, 0 to 1."""
        return float((self.labels == NOISE).mean()) if len(self.labels) else 0.0


def cluster_vectors(projected: Floats, settings: ClusterSettings | None = None) -> ClusterResult:
    """Group vectors by density.

    Parameters
    ----------
    projected : ndarray [shape=(n, n_components)], float32
        Unit length (see `core.projection`); rows that are not finite become noise. Up to about 20
        components are quick: 128 take eight times as long.
    settings : ClusterSettings, optional
        Numbers given there are kept; only the rest is chosen.

    Returns
    -------
    ClusterResult
        Any number of vectors, also none, gives one.
    """
    settings = settings or ClusterSettings()
    rows = np.atleast_2d(np.asarray(projected, dtype=np.float64))
    sound = np.isfinite(rows).all(axis=1)
    points = rows[sound]
    labels = np.full(len(rows), NOISE, dtype=np.int64)
    strengths = np.zeros(len(rows), dtype=np.float32)
    if len(points) < 2 or rows.shape[1] == 0:
        return _result(rows, labels, strengths, None, 0)
    if np.ptp(points, axis=0).max() < 1e-6:
        # No density differs from another; HDBSCAN would divide by zero distances.
        labels[sound], strengths[sound] = 0, 1
        return _result(rows, labels, strengths, None, 0)
    best: tuple[float, int, Setting, Integers, Floats] | None = None
    tried = 0
    trees: dict[int, Any] = {}
    for setting in settings_to_try(len(points), settings):
        tried += 1
        found, probabilities = _run(points, setting, trees)
        score = _score(found)
        if best is None or score > best[0]:
            best = (score, tried, setting, found, probabilities)
        if not find_fault(found):
            best = (score, tried, setting, found, probabilities)
            break
    assert best is not None  # settings_to_try is never empty
    _, _, chosen, found, probabilities = best
    labels[sound] = _largest_first(found)
    strengths[sound] = probabilities
    return _result(rows, labels, strengths, chosen, tried)


def settings_to_try(n: int, settings: ClusterSettings | None = None) -> Iterator[Setting]:
    """The settings for a library of n tracks, the preferred first.

    A cluster has at least `sqrt(n) / 3` tracks, and never less than 3: 3 of 30, 3 of 100, 11 of
    1 000, 33 of 10 000, 105 of 100 000. `min_samples`, which makes HDBSCAN call more of the sparse
    tracks noise, starts at 5 (at most the cluster size); less of it is the cure for too much
    noise, `leaf` (small clusters of the tree instead of the longest-lived) that for one giant.

    Parameters
    ----------
    n : int
        Tracks.
    settings : ClusterSettings, optional
        Numbers given there are in every setting.

    Yields
    ------
    Setting
    """
    settings = settings or ClusterSettings()
    size = settings.min_cluster_size or max(3, round(math.sqrt(n) / 3))
    size = max(2, size)
    sizes = [size]
    if settings.min_cluster_size is None:
        sizes += [max(3, size // 2), size * 2]
    samples = [settings.min_samples] if settings.min_samples else [min(5, size), 2, 1]
    seen = set()
    selections: tuple[Literal["eom", "leaf"], ...] = ("eom", "leaf")
    for few in samples:
        for some in sizes:
            for selection in selections:
                setting = Setting(some, max(1, few), selection)
                if setting not in seen:
                    seen.add(setting)
                    yield setting


def find_fault(labels: Integers) -> str:
    """What makes a clustering unfit to be shown.

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
        return "there is nothing to group"
    sizes = np.bincount(labels[labels >= 0]) if (labels >= 0).any() else np.zeros(0, dtype=np.int64)
    sizes = sizes[sizes > 0]
    noise = float((labels == NOISE).mean())
    if len(sizes) == 0:
        return "no group stands out"
    if noise > LARGEST_NOISE:
        return f"{noise:.0%} of the tracks belong to no cluster"
    if sizes.max() > LARGEST_CLUSTER * n and n > 2:
        return f"one cluster holds {sizes.max() / n:.0%} of the tracks"
    if n >= MANY_TRACKS and len(sizes) < FEWEST_CLUSTERS:
        return f"there are only {len(sizes)} clusters"
    if len(sizes) > most_clusters(n):
        return f"there are {len(sizes)} small clusters"
    return ""


def most_clusters(n: int) -> int:
    """More clusters of n tracks than this are crumbs that nobody looks through."""
    return max(12, round(2 * math.sqrt(n)))


def _score(labels: Integers) -> float:
    members = labels[labels >= 0]
    if len(members) == 0:
        return 0.0
    shares = np.bincount(members) / len(members)
    count = int((shares > 0).sum())
    coverage = len(members) / len(labels)
    return float(coverage**2 * (1 - (shares**2).sum()) / max(1.0, count / most_clusters(len(labels))))


class _Trees:
    """Keeps what HDBSCAN builds before it looks at the cluster size (its `memory`, without a disk).

    The tree of all distances is nearly the whole cost, and hangs on min_samples only.
    """

    def __init__(self, kept: dict[int, Any], key: int) -> None:
        self._kept = kept
        self._key = key

    def cache(self, build: Callable[..., Any]) -> Callable[..., Any]:
        def built(*arguments: Any, **keywords: Any) -> Any:
            if self._key not in self._kept:
                self._kept.clear()  # settings come sorted by min_samples; one tree is enough
                self._kept[self._key] = build(*arguments, **keywords)
            return self._kept[self._key]

        return built


def _run(points: NDArray[np.float64], setting: Setting, trees: dict[int, Any]) -> tuple[Integers, Floats]:
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        # Its warnings (renamed arguments, division by zero distances) are for its authors.
        warnings.simplefilter("ignore")
        from hdbscan import HDBSCAN

        model = HDBSCAN(
            min_cluster_size=min(setting.min_cluster_size, len(points)),
            min_samples=min(setting.min_samples, len(points) - 1),
            cluster_selection_method=setting.selection,
            core_dist_n_jobs=1,  # more start processes of their own
            memory=_Trees(trees, setting.min_samples),
        ).fit(points)
    strengths = np.nan_to_num(np.asarray(model.probabilities_, dtype=np.float32), nan=0.0, posinf=1.0)
    return np.asarray(model.labels_, dtype=np.int64), np.clip(strengths, 0, 1)


def _largest_first(labels: Integers) -> Integers:
    if not (labels >= 0).any():
        return labels
    order = np.argsort(-np.bincount(labels[labels >= 0]), kind="stable")
    renamed = np.empty(len(order) + 1, dtype=np.int64)
    renamed[order] = np.arange(len(order))
    renamed[-1] = NOISE
    return renamed[labels]


def _result(
    rows: NDArray[np.float64], labels: Integers, strengths: Floats, setting: Setting | None, tried: int
) -> ClusterResult:
    near = labels.copy()
    outside = np.flatnonzero((labels == NOISE) & np.isfinite(rows).all(axis=1))
    near[outside], strengths[outside] = reach_clusters(rows, labels, outside)
    typicality = find_typicality(rows, labels, strengths, near)
    return ClusterResult(labels, strengths, near, typicality, setting, tried, find_fault(labels))
