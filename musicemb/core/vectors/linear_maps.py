"""Linear maps from what a trunk makes of segments to an embedding, found in closed form.

Three of them tell what an embedding is for, each where its data are known: segments of one track belong together
(Tile2Vec's idea; its linear solution is Fisher's discriminant analysis with a class per track, as speaker recognition
uses it), tracks lie as a teacher has them (regression to its vectors), and as their genres do (regression to these).
None needs a step of gradient descent: a few hundred tracks are enough for what a trunk knows already, and too few to
teach it anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from musicemb.records import Floats, Integers

SHRINKAGE = 0.1
"""Share of the mean variance that is added to each direction within tracks: few tracks tell it unsurely."""

PENALTY = 3.0
"""Ridge of the regressions, in mean variances of a trunk's channel; 0.3 to 3 differ by less than their intervals."""


@dataclass(frozen=True)
class LinearMap:
    """outputs @ kernel + bias."""

    kernel: NDArray[np.float64]
    """Shape (n_channels, dimensions)."""
    bias: NDArray[np.float64]
    """Shape (dimensions,)."""


def fit_discriminant(clean: Floats, degraded: Floats, tracks: Integers, dimensions: int) -> LinearMap:
    """Directions in which tracks differ most, for how much their own segments and degraded copies of these do.

    Parameters
    ----------
    clean, degraded : ndarray [shape=(n_segments, n_channels)]
        What a trunk makes of segments, and of the same segments augmented.
    tracks : ndarray [shape=(n_segments,)], int
        Number of each segment's track.
    dimensions : int
        At most n_channels.

    Returns
    -------
    LinearMap
        Scaled so that segments vary by 1 within their tracks.
    """
    from scipy.linalg import eigh

    means, numbers = mean_per_track(clean, tracks)
    centre = clean.mean(axis=0, dtype=np.float64)
    within = np.zeros((clean.shape[1], clean.shape[1]))
    for rows in (clean, degraded):
        apart = np.asarray(rows, np.float64) - means[numbers]
        within += apart.T @ apart / (2 * len(rows))
    between = np.atleast_2d(np.cov(means - centre, rowvar=False))
    channels = len(within)
    within[np.diag_indices(channels)] += max(SHRINKAGE * np.trace(within) / channels, 1e-9)
    _, directions = eigh(between, within, subset_by_index=(channels - dimensions, channels - 1))
    kernel = directions[:, ::-1]
    return LinearMap(kernel, -centre @ kernel)


def fit_regression(means: NDArray[Any], targets: NDArray[Any]) -> LinearMap:
    """Ridge regression of tracks' targets on the means of what a trunk makes of them.

    Parameters
    ----------
    means : ndarray [shape=(n, n_channels)]
    targets : ndarray [shape=(n, dimensions)]

    Returns
    -------
    LinearMap
    """
    means, targets = np.asarray(means, np.float64), np.asarray(targets, np.float64)
    centre = means.mean(axis=0)
    apart = means - centre
    scatter = apart.T @ apart
    channels = len(scatter)
    scatter[np.diag_indices(channels)] += max(PENALTY * np.trace(scatter) / channels, 1e-9)
    kernel = np.linalg.solve(scatter, apart.T @ (targets - targets.mean(axis=0)))
    return LinearMap(kernel, -centre @ kernel)


def genre_targets(shares: NDArray[Any]) -> NDArray[np.float64]:
    """A column per genre, in which its tracks stand out the more, the fewer they are.

    Parameters
    ----------
    shares : ndarray [shape=(n, n_genres)]
        What part of each genre a track is: 1 for its only one, equal parts of several.

    Returns
    -------
    ndarray [shape=(n, n_genres)]
    """
    shares = np.asarray(shares, dtype=np.float64)
    return np.asarray(shares / np.sqrt(np.maximum(shares.sum(axis=0), 1)))


def leading_directions(vectors: NDArray[Any], dimensions: int) -> NDArray[np.float64]:
    """Vectors along their first principal components.

    Parameters
    ----------
    vectors : ndarray [shape=(n, n_dimensions)]
    dimensions : int

    Returns
    -------
    ndarray [shape=(n, min(dimensions, n_dimensions))]
    """
    apart = np.asarray(vectors, np.float64) - np.mean(vectors, axis=0, dtype=np.float64)
    _, directions = np.linalg.eigh(apart.T @ apart)
    return np.asarray(apart @ directions[:, ::-1][:, :dimensions], dtype=np.float64)


def join_maps(maps: Sequence[LinearMap], outputs: NDArray[Any], weights: Sequence[float] | None = None) -> LinearMap:
    """Maps behind one another, each of the same mean square over segments, or of that many times its root.

    Parameters
    ----------
    maps : sequence of LinearMap
    outputs : ndarray [shape=(n, n_channels)]
        What a trunk makes of segments.
    weights : sequence of float, optional
        How long each map's part of a vector is beside the others; None: all alike.

    Returns
    -------
    LinearMap
    """
    rows = np.asarray(outputs, np.float64)
    lengths = [np.sqrt(max(np.square(rows @ m.kernel + m.bias).sum(axis=1).mean(), 1e-12)) for m in maps]
    wanted = [1.0] * len(maps) if weights is None else weights
    scales = [weight / length for weight, length in zip(wanted, lengths, strict=True)]
    return LinearMap(
        np.concatenate([m.kernel * s for m, s in zip(maps, scales, strict=True)], axis=1),
        np.concatenate([m.bias * s for m, s in zip(maps, scales, strict=True)]),
    )


def mean_per_track(rows: NDArray[Any], tracks: Integers) -> tuple[NDArray[np.float64], Integers]:
    """Means of each track's rows.

    Parameters
    ----------
    rows : ndarray [shape=(n, n_channels)]
    tracks : ndarray [shape=(n,)], int

    Returns
    -------
    means : ndarray [shape=(n_tracks, n_channels)]
        In the order of the tracks' numbers.
    numbers : ndarray [shape=(n,)], int
        Which of them each row belongs to.
    """
    _, numbers = np.unique(tracks, return_inverse=True)
    counts = np.bincount(numbers)
    sums = np.zeros((len(counts), rows.shape[1]))
    np.add.at(sums, numbers, np.asarray(rows, np.float64))
    return sums / counts[:, None], numbers.astype(np.int64)
