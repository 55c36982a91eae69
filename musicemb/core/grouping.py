"""Groups against labels: how much of the genres does a clustering find again?

Conventions
-----------
Adjusted mutual information (Vinh, Epps and Bailey: Information theoretic measures for clusterings
comparison, JMLR 11, 2010): 0 for chance, 1 for equal partitions. Density clustering leaves noise, so
it is measured twice: over all labelled tracks with every noise track as its own cluster (nothing is
won by calling what is difficult noise), and over the clustered ones only, with their share beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from musicemb.core.bootstrap import Doubles, Integers, Statistic, mean_of, number
from musicemb.records import NOISE


def mutual_information(labels: Sequence[str], clusters: NDArray[Any] | Sequence[int]) -> float:
    """Adjusted mutual information, noise tracks as clusters of their own.

    Parameters
    ----------
    labels : sequence of str
    clusters : array_like [shape=(n,)]
        Cluster of each, `NOISE` where there is none.
    """
    from sklearn.metrics import adjusted_mutual_info_score

    if not len(labels):
        return float("nan")
    return float(adjusted_mutual_info_score(number(labels)[0], _with_lone_noise(np.asarray(clusters))))


def mutual_information_of(labels: Sequence[str], clusters: NDArray[Any] | Sequence[int], *, noise: bool) -> Statistic:
    """Statistic: adjusted mutual information of drawn tracks.

    Parameters
    ----------
    labels : sequence of str
    clusters : array_like [shape=(n,)]
    noise : bool
        True: over all, each noise track (and each copy of one that is drawn again) a cluster of its
        own. False: over clustered tracks only.
    """
    codes, groups = number(labels)[0], np.asarray(clusters, np.int64)
    kept = np.ones(len(groups), bool) if noise else groups != NOISE

    def statistic(weights: Doubles) -> Doubles:
        values = np.full(len(weights), np.nan)
        for row, weight in enumerate(weights):
            drawn = np.repeat(np.flatnonzero(kept), weight[kept].astype(np.int64))
            if len(drawn):
                values[row] = mutual_information([str(code) for code in codes[drawn]], groups[drawn])
        return values

    return statistic


def grouping_statistics(labels: Sequence[str], clusters: NDArray[Any] | Sequence[int]) -> dict[str, Statistic]:
    """Statistics of a clustering against labels: AMI (all), AMI (clustered), coverage."""
    groups = np.asarray(clusters)
    return {
        "AMI": mutual_information_of(labels, groups, noise=True),
        "AMI clustered": mutual_information_of(labels, groups, noise=False),
        "coverage": mean_of((groups != NOISE).astype(np.float64)),
    }


def grouping_facts(clusters: NDArray[Any] | Sequence[int]) -> dict[str, float]:
    """Number of clusters, and the largest one's share of all tracks."""
    groups = np.asarray(clusters)
    named = groups[groups != NOISE]
    sizes = np.unique(named, return_counts=True)[1] if len(named) else np.zeros(1)
    return {
        "clusters": float(len(set(named.tolist()))),
        "largest share": float(sizes.max() / len(groups)) if len(groups) else 0.0,
    }


def k_means(vectors: NDArray[Any], clusters: int, *, seed: int = 0) -> Integers:
    """Group vectors by k-means: what stands beside HDBSCAN, with as many clusters.

    Parameters
    ----------
    vectors : ndarray [shape=(n, d)]
    clusters : int
        At least 1; never more than there are vectors.
    seed : int
    """
    from sklearn.cluster import KMeans

    count = max(1, min(clusters, len(vectors)))
    found: Integers = KMeans(count, n_init=10, random_state=seed).fit_predict(np.asarray(vectors, np.float64))
    return found.astype(np.int64)


def _with_lone_noise(clusters: NDArray[Any]) -> Integers:
    alone = clusters.astype(np.int64).copy()
    lost = np.flatnonzero(alone == NOISE)
    alone[lost] = (alone.max() if len(alone) else 0) + 1 + np.arange(len(lost))
    return alone
