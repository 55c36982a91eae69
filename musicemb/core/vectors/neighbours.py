"""The nearest vectors by cosine, found by comparing with all of them.

Brute force is exact and quick enough for a home library (100 000 vectors of 128 dimensions are
51 MB and one query takes milliseconds), so there is no index to build, store or distrust. Work is
done in blocks of rows: memory stays bounded however many queries come at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray

from musicemb.core.vectors.threads import work_in_threads
from musicemb.records import Floats

_BLOCK = 4_000_000
"""Similarities per block (16 MB of float32)."""
_FEWEST_PARTS = 4
"""Blocks from which several threads are worth being started."""
_GROUP = 64
"""Columns whose maximum is looked at first; sorting all columns is what would cost."""
_DECIMALS = 6
"""Similarities nearer than this are equal: the last bits depend on how a matrix product was cut
into blocks, and the order of results must not."""


def unit_rows(vectors: ArrayLike) -> tuple[Floats, NDArray[np.bool_]]:
    """Rows scaled to unit length, and which of them had a direction at all.

    Parameters
    ----------
    vectors : ndarray [shape=(n, n_dimensions)]

    Returns
    -------
    rows : ndarray [shape=(n, n_dimensions)], float32
        Rows without a direction (zero, or not finite) are zero.
    sound : ndarray [shape=(n,)], bool
        False for those.
    """
    rows = np.atleast_2d(np.asarray(vectors, dtype=np.float32))
    finite: NDArray[np.bool_] = np.asarray(np.isfinite(rows).all(axis=1))
    rows = rows if finite.all() else np.where(finite[:, None], rows, np.float32(0))
    norms = np.linalg.norm(rows, axis=1)
    sound = finite & (norms > 1e-12)
    scale = np.divide(1, norms, out=np.zeros_like(norms), where=sound)
    return rows * scale[:, None], sound


def nearest(
    queries: ArrayLike,
    vectors: ArrayLike,
    k: int,
    *,
    excluded: NDArray[np.bool_] | Callable[[slice], NDArray[np.bool_]] | None = None,
    own: ArrayLike | None = None,
) -> tuple[NDArray[np.int64], Floats]:
    """The k vectors nearest to each query by cosine.

    Parameters
    ----------
    queries : ndarray [shape=(m, n_dimensions)] or [shape=(n_dimensions,)]
    vectors : ndarray [shape=(n, n_dimensions)]
        Neither need be unit length. Rows that are zero or not finite are never found.
    k : int
        Neighbours wanted.
    excluded : ndarray [shape=(m, n)], bool, or callable, optional
        True where a vector may not be found by a query; a callable is asked for the rows of a block of queries, so that
        there need not be m x n of them at once.
    own : ndarray [shape=(m,)], int, optional
        Index of the vector that each query is itself and must not find (negative: none). Does for
        any number of queries what `excluded` would need m x n memory for.

    Returns
    -------
    indices : ndarray [shape=(m, k)], int64
        Best first; equals (to the sixth decimal) in the order of `vectors`. -1 where fewer than k
        could be found.
    similarities : ndarray [shape=(m, k)], float32
        Cosine, -1 to 1; minus infinity where the index is -1.
    """
    rows, sound = unit_rows(vectors)
    asked, answerable = unit_rows(queries)
    count = len(rows) if rows.shape[1] == asked.shape[1] else 0
    indices = np.full((len(asked), k), -1, dtype=np.int64)
    similarities = np.full((len(asked), k), -np.inf, dtype=np.float32)
    if k < 1 or count == 0:
        return indices, similarities
    selves = None if own is None else np.asarray(own, dtype=np.int64)
    unsound = np.flatnonzero(~sound)

    def look(part: slice) -> None:
        block = asked[part] @ rows.T
        if len(unsound):
            block[:, unsound] = -np.inf
        block[~answerable[part]] = -np.inf
        if excluded is not None:
            block[excluded(part) if callable(excluded) else excluded[part]] = -np.inf
        if selves is not None:
            mine = selves[part]
            here = np.flatnonzero(mine >= 0)
            block[here, mine[here]] = -np.inf
        indices[part], similarities[part] = _best(block, k)

    parts = list(_blocks(len(asked), count))
    if len(parts) < _FEWEST_PARTS:
        for part in parts:
            look(part)
    else:
        work_in_threads(look, parts)
    return indices, similarities


def nearest_units(queries: Floats, vectors: Floats, k: int, own: NDArray[np.int64]) -> tuple[NDArray[np.int64], Floats]:
    """Like `nearest`, for rows of unit length.

    Parameters
    ----------
    queries : ndarray [shape=(m, n_dimensions)], float32
    vectors : ndarray [shape=(n, n_dimensions)], float32
        At least one.
    k : int
        At least 1.
    own : ndarray [shape=(m,)], int64
        As for `nearest`.

    Returns
    -------
    indices : ndarray [shape=(m, k)], int64
    similarities : ndarray [shape=(m, k)], float32
    """
    indices = np.full((len(queries), k), -1, dtype=np.int64)
    similarities = np.full((len(queries), k), -np.inf, dtype=np.float32)
    for part in _blocks(len(queries), len(vectors)):
        block = queries[part] @ vectors.T
        mine = own[part]
        here = np.flatnonzero(mine >= 0)
        block[here, mine[here]] = -np.inf
        indices[part], similarities[part] = _best(block, k)
    return indices, similarities


def nearest_pairs(vectors: ArrayLike, n: int) -> list[tuple[int, int, float]]:
    """The n pairs of vectors that are most alike.

    Parameters
    ----------
    vectors : ndarray [shape=(n_vectors, n_dimensions)]
    n : int
        Pairs wanted.

    Returns
    -------
    list of (int, int, float)
        First index (the smaller), second index, cosine; best first, equals in the order of the
        indices. Fewer than n where there are not as many pairs.
    """
    rows, sound = unit_rows(vectors)
    found: list[tuple[int, int, float]] = []
    if n < 1:
        return found
    for part in _blocks(len(rows), len(rows)):
        block = rows[part] @ rows.T
        block[:, ~sound] = -np.inf
        block[~sound[part]] = -np.inf
        block[np.arange(len(rows)) <= np.arange(part.start, part.stop)[:, None]] = -np.inf
        flat, values = _best(block.reshape(1, -1), n)
        for place, similarity in zip(flat[0].tolist(), values[0].tolist(), strict=True):
            if place >= 0:
                found.append((part.start + place // len(rows), place % len(rows), similarity))
        found = sorted(found, key=lambda pair: (-pair[2], pair[0], pair[1]))[:n]
    return found


def _blocks(rows: int, columns: int) -> Iterator[slice]:
    step = max(1, _BLOCK // max(columns, 1))
    for start in range(0, rows, step):
        yield slice(start, min(start + step, rows))


def _best(block: Floats, k: int) -> tuple[NDArray[np.int64], Floats]:
    """The k largest of each row; minus infinity is never taken."""
    m = len(block)
    indices = np.full((m, k), -1, dtype=np.int64)
    values = np.full((m, k), -np.inf, dtype=np.float32)
    least = _lower_bounds(block, k) - 10.0**-_DECIMALS
    places = np.flatnonzero(block >= least[:, None])
    found = block.ravel()[places]
    places, found = places[found > -np.inf], found[found > -np.inf]
    lines, columns = np.divmod(places, block.shape[1])
    found = np.clip(np.round(found, _DECIMALS), -1, 1)
    order = np.lexsort((columns, -found, lines))
    lines, columns, found = lines[order], columns[order], found[order]
    rank = np.arange(len(lines)) - np.searchsorted(lines, lines)
    kept = rank < k
    indices[lines[kept], rank[kept]] = columns[kept]
    values[lines[kept], rank[kept]] = found[kept]
    return indices, values


def _lower_bounds(block: Floats, k: int) -> Floats:
    """For each row a value that at least k entries reach (minus infinity where there are fewer).

    The k-th largest of the maxima of groups of columns: each of the k best groups holds one such
    entry. Only a few entries lie above it, so that nothing longer than a handful is ever sorted.
    """
    m, n = block.shape
    groups = n // _GROUP
    if groups < 4 * k:
        if k >= n:
            return np.full(m, -np.inf, dtype=np.float32)
        return np.partition(block, n - k, axis=1)[:, n - k]
    # Every groups-th column makes a group: maxima of whole rows are quicker than those of short runs.
    maxima = block[:, : groups * _GROUP].reshape(m, _GROUP, groups).max(axis=1)
    return np.partition(maxima, groups - k, axis=1)[:, groups - k]
