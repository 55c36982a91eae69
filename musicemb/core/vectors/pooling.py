"""Many segment vectors become one track vector, and segment vectors become small enough to keep."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from musicemb.records import Floats

if TYPE_CHECKING:
    from musicemb.records import SegmentVectors

_STEPS = 127
"""Codes run from -127 to 127: symmetric, so that a vector and its opposite lose the same."""
_NO_DIRECTION = 1e-6
"""A mean shorter than this points nowhere: its direction would be rounding noise."""


def pool_segments(vectors: Floats) -> tuple[Floats, float]:
    """One vector of a whole track: the mean of its segments, made unit length.

    Parameters
    ----------
    vectors : ndarray [shape=(n_segments, n_dimensions)], float32
        Unit length. Rows that are not finite are left out.

    Returns
    -------
    vector : ndarray [shape=(n_dimensions,)], float32
        Unit length. The order of the segments does not matter.
    homogeneity : float
        Norm of the mean, 0 to 1: 1 where all segments are alike. Where the segments cancel each
        other out it is 0 and the vector is that of one segment.

    Raises
    ------
    ValueError
        Without a single finite, non-zero segment: whoever pools has looked for music first.
    """
    pool = SegmentPool()
    pool.add(vectors)
    return pool.result()


class SegmentPool:
    """`pool_segments` for vectors that come block by block: a sum is kept, not the vectors."""

    def __init__(self) -> None:
        self._sum: NDArray[np.float64] | None = None
        self._first: NDArray[np.float64] | None = None
        self._count = 0

    def add(self, vectors: Floats) -> None:
        """Take some more of the track's segments.

        Parameters
        ----------
        vectors : ndarray [shape=(n_segments, n_dimensions)], float32
            As for `pool_segments`.
        """
        rows = np.atleast_2d(np.asarray(vectors, dtype=np.float64))
        rows = rows[np.isfinite(rows).all(axis=1)]
        rows = rows[np.linalg.norm(rows, axis=1) > _NO_DIRECTION]
        if len(rows) == 0:
            return
        self._count += len(rows)
        self._sum = rows.sum(axis=0) if self._sum is None else self._sum + rows.sum(axis=0)
        # The segment that sorts first stands for all where they cancel out: any would do, but the order of the
        # rows must not choose.
        if self._first is not None:
            rows = np.vstack([rows, self._first])
        self._first = rows[_first_sorted(rows)]

    def result(self) -> tuple[Floats, float]:
        """The vector of what was added so far.

        Returns
        -------
        vector, homogeneity
            As `pool_segments` gives them.

        Raises
        ------
        ValueError
            Without a single finite, non-zero segment.
        """
        if self._sum is None or self._first is None:
            raise ValueError("there are no segments to pool")
        mean = self._sum / self._count
        norm = float(np.linalg.norm(mean))
        if norm > _NO_DIRECTION:
            return (mean / norm).astype(np.float32), min(norm, 1.0)
        return (self._first / np.linalg.norm(self._first)).astype(np.float32), 0.0


def _first_sorted(rows: NDArray[np.float64]) -> int:
    """Number of the row that sorts first."""
    left = np.arange(len(rows))
    for column in rows.T:
        left = left[column[left] == column[left].min()]
        if len(left) == 1:
            break
    return int(left[0])


def quantise(starts: Floats, vectors: Floats) -> SegmentVectors:
    """Segment vectors as int8 with a scale each: a quarter of the space.

    Parameters
    ----------
    starts : ndarray [shape=(n_segments,)]
        Seconds.
    vectors : ndarray [shape=(n_segments, n_dimensions)], float32
        Finite.

    Returns
    -------
    SegmentVectors
        Each value is off by at most half a scale, that is 1/254 of the largest value of its vector.
    """
    from musicemb.records import SegmentVectors

    rows = np.atleast_2d(np.asarray(vectors, dtype=np.float32))
    if rows.size == 0:
        codes = np.zeros((0, rows.shape[1]), dtype=np.int8)
        return SegmentVectors(np.zeros(0, np.float32), codes, np.zeros(0, np.float32))
    scales = (np.abs(rows).max(axis=1) / _STEPS).astype(np.float32)
    safe = np.where(scales > 0, scales, 1).astype(np.float32)
    codes = np.clip(np.rint(rows / safe[:, None]), -_STEPS, _STEPS).astype(np.int8)
    return SegmentVectors(np.asarray(starts, dtype=np.float32).reshape(-1), codes, scales)


def dequantise(segments: SegmentVectors) -> Floats:
    """Segment vectors back from int8.

    Parameters
    ----------
    segments : SegmentVectors

    Returns
    -------
    ndarray [shape=(n_segments, n_dimensions)], float32
        Nearly unit length; see `quantise` for the error.
    """
    return (segments.codes.astype(np.float32) * segments.scales[:, None]).astype(np.float32)
