"""Vectors become short ones to cluster in: PCA, fitted once on the encoder's training data.

One projection for all libraries and scans keeps clusters from turning under the listener. Projected
vectors are unit length again, so that Euclidean distance (which trees need) orders as cosine does.
"""

from __future__ import annotations

import numpy as np

from musicemb.records import Floats, Projection

_NO_DIRECTION = 1e-9


def fit_projection(vectors: Floats, components: int, *, whiten: bool = False) -> Projection:
    """Principal components of vectors.

    Parameters
    ----------
    vectors : ndarray [shape=(n, n_dimensions)]
        Rows that are not finite are left out; at least one must remain.
    components : int
        Directions kept; never more than there are dimensions or vectors.
    whiten : bool
        Scale each direction to unit variance, so that weak directions count as much as strong ones.

    Returns
    -------
    Projection
        The same for the same vectors in any order, up to rounding: the sign of a direction is
        chosen so that its largest coordinate is positive.

    Raises
    ------
    ValueError
        Without a finite vector, or for less than one component.
    """
    rows = np.atleast_2d(np.asarray(vectors, dtype=np.float64))
    rows = rows[np.isfinite(rows).all(axis=1)]
    if len(rows) == 0 or components < 1:
        raise ValueError("a projection needs at least one vector and one component")
    mean = rows.mean(axis=0)
    centred = rows - mean
    # The covariance is n_dimensions square however many vectors there are.
    variances, directions = np.linalg.eigh(centred.T @ centred / len(rows))
    order = np.argsort(variances)[::-1][: min(components, *rows.shape)]
    chosen = directions[:, order].T
    largest = np.abs(chosen).argmax(axis=1)
    chosen = chosen * np.where(chosen[np.arange(len(chosen)), largest] < 0, -1.0, 1.0)[:, None]
    if whiten:
        spread = np.sqrt(np.maximum(variances[order], 0))
        # A direction without spread holds rounding noise; whitening must not blow it up.
        floor = max(float(spread.max()) * 1e-3, _NO_DIRECTION)
        chosen = chosen / np.maximum(spread, floor)[:, None]
    return Projection(mean.astype(np.float32), chosen.astype(np.float32))


def project(vectors: Floats, projection: Projection | None) -> Floats:
    """Vectors in the space to cluster in.

    Parameters
    ----------
    vectors : ndarray [shape=(n, n_dimensions)], float32
    projection : Projection or None
        None: the vectors themselves, made unit length.

    Returns
    -------
    ndarray [shape=(n, n_components)], float32
        Unit length, each row the same whatever rows stand around it. A vector that projects to
        nothing takes the first direction; a row that is not finite stays so.
    """
    rows = np.atleast_2d(np.asarray(vectors, dtype=np.float32))
    if projection is not None:
        # Not by `@`: BLAS rounds a row by where in the matrix it stands, and HDBSCAN tells the difference.
        rows = np.einsum("nd,pd->np", rows - projection.mean, projection.components).astype(np.float32)
    if rows.size == 0:
        return rows.astype(np.float32)
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    nowhere = norms[:, 0] < _NO_DIRECTION
    unit = rows / np.where(norms < _NO_DIRECTION, 1, norms)
    unit[nowhere] = 0
    unit[nowhere, 0] = 1
    return unit.astype(np.float32)
