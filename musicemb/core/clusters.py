"""Groups of vectors that sound alike: HDBSCAN, with its settings chosen from the library's size.

HDBSCAN finds dense places and calls what lies between them noise. No single setting suits 30 tracks
and 100 000, or a library of well-parted styles and one where everything shades into everything. So
a short ordered list of settings is tried (`settings_to_try`): the plain one first, then the same
after drawing neighbours together (`core.sharpening`), then other cluster sizes. The first
result that is fit to be shown is taken; where there is an earlier grouping, the fit one that leaves
the most tracks where they were. Where none is fit, the one with the best score is taken, and says what is wrong.

*Fit to be shown*: at most 40 % of the tracks are noise, no cluster holds more than 40 % of them, there are at
least six clusters (from 1 000 tracks on) and not more than `most_clusters`.

*Score*: the share of the tracks that are in clusters, squared, times the chance that two of those are in
different clusters, divided by how many times too many clusters there are. 0 for nothing but noise, 0 for one
cluster; at most 1.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from musicemb.core.matching import match_clusters
from musicemb.core.membership import find_typicality, reach_clusters
from musicemb.core.sharpening import sharpen_vectors, sharpening_neighbours
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
_MOST_ROUNDS = 3
"""Of drawing neighbours together; more of it only makes crumbs."""
_KEPT_ENOUGH = 0.95
"""Share of the tracks that keep their cluster; a result with more is not searched further for."""


@dataclass(frozen=True)
class Setting:
    """One way to run HDBSCAN."""

    min_cluster_size: int
    min_samples: int
    selection: Literal["eom", "leaf"]
    """The longest-lived clusters of the tree, or its smallest ones."""
    rounds: int = 0
    """How often neighbours are drawn together before."""

    def __str__(self) -> str:
        text = f"clusters of {self.min_cluster_size} or more, {self.min_samples} samples, {self.selection}"
        return f"{text}, sharpened {self.rounds} times" if self.rounds else text


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


def cluster_vectors(
    projected: Floats, settings: ClusterSettings | None = None, *, previous: Integers | None = None
) -> ClusterResult:
    """Group vectors by density.

    Parameters
    ----------
    projected : ndarray [shape=(n, n_components)], float32
        Unit length (see `core.projection`); rows that are not finite become noise. Up to about 20
        components are quick: 128 take eight times as long.
    settings : ClusterSettings, optional
        Numbers given there are kept; only the rest is chosen.
    previous : ndarray [shape=(n,)], int, optional
        Cluster of each vector in an earlier grouping, negative for none: of several results that
        are fit to be shown, the one that changes least is taken.

    Returns
    -------
    ClusterResult
        Any number of vectors, also none, gives one. The order of the vectors changes nothing.
    """
    rows = np.atleast_2d(np.asarray(projected, dtype=np.float32))
    sound = np.flatnonzero(np.isfinite(rows).all(axis=1))
    # Tracks are numbered as workers finish them, and HDBSCAN's trees hang on the order of rows.
    sound = sound[np.lexsort(rows[sound].T)] if rows.shape[1] else sound
    points = rows[sound]
    labels = np.full(len(rows), NOISE, dtype=np.int64)
    strengths = np.zeros(len(rows), dtype=np.float32)
    if len(points) < 2 or rows.shape[1] == 0:
        return _result(rows, labels, strengths, None, 0)
    if np.ptp(points, axis=0).max() < 1e-6:
        # No density differs from another; HDBSCAN would divide by zero distances.
        labels[sound], strengths[sound] = 0, 1
        return _result(rows, labels, strengths, None, 0)
    before = None if previous is None or (previous < 0).all() else previous[sound]
    forest = _Forest(points)
    best: tuple[tuple[bool, float], Setting, Integers, Floats] | None = None
    tried = 0
    for setting in settings_to_try(len(points), settings):
        tried += 1
        found, probabilities = forest.cut(setting)
        fit = not find_fault(found)
        worth = _score(found) if not fit or before is None else _kept_share(before, found)
        if best is None or (fit, worth) > best[0]:
            best = ((fit, worth), setting, found, probabilities)
        if fit and (before is None or worth >= _KEPT_ENOUGH):
            break
    assert best is not None  # settings_to_try is never empty
    _, chosen, found, probabilities = best
    labels[sound] = _largest_first(found)
    strengths[sound] = probabilities
    return _result(rows, labels, strengths, chosen, tried)


def settings_to_try(n: int, settings: ClusterSettings | None = None) -> Iterator[Setting]:
    """The settings for a library of n tracks, the preferred first.

    A cluster has at least `sqrt(n) / 2` tracks, and never less than 3: 3 of 30, 5 of 100, 16 of
    1 000, 50 of 10 000, 158 of 100 000 (on real music, less than that made clusters that came and
    went when tracks were added). `min_samples` is 5, or the cluster size where that is less: more would call
    more tracks noise.

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
    size = max(2, settings.min_cluster_size or max(3, round(math.sqrt(n) / 2)))
    samples = max(1, settings.min_samples or min(5, size))
    half, double = (size, size) if settings.min_cluster_size else (max(3, size // 2), 2 * size)
    tried = [Setting(size, samples, "eom", rounds) for rounds in range(_MOST_ROUNDS + 1)]
    tried += [Setting(half, samples, "eom", rounds) for rounds in range(1, _MOST_ROUNDS + 1)]
    tried += [Setting(size, samples, "leaf", rounds) for rounds in range(1, _MOST_ROUNDS + 1)]
    tried += [Setting(double, samples, "eom", rounds) for rounds in (_MOST_ROUNDS, 1)]
    tried += [Setting(double, samples, "leaf", _MOST_ROUNDS)]
    yield from dict.fromkeys(tried)


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


def _score(labels: Integers) -> float:
    members = labels[labels >= 0]
    if len(members) == 0:
        return 0.0
    shares = np.bincount(members) / len(members)
    count = int((shares > 0).sum())
    coverage = len(members) / len(labels)
    return float(coverage**2 * (1 - (shares**2).sum()) / max(1.0, count / most_clusters(len(labels))))


def _kept_share(before: Integers, found: Integers) -> float:
    """Share of the tracks clustered both times whose cluster is the same one."""
    both = (before >= 0) & (found >= 0)
    same = match_clusters(before, found)
    kept = sum(int(((found == new) & (before == old)).sum()) for new, old in same.items())
    return kept / max(int(both.sum()), 1)


class _Forest:
    """The trees that HDBSCAN cuts clusters from, each built once.

    Nearly the whole cost lies in the tree of all distances, which hangs on min_samples and on how
    often neighbours were drawn together, not on the size or choice of clusters.
    """

    def __init__(self, points: Floats) -> None:
        self._points = [points]
        self._trees: dict[tuple[int, int], Any] = {}

    def cut(self, setting: Setting) -> tuple[Integers, Floats]:
        """Labels and strengths of one setting."""
        while len(self._points) <= setting.rounds:
            self._points.append(sharpen_vectors(self._points[-1], sharpening_neighbours(len(self._points[0]))))
        points = self._points[setting.rounds]
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            # Its warnings (renamed arguments, division by zero distances) are for its authors.
            warnings.simplefilter("ignore")
            from hdbscan import HDBSCAN

            model = HDBSCAN(
                min_cluster_size=max(2, min(setting.min_cluster_size, len(points))),
                min_samples=max(1, min(setting.min_samples, len(points) - 1)),
                cluster_selection_method=setting.selection,
                core_dist_n_jobs=1,  # more would start processes of their own
                memory=_Memory(self._trees, (setting.rounds, setting.min_samples)),
            ).fit(points.astype(np.float64))
        strengths = np.nan_to_num(np.asarray(model.probabilities_, dtype=np.float32), nan=0.0, posinf=1.0)
        return np.asarray(model.labels_, dtype=np.int64), np.clip(strengths, 0, 1)


class _Memory:
    """What HDBSCAN asks for as `memory` (joblib's, by its one method), without a disk."""

    def __init__(self, kept: dict[tuple[int, int], Any], key: tuple[int, int]) -> None:
        self._kept = kept
        self._key = key

    def cache(self, build: Callable[..., Any]) -> Callable[..., Any]:
        """The function, called once per key."""

        def built(*arguments: Any, **keywords: Any) -> Any:
            if self._key not in self._kept:
                self._kept[self._key] = build(*arguments, **keywords)
            return self._kept[self._key]

        return built


def _largest_first(labels: Integers) -> Integers:
    if not (labels >= 0).any():
        return labels
    order = np.argsort(-np.bincount(labels[labels >= 0]), kind="stable")
    renamed = np.empty(len(order) + 1, dtype=np.int64)
    renamed[order] = np.arange(len(order))
    renamed[-1] = NOISE
    return renamed[labels]


def _result(rows: Floats, labels: Integers, strengths: Floats, setting: Setting | None, tried: int) -> ClusterResult:
    near = labels.copy()
    outside = np.flatnonzero((labels == NOISE) & np.isfinite(rows).all(axis=1))
    near[outside], strengths[outside] = reach_clusters(rows, labels, outside)
    typicality = find_typicality(rows, labels, strengths, near)
    return ClusterResult(labels, strengths, near, typicality, setting, tried, find_fault(labels))
