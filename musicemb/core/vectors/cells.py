"""Approximate nearest neighbours among very many vectors, searched in nearby cells of the space.

To compare all with all takes four times as long for twice as many: 75 s of CPU at 100,000, two hours at a million.
Above `MANY` vectors the space is divided into cells (spherical k-means on a sample), and a query is compared with the
vectors of the cells around its own only, about `_CANDIDATES` of them, so that the cost grows with the number of queries
alone. What lies beyond is missed: `tests/benchmarks/grouping_speed.py` tells how much.

References
----------
Jegou, Douze and Schmid: Product quantization for nearest neighbor search, IEEE Transactions on Pattern Analysis and
Machine Intelligence 33, 2011 (the inverted file of section IV).
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from musicemb.core.vectors.neighbours import nearest, nearest_units, unit_rows
from musicemb.core.vectors.threads import work_in_threads
from musicemb.records import Floats

MANY = 30_000
"""Vectors; of fewer, the nearest are found by comparing with all."""
FEW_QUERIES = 3_000
"""As many queries are compared with all vectors, however many those are."""
_CANDIDATES = 8_000
"""Vectors that a query is compared with, at least."""
_PER_CELL = 500
"""Vectors in a cell, on average."""
_MOST_CELLS = 4_000
_TAUGHT = 24
"""Vectors of the sample per cell."""
_ROUNDS = 6
"""Of k-means: where the borders lie exactly does not matter."""
_AT_ONCE = 4_000_000


@dataclass(frozen=True)
class Cells:
    """A space that is divided into cells, and where in it some vectors lie."""

    centres: Floats
    """Unit rows, shape (n_cells, n_dimensions)."""
    homes: NDArray[np.integer[Any]]
    """Cell of each vector, shape (n,); -1 where it has no direction."""

    def and_of(self, vectors: ArrayLike) -> Cells:
        """The same with more vectors behind the others; the cells stay as they are.

        Parameters
        ----------
        vectors : ndarray [shape=(m, n_dimensions)]

        Returns
        -------
        Cells
        """
        rows, sound = unit_rows(vectors)
        came = np.where(sound, _assign(rows, self.centres), -1) if len(rows) else np.zeros(0, dtype=np.int64)
        return Cells(self.centres, np.concatenate([self.homes, came]))


def divide(vectors: ArrayLike) -> Cells:
    """Divide the space of many vectors into cells.

    Parameters
    ----------
    vectors : ndarray [shape=(n, n_dimensions)]
        At least one has a direction.

    Returns
    -------
    Cells
    """
    return _divide(*unit_rows(vectors))


def _divide(rows: Floats, sound: NDArray[np.bool_]) -> Cells:
    # What is scaled once more differs in the last bit, and so in what is drawn by content.
    places = np.flatnonzero(sound)
    centres = _find_centres(rows[places])
    homes = np.full(len(rows), -1, dtype=np.int64)
    homes[places] = _assign(rows[places], centres)
    return Cells(centres, homes)


def nearest_of_many(
    queries: ArrayLike, vectors: ArrayLike, k: int, *, own: ArrayLike | None = None
) -> tuple[NDArray[np.int64], Floats]:
    """The k vectors nearest to each query by cosine: exactly, or, of more than `MANY`, as found in nearby cells.

    Parameters
    ----------
    queries : ndarray [shape=(m, n_dimensions)]
    vectors : ndarray [shape=(n, n_dimensions)]
        Neither need be unit length. Rows that are zero or not finite are never found.
    k : int
        Neighbours wanted.
    own : ndarray [shape=(m,)], int, optional
        As for `core.vectors.neighbours.nearest`.

    Returns
    -------
    indices : ndarray [shape=(m, k)], int64
    similarities : ndarray [shape=(m, k)], float32
        As of `core.vectors.neighbours.nearest`; the order of the vectors changes only which of equals come first.
    """
    return NeighbourSearch(vectors).nearest(queries, k, own=own)


class NeighbourSearch:
    """Vectors that are searched more than once: of very many, the cells are made at the first search and kept.

    Parameters
    ----------
    vectors : ndarray [shape=(n, n_dimensions)]
        As for `nearest_of_many`.
    """

    def __init__(self, vectors: ArrayLike) -> None:
        self._vectors = np.atleast_2d(np.asarray(vectors))

    def nearest(self, queries: ArrayLike, k: int, *, own: ArrayLike | None = None) -> tuple[NDArray[np.int64], Floats]:
        """The k vectors nearest to each query, as `nearest_of_many` finds them.

        Parameters
        ----------
        queries : ndarray [shape=(m, n_dimensions)]
        k : int
        own : ndarray [shape=(m,)], int, optional

        Returns
        -------
        indices : ndarray [shape=(m, k)], int64
        similarities : ndarray [shape=(m, k)], float32
        """
        asked, others = np.atleast_2d(np.asarray(queries)), self._vectors
        few = len(others) <= MANY or len(asked) <= FEW_QUERIES
        if few or k < 1 or asked.shape[1] != others.shape[1] or self._divided is None:
            return nearest(asked, others, k, own=own)
        rows, cells = self._divided
        unit = (rows, cells.homes >= 0) if asked is others else unit_rows(asked)  # all of them: not a copy of all
        return _search(*unit, rows, cells, k, own, None, None)

    @cached_property
    def _divided(self) -> tuple[Floats, Cells] | None:
        """Unit rows and their cells; None where few have a direction."""
        rows, sound = unit_rows(self._vectors)
        return None if np.count_nonzero(sound) <= MANY else (rows, _divide(rows, sound))


def nearest_in_cells(
    queries: ArrayLike,
    rows: Floats,
    cells: Cells,
    k: int,
    *,
    own: ArrayLike | None = None,
    among: NDArray[np.bool_] | None = None,
    candidates: int | None = None,
) -> tuple[NDArray[np.int64], Floats]:
    """The k vectors nearest to each query, as found in nearby cells.

    Parameters
    ----------
    queries : ndarray [shape=(m, n_dimensions)]
    rows : ndarray [shape=(n, n_dimensions)], float32
        Of unit length, but for those without a direction.
    cells : Cells
        Of these.
    k : int
        At least 1.
    own : ndarray [shape=(m,)], int, optional
        As for `core.vectors.neighbours.nearest`.
    among : ndarray [shape=(n,)], bool, optional
        The vectors that may be found; default: all.
    candidates : int, optional
        Vectors that a query is compared with, at least.

    Returns
    -------
    indices : ndarray [shape=(m, k)], int64
    similarities : ndarray [shape=(m, k)], float32
    """
    return _search(*unit_rows(queries), rows, cells, k, own, among, candidates)


def _search(
    unit: Floats,
    answerable: NDArray[np.bool_],
    rows: Floats,
    cells: Cells,
    k: int,
    own: ArrayLike | None,
    among: NDArray[np.bool_] | None,
    candidates: int | None,
) -> tuple[NDArray[np.int64], Floats]:
    """What `nearest_in_cells` finds, for queries that are of unit length or have no direction."""
    indices = np.full((len(unit), k), -1, dtype=np.int64)
    similarities = np.full((len(unit), k), -np.inf, dtype=np.float32)
    places = np.flatnonzero(cells.homes >= 0 if among is None else (cells.homes >= 0) & among)
    if not len(places) or not len(unit):
        return indices, similarities
    order = np.argsort(cells.homes[places], kind="stable")
    ordered = cells.homes[places][order]
    bounds = np.flatnonzero(np.diff(ordered)) + 1
    members = np.split(places[order], bounds)
    sizes = np.diff(np.concatenate([[0], bounds, [len(places)]]))
    centres = cells.centres[ordered[np.concatenate([[0], bounds])]]
    selves = np.full(len(unit), -1, dtype=np.int64) if own is None else np.asarray(own, dtype=np.int64)
    found_in = np.where(answerable, _assign(unit, centres), -1)
    asking = np.argsort(found_in, kind="stable")
    runs = np.split(asking, np.flatnonzero(np.diff(found_in[asking])) + 1)

    def look(mine: NDArray[np.int64]) -> None:
        near = _around(centres, sizes, int(found_in[mine[0]]), max(candidates or _CANDIDATES, 4 * k))
        held = np.sort(np.concatenate([members[one] for one in near]))
        at = np.minimum(np.searchsorted(held, selves[mine]), len(held) - 1)
        at = np.where(held[at] == selves[mine], at, -1)
        found, likeness = nearest_units(unit[mine], rows[held], k, at)
        indices[mine] = np.where(found >= 0, held[found], -1)
        similarities[mine] = likeness

    work_in_threads(look, [mine for mine in runs if found_in[mine[0]] >= 0])
    return indices, similarities


def _find_centres(rows: Floats) -> Floats:
    """Centres of the cells; chosen by content, so that they do not depend on the order."""
    count = int(min(max(len(rows) // _PER_CELL, 16), _MOST_CELLS))
    marks = np.fromiter((zlib.crc32(row.tobytes()) for row in rows), dtype=np.uint32, count=len(rows))
    sample = rows[np.argsort(marks, kind="stable")[: count * _TAUGHT]]
    centres = sample[:count].copy()
    for _ in range(_ROUNDS):
        homes = _assign(sample, centres)
        sums = np.zeros_like(centres)
        np.add.at(sums, homes, sample)
        means, there = unit_rows(sums)
        centres = np.where(there[:, None], means, centres)
    return centres


def _assign(rows: Floats, centres: Floats) -> NDArray[np.int64]:
    homes = np.empty(len(rows), dtype=np.int64)
    step = max(1, _AT_ONCE // len(centres))
    for start in range(0, len(rows), step):
        homes[start : start + step] = (rows[start : start + step] @ centres.T).argmax(axis=1)
    return homes


def _around(centres: Floats, sizes: NDArray[np.int64], cell: int, wanted: int) -> NDArray[np.int64]:
    """The cells around one, itself first, until they hold as many vectors as are wanted."""
    order = np.argsort(-(centres @ centres[cell]), kind="stable")
    order = np.concatenate([[cell], order[order != cell]])
    enough = int(np.searchsorted(np.cumsum(sizes[order]), wanted)) + 1
    return order[:enough]
