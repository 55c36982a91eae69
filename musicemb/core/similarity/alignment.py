"""Finds similar parts of two tracks: runs along the diagonals of their segments' similarities."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from musicemb.core.vectors.neighbours import unit_rows
from musicemb.records import Floats64, MatchingSpan

_GAP = 1.5
"""Segments that start more than this many lengths apart do not adjoin: silence was between them."""


def matching_spans(
    here: ArrayLike, there: ArrayLike, starts_here: ArrayLike, starts_there: ArrayLike, *, length: float, n: int = 3
) -> list[MatchingSpan]:
    """The stretches of two tracks that are most alike.

    A pair of segments matches where it is more alike than the two tracks usually are: above mean plus half a
    standard deviation of all pairs. Adjacent matching pairs merge along the diagonal (both tracks
    going on), and the run whose pairs exceed that mark by most in sum is the best, as in local alignment
    without gaps (Smith and Waterman: "Identification of common molecular subsequences", J. Mol. Biol. 147, 1981).
    Further runs begin where the better ones have left both tracks free.

    Parameters
    ----------
    here, there : ndarray [shape=(n_segments, n_dimensions)]
    starts_here, starts_there : ndarray [shape=(n_segments,)]
        Seconds, ascending.
    length : float
        Of a segment, seconds.
    n : int
        Spans wanted.

    Returns
    -------
    list of MatchingSpan
        Best first. Two tracks whose pairs are all equally alike match as a whole: the longest diagonal.
    """
    first, second = unit_rows(here)[0], unit_rows(there)[0]
    if not len(first) or not len(second) or first.shape[1] != second.shape[1] or n < 1:
        return []
    cosines = np.clip(np.round((first @ second.T).astype(np.float64), 6), -1, 1)
    begin, start = np.asarray(starts_here, np.float64), np.asarray(starts_there, np.float64)
    mark = min(cosines.mean() + cosines.std() / 2, cosines.max()) - 1e-6
    free = cosines >= mark
    spans: list[MatchingSpan] = []
    while len(spans) < n and free.any():
        row, column, count = _best_run(cosines - mark, free, _adjoining(begin, length), _adjoining(start, length))
        along = np.arange(count)
        spans.append(
            MatchingSpan(
                (float(begin[row]), float(begin[row + count - 1]) + length),
                (float(start[column]), float(start[column + count - 1]) + length),
                float(cosines[row + along, column + along].mean()),
            )
        )
        free[row : row + count] = False
        free[:, column : column + count] = False
    return spans


def _adjoining(starts: Floats64, length: float) -> NDArray[np.bool_]:
    """Whether each segment follows right upon the one before it."""
    return np.concatenate([[False], np.diff(starts) <= _GAP * length])


def _best_run(
    excess: Floats64, free: NDArray[np.bool_], rows: NDArray[np.bool_], columns: NDArray[np.bool_]
) -> tuple[int, int, int]:
    """Start and length of the diagonal run of free pairs with the largest sum."""
    totals = np.zeros_like(excess)
    counts = np.zeros(excess.shape, dtype=np.int64)
    for row in range(len(excess)):
        before, held = np.zeros(excess.shape[1]), np.zeros(excess.shape[1], dtype=np.int64)
        if row and rows[row]:
            before[1:], held[1:] = totals[row - 1, :-1] * columns[1:], counts[row - 1, :-1] * columns[1:]
        totals[row] = np.where(free[row], before + excess[row], 0)
        counts[row] = np.where(free[row], held + 1, 0)
    last, end = divmod(int(np.argmax(totals)), totals.shape[1])
    count = int(counts[last, end])
    return last - count + 1, end - count + 1, count
