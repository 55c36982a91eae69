"""Hubness reduction: similarity of two tracks, scaled by the distances that are usual around each.

In many dimensions a few vectors, the hubs, are among the nearest of very many others, and many are
among the nearest of none: a list of similar tracks then names the same songs again and again
(Radovanovic, Nanopoulos and Ivanovic: "Hubs in space", JMLR 11, 2010). The remedy here is *local scaling*:
each distance is divided by the distances from both tracks to their k-th neighbours (Zelnik-Manor and Perona:
"Self-tuning spectral clustering", NIPS 2004; Schnitzer, Flexer, Schedl and Widmer: "Local and global scaling
reduce hubs in space", JMLR 13, 2012). `tests/benchmarks/hubness.py` compares it with other remedies.

Distances are 1 - cosine throughout. What is needed of a track is a few numbers, so that a query
costs one matrix product and no comparison of all tracks with all others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from musicemb.core.vectors.cells import Cells, nearest_in_cells, nearest_of_many
from musicemb.core.vectors.neighbours import unit_rows
from musicemb.records import Floats, Floats64

Reduction = Literal["none", "local scaling"]

NEIGHBOURS = 20
"""k of local scaling."""
FEWEST = 30
"""Tracks below which "usual" means nothing: fewer are compared by cosine alone."""

_BLOCK = 8192
"""Vectors whose moments are summed up at once."""
_SMALLEST = 1e-4
"""No distance is taken to be smaller: copies of one recording would make it nothing."""


@dataclass(frozen=True)
class NeighbourhoodStats:
    """Distances that are usual around n tracks; every array has shape (n,)."""

    mean: Floats64
    """Mean distance to all other tracks."""
    spread: Floats64
    """Standard deviation of these distances."""
    near: Floats64
    """Mean distance to the k nearest."""
    kth: Floats64
    """Distance to the k-th nearest."""

    def rows(self, chosen: ArrayLike) -> NeighbourhoodStats:
        """Those of some tracks.

        Parameters
        ----------
        chosen : array_like of int or bool

        Returns
        -------
        NeighbourhoodStats
        """
        at = np.asarray(chosen)
        at = at.astype(np.int64) if at.size == 0 else at  # an empty list has no type of its own
        return NeighbourhoodStats(self.mean[at], self.spread[at], self.near[at], self.kth[at])


@dataclass(frozen=True)
class LibraryNeighbourhoods:
    """Data on the unit rows of a library, with which a few can be examined without reading all."""

    cells: Cells
    sums: Floats64
    """Of `survey`."""


def survey(rows: Floats) -> Floats64:
    """The first two moments of unit rows: they add up over parts of a library.

    Parameters
    ----------
    rows : ndarray [shape=(n, n_dimensions)], float32

    Returns
    -------
    ndarray [shape=(1 + n_dimensions, n_dimensions)], float64
        Their sum, and the sum of their products.
    """
    sums = np.zeros((1 + rows.shape[1], rows.shape[1]))
    for start in range(0, len(rows), _BLOCK):  # in blocks, as float64 takes more room
        wide = rows[start : start + _BLOCK].astype(np.float64)
        sums[0] += wide.sum(axis=0)
        sums[1:] += wide.T @ wide
    return sums


def find_neighbourhood_stats(
    queries: ArrayLike,
    vectors: ArrayLike,
    *,
    own: ArrayLike | None = None,
    k: int = NEIGHBOURS,
    surveyed: LibraryNeighbourhoods | None = None,
) -> NeighbourhoodStats:
    """Distances that are usual around tracks, among the vectors of a library.

    Mean and spread come from the library's first two moments, so they cost no comparison of all with
    all; the k nearest do, in blocks.

    Parameters
    ----------
    queries : ndarray [shape=(m, n_dimensions)]
    vectors : ndarray [shape=(n, n_dimensions)]
    own : ndarray [shape=(m,)], int, optional
        Index of the vector that each query is itself, which is left out; negative: none.
    k : int
    surveyed : LibraryNeighbourhoods, optional
        Of the vectors, which are unit rows then: the nearest are looked for in nearby cells.

    Returns
    -------
    NeighbourhoodStats
        Of the queries. Where there is no other vector, distances are those of the orthogonal: 1.
    """
    asked, _ = unit_rows(queries)
    if not len(asked):
        return NeighbourhoodStats(*np.zeros((4, 0)))
    if surveyed is None:
        rows, sound = unit_rows(vectors)
        asked = rows if queries is vectors else asked
    else:
        rows, sound = np.asarray(vectors, dtype=np.float32), surveyed.cells.homes >= 0
    selves = np.full(len(asked), -1) if own is None else np.asarray(own, dtype=np.int64)
    inside = (selves >= 0) & (sound[selves] if len(sound) else False)
    count = sound.sum() - inside
    total, squares = _moments(asked, survey(rows) if surveyed is None else surveyed.sums) - inside
    others = np.maximum(count, 1)
    mean = np.where(count > 0, total / others, 0.0)
    spread = np.sqrt(np.maximum(np.where(count > 0, squares / others, 0.0) - mean**2, 0.0))
    wanted = min(k, max(int(sound.sum()) - 1, 1))
    if surveyed is None:
        _, likeness = nearest_of_many(asked, rows, wanted, own=selves)
    else:
        _, likeness = nearest_in_cells(asked, rows, surveyed.cells, wanted, own=selves)
    near, kth = _nearest_distances(likeness)
    # The last bits depend on how a matrix product was cut into blocks; an order must not.
    numbers = (1 - mean, np.maximum(spread, _SMALLEST), near, kth)
    return NeighbourhoodStats(*(np.round(values, 9) for values in numbers))


def _moments(asked: Floats, sums: Floats64) -> Floats64:
    """Sums of the cosines to all rows, and of their squares, shape (2, m)."""
    total, products = sums[0], sums[1:]
    found = np.zeros((2, len(asked)))
    for start in range(0, len(asked), _BLOCK):
        part = slice(start, start + _BLOCK)
        wide = asked[part].astype(np.float64)
        found[0, part] = wide @ total
        found[1, part] = np.einsum("ij,ij->i", wide @ products, wide)
    return found


def _nearest_distances(found: Floats) -> tuple[Floats64, Floats64]:
    """Mean distance to the nearest, and distance to the last of them, from their similarities."""
    there = np.isfinite(found)
    # Where fewer than k were found, the farthest of them stands for the rest.
    distances = np.where(there, 1.0 - found.astype(np.float64), -np.inf)
    farthest = np.where(there.any(axis=1), distances.max(axis=1), 1.0)
    filled = np.where(there, distances, farthest[:, None])
    return np.maximum(filled.mean(axis=1), _SMALLEST), np.maximum(farthest, _SMALLEST)


def scaled_similarity(
    similarities: ArrayLike, queries: NeighbourhoodStats, others: NeighbourhoodStats, how: Reduction
) -> Floats64:
    """Similarity of tracks, scaled by the distances that are usual around both.

    Parameters
    ----------
    similarities : ndarray [shape=(m, n)]
        Cosines of queries and others; minus infinity (never to be found) stays.
    queries, others : NeighbourhoodStats
        Of m and n tracks.
    how : str
        "none" gives the cosines back.

    Returns
    -------
    ndarray [shape=(m, n)], float64
        0 to 1 but for "none"; symmetric in the two tracks; for one pair of tracks it rises with their
        cosine. It is 2 ** -r, where r is the distance divided by what is usual: 0.5 means as near as
        their near ones usually are.
    """
    cosines = np.asarray(similarities, dtype=np.float64)
    if how == "none":
        return cosines
    absent = ~np.isfinite(cosines)
    # In place: of an artist's tracks with all of a large library each array takes tens of MB.
    value = np.where(absent, -1.0, cosines)
    np.clip(value, -1, 1, out=value)
    value -= 1
    scale = queries.kth[:, None] * others.kth[None]
    value /= np.sqrt(scale, out=scale)
    np.exp2(value, out=value)
    value[absent] = -np.inf
    return value


def occurrences(closest: ArrayLike, n: int) -> NDArray[np.int64]:
    """How often each track is among the nearest of others (k-occurrence).

    Parameters
    ----------
    closest : ndarray [shape=(m, k)], int
        Indices of the nearest of each query; negative for none.
    n : int
        Number of tracks.

    Returns
    -------
    ndarray [shape=(n,)], int64
    """
    found = np.asarray(closest, dtype=np.int64).reshape(-1)
    return np.bincount(found[found >= 0], minlength=n).astype(np.int64)


def skewness(values: ArrayLike) -> float:
    """Third standardised moment: of k-occurrences, the usual measure of hubness.

    Parameters
    ----------
    values : ndarray [shape=(n,)]

    Returns
    -------
    float
        0 where all are equal.
    """
    numbers = np.asarray(values, dtype=np.float64)
    spread = float(numbers.std()) if len(numbers) else 0.0
    return float(((numbers - numbers.mean()) ** 3).mean() / spread**3) if spread > 0 else 0.0
