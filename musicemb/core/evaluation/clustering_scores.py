"""Compares clusters with labels: mutual information, and distances between labels.

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

from musicemb.core.clustering.selection import cluster_vectors
from musicemb.core.evaluation.bootstrap import Statistic, encode_labels, mean_of
from musicemb.records import NOISE, Floats64, Integers
from musicemb.settings import ClusterSettings


def mutual_information(labels: Sequence[str], clusters: NDArray[Any] | Sequence[int]) -> float:
    """Adjusted mutual information, noise tracks as clusters of their own.

    Parameters
    ----------
    labels : sequence of str
    clusters : array_like [shape=(n,)]
        Cluster of each, `NOISE` where there is none.

    Returns
    -------
    float
        At most 1; around 0, also below it, for chance; NaN where there are no tracks.
    """
    from sklearn.metrics import adjusted_mutual_info_score

    if not len(labels):
        return float("nan")
    return float(adjusted_mutual_info_score(encode_labels(labels)[0], _with_lone_noise(np.asarray(clusters))))


def mutual_information_of(labels: Sequence[str], clusters: NDArray[Any] | Sequence[int], *, noise: bool) -> Statistic:
    """Statistic: adjusted mutual information of drawn tracks.

    Parameters
    ----------
    labels : sequence of str
    clusters : array_like [shape=(n,)]
        Cluster of each, `NOISE` where there is none.
    noise : bool
        True: over all, each noise track (and each copy of one that is drawn again) a cluster of its
        own. False: over clustered tracks only.

    Returns
    -------
    callable
        Statistic, for draws of halves (see `core.evaluation.bootstrap`); NaN for a draw that leaves no track.
    """
    codes, groups = encode_labels(labels)[0], np.asarray(clusters, np.int64)
    kept = np.ones(len(groups), bool) if noise else groups != NOISE

    def statistic(weights: Floats64) -> Floats64:
        values = np.full(len(weights), np.nan)
        for row, weight in enumerate(weights):
            drawn = np.repeat(np.flatnonzero(kept), weight[kept].astype(np.int64))
            if len(drawn):
                values[row] = mutual_information([str(code) for code in codes[drawn]], groups[drawn])
        return values

    return statistic


def grouping_statistics(labels: Sequence[str], clusters: NDArray[Any] | Sequence[int]) -> dict[str, Statistic]:
    """Statistics of a clustering against labels.

    Parameters
    ----------
    labels : sequence of str
    clusters : array_like [shape=(n,)]
        Cluster of each, `NOISE` where there is none.

    Returns
    -------
    dict
        "AMI" (over all), "AMI clustered" (over clustered tracks), "coverage" (share that is clustered).
    """
    groups = np.asarray(clusters)
    return {
        "AMI": mutual_information_of(labels, groups, noise=True),
        "AMI clustered": mutual_information_of(labels, groups, noise=False),
        "coverage": mean_of((groups != NOISE).astype(np.float64)),
    }


def grouping_facts(clusters: NDArray[Any] | Sequence[int]) -> dict[str, float]:
    """Count clusters and weigh the largest.

    Parameters
    ----------
    clusters : array_like [shape=(n,)]
        Cluster of each track, `NOISE` where there is none.

    Returns
    -------
    dict
        "clusters", their number; "largest share", that of all tracks, noise with them, 0 to 1.
    """
    groups = np.asarray(clusters)
    named = groups[groups != NOISE]
    sizes = np.unique(named, return_counts=True)[1] if len(named) else np.zeros(1)
    return {
        "clusters": float(len(set(named.tolist()))),
        "largest share": float(sizes.max() / len(groups)) if len(groups) else 0.0,
    }


def measure_grouping(
    space: NDArray[Any], labels: Sequence[str], rows: Sequence[int]
) -> tuple[dict[str, Statistic], dict[str, float]]:
    """Group vectors by the product's own rule, and by k-means into as many, and compare both with labels.

    Parameters
    ----------
    space : ndarray [shape=(n, n_components)], float32
        All that is grouped, projected.
    labels : sequence of str
        Of those that are compared.
    rows : sequence of int
        Which of `space` they are.

    Returns
    -------
    statistics : dict
        Those of `grouping_statistics`, and "AMI k-means".
    facts : dict
        Those of `grouping_facts`, and "k-means largest share"; of all that was grouped.
    """
    at = np.asarray(rows, np.int64)
    dense = cluster_vectors(space, ClusterSettings()).labels
    facts = grouping_facts(dense)
    means = k_means(space, max(int(facts["clusters"]), 2))
    statistics = grouping_statistics(labels, dense[at])
    statistics["AMI k-means"] = grouping_statistics(labels, means[at])["AMI"]
    return statistics, {**facts, "k-means largest share": grouping_facts(means)["largest share"]}


def k_means(vectors: NDArray[Any], clusters: int, *, seed: int = 0) -> Integers:
    """Group vectors by k-means: what stands beside HDBSCAN, with as many clusters.

    Parameters
    ----------
    vectors : ndarray [shape=(n, d)]
    clusters : int
        Taken as at least 1 and at most the number of vectors.
    seed : int
        Of the ten starts, the best of which is kept.

    Returns
    -------
    ndarray [shape=(n,)], int64
        Cluster of each, from 0.
    """
    from sklearn.cluster import KMeans

    count = max(1, min(clusters, len(vectors)))
    found: Integers = KMeans(count, n_init=10, random_state=seed).fit_predict(np.asarray(vectors, np.float64))
    return found.astype(np.int64)


def label_distances(vectors: NDArray[Any], labels: Sequence[str]) -> tuple[tuple[str, ...], NDArray[np.float64]]:
    """Euclidean distances between the centres of labels.

    Parameters
    ----------
    vectors : ndarray [shape=(n, d)]
    labels : sequence of str
        "" is unlabelled and left out.

    Returns
    -------
    names : tuple of str
        In the order of the alphabet.
    distances : ndarray [shape=(n_labels, n_labels)], float64
        Symmetric; off the diagonal the distance of two centres, on it the mean distance of a label's
        vectors to their own centre, so that a row tells whether a label is nearer to another than it is wide.
    """
    names = tuple(sorted({label for label in labels if label}))
    rows = np.asarray(vectors, np.float64)
    own = [rows[[i for i, label in enumerate(labels) if label == name]] for name in names]
    centres = np.stack([part.mean(axis=0) for part in own]) if own else np.zeros((0, rows.shape[-1]))
    distances = np.linalg.norm(centres[:, None] - centres[None], axis=2)
    for place, (part, centre) in enumerate(zip(own, centres, strict=True)):
        distances[place, place] = np.linalg.norm(part - centre, axis=1).mean()
    return names, distances


def silhouette(vectors: NDArray[Any], labels: Sequence[str]) -> float:
    """Mean silhouette of labelled vectors (Rousseeuw 1987), by Euclidean distance.

    Parameters
    ----------
    vectors : ndarray [shape=(n, d)]
    labels : sequence of str
        "" is unlabelled and left out.

    Returns
    -------
    float
        -1 to 1; NaN where there are not two labels with a vector to spare, or a vector is not finite.
    """
    rows = [i for i, label in enumerate(labels) if label]
    known = [labels[i] for i in rows]
    part = np.asarray(vectors, np.float64)[rows]
    if not 2 <= len(set(known)) < len(known) or not np.isfinite(part).all():
        return float("nan")
    from sklearn.metrics import silhouette_score

    return float(silhouette_score(part, known))


def _with_lone_noise(clusters: NDArray[Any]) -> Integers:
    alone = clusters.astype(np.int64).copy()
    lost = np.flatnonzero(alone == NOISE)
    alone[lost] = (alone.max() if len(alone) else 0) + 1 + np.arange(len(lost))
    return alone
