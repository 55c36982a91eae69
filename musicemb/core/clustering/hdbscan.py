"""Runs HDBSCAN with one setting, and lists the settings to try for a library's size.

Music is a continuum: between any two styles there are tracks, and in a space with more than a few dimensions
most tracks lie in such sparse places. A density clustering calls them noise (half to three quarters
of real libraries). A blurring mean shift, which moves each vector to the mean of its nearest ones, makes dense
places denser and sparse ones emptier, without saying how many clusters there are.

References
----------
Fukunaga and Hostetler: The estimation of the gradient of a density function, with applications in
pattern recognition, IEEE Transactions on Information Theory 21, 1975 (the blurring mean shift).
Choi and Hall: Data sharpening as a prelude to density estimation, Biometrika 86, 1999.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from musicemb.core.clustering.neighbour_tree import linkage_of_neighbours, nearest_of_each
from musicemb.core.vectors.neighbours import nearest, unit_rows
from musicemb.records import Floats, Integers
from musicemb.settings import ClusterSettings

_MOST_ROUNDS = 4
"""Of drawing neighbours together; more of it made clusters where there are none."""


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
        times = {1: "once", 2: "twice"}.get(self.rounds, f"{self.rounds} times")
        drawn = f", neighbours drawn together {times}" if self.rounds else ""
        return f"at least {self.min_cluster_size} tracks each, {self.min_samples} samples, {self.selection}{drawn}"


def settings_to_try(n: int, settings: ClusterSettings | None = None) -> Iterator[Setting]:
    """The settings for a library of n tracks, the least interfering first.

    A cluster has at least `sqrt(n) / 2` tracks, or twice as many, and never less than 3: 3 or 6 of 30, 16 or 32
    of 1 000, 50 or 100 of 10 000 (on real music, less than that made clusters that came and went when tracks
    were added). `min_samples` is 5, or the cluster size where that is less: more would call more tracks noise.

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
    for rounds in range(_MOST_ROUNDS + 1):
        for larger in (size,) if settings.min_cluster_size else (size, 2 * size):
            yield Setting(larger, samples, "eom", rounds)
            yield Setting(larger, samples, "leaf", rounds)


class Forest:
    """The trees that HDBSCAN cuts clusters from, each built once.

    Nearly the whole cost lies in the tree of all distances, which hangs on min_samples and on how
    often neighbours were drawn together, not on the size or choice of clusters.

    Parameters
    ----------
    points : ndarray [shape=(n, n_components)], float32
        Unit length, finite, not all the same.
    quick : bool
        Build trees from nearest neighbours (`core.clustering.neighbour_tree`), not hdbscan's own.
    """

    def __init__(self, points: Floats, *, quick: bool = False) -> None:
        self._points = [points]
        self._quick = quick
        self._trees: dict[tuple[int, int], Any] = {}
        self._near: dict[int, Integers] = {}

    def near(self, rounds: int = 0) -> Integers | None:
        """The neighbours that the quick trees are made of.

        Parameters
        ----------
        rounds : int
            How often neighbours were drawn together before.

        Returns
        -------
        ndarray [shape=(n, k)], int64, or None
            Best first, itself left out; None where trees are hdbscan's own, which are asked for nothing of the kind.
        """
        if not self._quick:
            return None
        if rounds not in self._near:
            self._near[rounds] = nearest_of_each(self._points[rounds])
        return self._near[rounds]

    def cut(self, setting: Setting) -> tuple[Integers, Floats]:
        """Clusters of one setting.

        Parameters
        ----------
        setting : Setting

        Returns
        -------
        labels : ndarray [shape=(n,)], int64
            From 0; -1 for noise.
        strengths : ndarray [shape=(n,)], float32
            HDBSCAN's membership probabilities, 0 to 1.
        """
        model = self._fit(setting)
        strengths = np.nan_to_num(np.asarray(model.probabilities_, dtype=np.float32), nan=0.0, posinf=1.0)
        return np.asarray(model.labels_, dtype=np.int64), np.clip(strengths, 0, 1)

    def condensed(self, setting: Setting) -> Any:
        """The condensed tree that the clusters of one setting are cut from.

        Parameters
        ----------
        setting : Setting

        Returns
        -------
        ndarray with fields "parent", "child", "lambda_val" and "child_size"
        """
        return self._fit(setting).condensed_tree_.to_numpy()

    def _fit(self, setting: Setting) -> Any:
        while len(self._points) <= setting.rounds:
            last, count = len(self._points) - 1, mean_shift_neighbours(len(self._points[0]))
            self._points.append(blurring_mean_shift(self._points[last], count, self.near(last)))
        points = self._points[setting.rounds]
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            # Its warnings (renamed arguments, division by zero distances) are for its authors.
            warnings.simplefilter("ignore")
            from hdbscan import HDBSCAN

            return HDBSCAN(
                min_cluster_size=max(2, min(setting.min_cluster_size, len(points))),
                min_samples=max(1, min(setting.min_samples, len(points) - 1)),
                cluster_selection_method=setting.selection,
                core_dist_n_jobs=1,  # more would start processes of their own
                memory=_Memory(self._trees, (setting.rounds, setting.min_samples), points, self.near(setting.rounds)),
            ).fit(points.astype(np.float64))


class _Memory:
    """What HDBSCAN asks for as `memory` (joblib's, by its one method), without a disk."""

    def __init__(
        self, kept: dict[tuple[int, int], Any], key: tuple[int, int], points: Floats, near: Integers | None
    ) -> None:
        self._kept = kept
        self._key = key
        self._points = points
        self._near = near

    def cache(self, build: Callable[..., Any]) -> Callable[..., Any]:
        """The function, called once per key."""

        def built(*arguments: Any, **keywords: Any) -> Any:
            if self._key not in self._kept:
                if self._near is None:
                    self._kept[self._key] = build(*arguments, **keywords)
                else:  # hdbscan's builders give the linkage, and the spanning tree where it is asked for
                    self._kept[self._key] = linkage_of_neighbours(self._points, self._key[1], near=self._near), None
            return self._kept[self._key]

        return built


def blurring_mean_shift(vectors: Floats, neighbours: int, near: Integers | None = None) -> Floats:
    """Move each vector to the mean of its nearest ones, itself among them; one round.

    Parameters
    ----------
    vectors : ndarray [shape=(n, n_components)]
        Finite, not zero.
    neighbours : int
        How many make the mean; at most n.
    near : ndarray [shape=(n, k)], int64, optional
        The nearest of each, best first and itself left out, where they are known.

    Returns
    -------
    ndarray [shape=(n, n_components)], float32
        Unit length.
    """
    rows, _ = unit_rows(vectors)
    if near is not None and near.shape[1] >= neighbours - 1 and (near[:, : neighbours - 1] >= 0).all():
        indices = np.column_stack([np.arange(len(rows)), near[:, : neighbours - 1]])
    else:
        indices, _ = nearest(rows, rows, max(1, min(neighbours, len(rows))))
    means, sound = unit_rows(rows[indices].mean(axis=1))
    means[~sound] = rows[~sound]  # neighbours that cancel each other out leave a vector where it is
    return means


def mean_shift_neighbours(n: int) -> int:
    """How many vectors make a mean in a library of n tracks: sqrt(n) / 2, from 5 to 30.

    Parameters
    ----------
    n : int

    Returns
    -------
    int
    """
    return min(30, max(5, round(math.sqrt(n) / 2)))
