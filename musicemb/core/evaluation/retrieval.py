"""Retrieval: are the nearest tracks by other artists of the same class?

Conventions
-----------
Every labelled track is a query; its gallery is all other labelled tracks by other artists. Precision
at k is the share of the k nearest that have the query's label; 1-nn is precision at 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from musicemb.core.evaluation.bootstrap import encode_labels
from musicemb.records import Floats64

Metric = Literal["cosine", "euclidean"]


def similarities(queries: NDArray[Any], vectors: NDArray[Any], metric: Metric = "cosine") -> Floats64:
    """How like each query is to each vector: cosine, or minus the Euclidean distance.

    Parameters
    ----------
    queries : ndarray [shape=(m, d)]
    vectors : ndarray [shape=(n, d)]
    metric : str

    Returns
    -------
    ndarray [shape=(m, n)], float64
    """
    first, second = np.asarray(queries, np.float64), np.asarray(vectors, np.float64)
    if metric == "cosine":
        result: Floats64 = unit(first) @ unit(second).T
        return result
    squares = (first**2).sum(axis=1)[:, None] + (second**2).sum(axis=1)[None] - 2 * first @ second.T
    distance: Floats64 = -np.sqrt(np.maximum(squares, 0))
    return distance


def unit(vectors: Floats64) -> Floats64:
    """Rows at unit length.

    Parameters
    ----------
    vectors : ndarray [shape=(n, d)], float64

    Returns
    -------
    ndarray [shape=(n, d)], float64
        A row of zeros stays.
    """
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    scaled: Floats64 = vectors / np.where(norms > 0, norms, 1)
    return scaled


def precision_at(
    vectors: NDArray[Any],
    labels: Sequence[str],
    artists: Sequence[str],
    k: int = 5,
    *,
    metric: Metric = "cosine",
    folds: NDArray[np.int64] | None = None,
) -> Floats64:
    """Precision at k of every track as a query.

    Parameters
    ----------
    vectors : ndarray [shape=(n, d)]
    labels, artists : sequence of str
        Of each vector. All are labelled.
    k : int
        Where a query's gallery holds fewer, all of it counts.
    metric : str
    folds : ndarray [shape=(n,)], optional
        Search each query within its own fold only: for vectors of encoders that were trained on
        the labels of the other folds, whose spaces are not comparable.

    Returns
    -------
    ndarray [shape=(n,)], float64
        0 to 1; NaN for a query whose gallery is empty.
    """
    codes, _ = encode_labels(labels)
    singers, _ = encode_labels(artists)
    scores = similarities(vectors, vectors, metric)
    scores[singers[:, None] == singers[None]] = -np.inf
    if folds is not None:
        scores[folds[:, None] != folds[None]] = -np.inf
    precision = np.full(len(codes), np.nan)
    for query, row in enumerate(scores):
        order = np.argsort(-row, kind="stable")[:k]
        order = order[np.isfinite(row[order])]
        if len(order):
            precision[query] = float(np.mean(codes[order] == codes[query]))
    return precision


def original_first(
    queries: NDArray[Any], vectors: NDArray[Any], originals: Sequence[int], metric: Metric = "cosine"
) -> Floats64:
    """Whether each damaged copy finds its original before every other track.

    Parameters
    ----------
    queries : ndarray [shape=(m, d)]
        Vectors of copies.
    vectors : ndarray [shape=(n, d)]
        Vectors of all tracks.
    originals : sequence of int
        Row of each copy's original in `vectors`.
    metric : str
        "cosine" or "euclidean".

    Returns
    -------
    ndarray [shape=(m,)], float64
        1 where the original is strictly nearest (a tie is a miss), else 0. A vector that is not
        finite never finds.
    """
    scores = similarities(queries, vectors, metric)
    rows = np.arange(len(scores))
    own = scores[rows, np.asarray(originals, np.int64)].copy()
    scores[rows, np.asarray(originals, np.int64)] = -np.inf
    best = scores.max(axis=1) if scores.shape[1] else np.full(len(scores), -np.inf)
    found: Floats64 = (own > best).astype(np.float64)
    return found
