"""How far the labels of a collection lie apart, and how tidy their groups are: what the thesis logged."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


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
