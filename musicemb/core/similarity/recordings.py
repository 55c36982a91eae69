"""Whether two tracks are one recording: their segments go along together, one for one, from beginning to end."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from musicemb.core.vectors.neighbours import unit_rows

_LONGEST_LEAD = 8.0
"""Seconds that one of two copies may begin later: a longer silence before the music, or a cut."""
_LEAST_OVERLAP = 0.6
"""Share of the longer one that both must have."""
_BESIDE = 1
"""Segments beside its place within which a segment's nearest counts as in step: the grids of two copies differ."""


@dataclass(frozen=True)
class InStep:
    """How well two tracks go along together."""

    similarity: float
    """Mean cosine of the segments that meet, where they meet best; 0 where too few meet."""
    share: float
    """Share of segments whose nearest in the other track is the one that they meet, or beside it."""
    offset: float
    """Seconds by which the second begins later."""
    met: int
    """Segments that meet."""


NOT_IN_STEP = InStep(0.0, 0.0, 0.0, 0)


def line_up(first: ArrayLike, second: ArrayLike, starts_first: ArrayLike, starts_second: ArrayLike) -> InStep:
    """Lay two tracks over each other, with the offset at which their segments are most alike.

    Parameters
    ----------
    first, second : ndarray [shape=(n_segments, n_dimensions)]
    starts_first, starts_second : ndarray [shape=(n_segments,)]
        Seconds, ascending.

    Returns
    -------
    InStep
        Of two versions, whose tempo differs, few segments are in step; of two pieces hardly one.
    """
    one, two = unit_rows(first)[0], unit_rows(second)[0]
    begin, start = np.asarray(starts_first, np.float64), np.asarray(starts_second, np.float64)
    if len(one) < 2 or len(two) < 2 or one.shape[1] != two.shape[1]:
        return NOT_IN_STEP
    hop = float(min(np.median(np.diff(begin)), np.median(np.diff(start))))
    # Silent segments are left out of what is stored, so that places are counted by time and not by row.
    places, others = np.rint(begin / hop).astype(np.int64), np.rint(start / hop).astype(np.int64)
    cosines = (one @ two.T).astype(np.float64)
    steps = others[None, :] - places[:, None]
    lead = int(_LONGEST_LEAD / hop)
    least = _LEAST_OVERLAP * max(len(one), len(two))
    best = NOT_IN_STEP
    for step in range(-lead, lead + 1):
        rows, columns = np.nonzero(steps == step)
        if len(rows) < least:
            continue
        similarity = float(cosines[rows, columns].mean())
        if similarity > best.similarity:
            near = np.abs(steps[rows] - step) <= _BESIDE
            highest = np.where(near, cosines[rows], -1.0).max(axis=1)
            share = float(np.mean(highest >= cosines[rows].max(axis=1) - 1e-6))
            best = InStep(similarity, share, step * hop, len(rows))
    return best
