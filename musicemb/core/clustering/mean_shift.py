"""Draw neighbours together, so that groups that shade into each other can be told apart.

Music is a continuum: between any two styles there are tracks, and in a space with more than a few dimensions
most tracks lie in such sparse places. A density clustering calls them noise (half to three quarters
of real libraries). Moving each vector to the mean of its nearest ones makes dense places denser and
sparse ones emptier, without saying how many groups there are.

References
----------
Fukunaga and Hostetler: The estimation of the gradient of a density function, with applications in
pattern recognition, IEEE Transactions on Information Theory 21, 1975 (the blurring mean shift).
Choi and Hall: Data sharpening as a prelude to density estimation, Biometrika 86, 1999.
"""

from __future__ import annotations

import math

from musicemb.core.vectors.neighbours import nearest, unit_rows
from musicemb.records import Floats


def sharpen_vectors(vectors: Floats, neighbours: int) -> Floats:
    """Move each vector to the mean of its nearest ones, itself among them; one round.

    Parameters
    ----------
    vectors : ndarray [shape=(n, n_components)]
        Finite, not zero.
    neighbours : int
        How many make the mean; at most n.

    Returns
    -------
    ndarray [shape=(n, n_components)], float32
        Unit length.
    """
    rows, _ = unit_rows(vectors)
    indices, _ = nearest(rows, rows, max(1, min(neighbours, len(rows))))
    means, sound = unit_rows(rows[indices].mean(axis=1))
    means[~sound] = rows[~sound]  # neighbours that cancel each other out leave a vector where it is
    return means


def sharpening_neighbours(n: int) -> int:
    """How many vectors make a mean in a library of n tracks: sqrt(n) / 2, from 5 to 30.

    Parameters
    ----------
    n : int

    Returns
    -------
    int
    """
    return min(30, max(5, round(math.sqrt(n) / 2)))
