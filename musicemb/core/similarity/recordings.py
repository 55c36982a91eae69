"""Tests whether two tracks are the same recording: their segments match one by one, from beginning to end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from musicemb.core.vectors.neighbours import unit_rows
from musicemb.records import Floats, Floats64, TrackValues

_LONGEST_LEAD = 8.0
"""Seconds around either offset that is likely (none, or that of the first segments that are not silent)."""
_LEAST_OVERLAP = 0.4
"""Share of the longer one that both must have. Of a song a third of the segments is heard, spread over it: those of a
copy that lacks its end lie elsewhere for the most part."""
_CHANCE = 0.5
"""Spread of the cosines of segments, about, by which an offset where fewer meet is trusted less."""
_SURE_TEMPO = 0.5
"""Confidence from which a tempo is believed."""
_MULTIPLES = (1, 2, 1 / 2, 3 / 2, 2 / 3, 3, 1 / 3, 3 / 4, 4 / 3)
"""Of a tempo that may be taken for it."""
_PHASES = (0.0, 0.25, 0.5, 0.75)
"""Parts of a hop by which the grids of two copies are tried to differ."""
_BESIDE = 1
"""Segments beside its place within which a segment's nearest counts as in step: the grids of two copies differ."""


@dataclass(frozen=True)
class Alignment:
    """How well the segments of two tracks match."""

    similarity: float
    """Mean cosine of the segments that meet, where they meet best; 0 where too few meet."""
    share: float
    """Share of segments whose nearest in the other track is the one that they meet, or beside it."""
    offset: float
    """Seconds by which the second begins later."""
    lead: float
    """Seconds of the offset that a silence before one of the two does not account for."""
    met: int
    """Segments that meet."""
    drift: float
    """Cosine that the beginning and the end would gain if each had an offset of its own: of another tempo, or of parts
    in another order."""


NOT_IN_STEP = Alignment(0.0, 0.0, 0.0, 0.0, 0, 0.0)


def line_up(first: ArrayLike, second: ArrayLike, starts_first: ArrayLike, starts_second: ArrayLike) -> Alignment:
    """Lay two tracks over each other, with the offset at which their segments are most alike.

    It is looked for near to none and where the music of both begins together, however long one is silent before it.

    Parameters
    ----------
    first, second : ndarray [shape=(n_segments, n_dimensions)]
    starts_first, starts_second : ndarray [shape=(n_segments,)]
        Seconds, ascending.

    Returns
    -------
    Alignment
        Of two versions, whose tempo differs, few segments are in step; of two pieces hardly one.
    """
    one, two = unit_rows(first)[0], unit_rows(second)[0]
    begin, start = np.asarray(starts_first, np.float64), np.asarray(starts_second, np.float64)
    if len(one) < 2 or len(two) < 2 or one.shape[1] != two.shape[1]:
        return NOT_IN_STEP
    hop = float(min(np.median(np.diff(begin)), np.median(np.diff(start))))
    here, there = _by_time(one, begin, hop), _by_time(two, start, hop)
    later = float(start[0] - begin[0])
    lead = int(_LONGEST_LEAD / hop)
    steps = sorted({middle + step for middle in (0, round(later / hop)) for step in range(-lead, lead + 1)})
    least = _LEAST_OVERLAP * max(len(one), len(two))
    met: list[tuple[float, int, float, Floats64]] = []
    tables: list[Floats64] = []
    for part in _PHASES:
        cosines = here @ _between(there, part).T
        tables.append(cosines)
        rows = np.arange(len(here))
        for step in steps:
            columns = rows + step
            inside = (columns >= 0) & (columns < cosines.shape[1])
            along = np.full(len(here), np.nan)
            along[inside] = cosines[rows[inside], columns[inside]]
            known = np.isfinite(along)
            if known.sum() >= least:
                met.append((float(along[known].mean()), step, part, along))
    if not met:
        return NOT_IN_STEP
    similarity, step, part, along = max(met, key=_evidence)
    rows = np.flatnonzero(np.isfinite(along))
    cosines = np.nan_to_num(tables[_PHASES.index(part)][rows], nan=-1.0)
    near = np.abs(np.arange(cosines.shape[1])[None, :] - rows[:, None] - step) <= _BESIDE
    highest = np.where(near, cosines, -1.0).max(axis=1)
    share = float(np.mean(highest >= cosines.max(axis=1) - 1e-6))
    offset = (step + part) * hop
    return Alignment(
        similarity, share, offset, min(abs(offset), abs(offset - later)), len(rows), _drift(met, rows, along)
    )


def tempo_apart(one: TrackValues | None, two: TrackValues | None) -> float:
    """By how much two tempos differ, as a share, whichever multiples of the beat were heard.

    Parameters
    ----------
    one, two : TrackValues or None

    Returns
    -------
    float
        0 where one of the two has no tempo that is sure enough.
    """
    if one is None or two is None or not one.bpm or not two.bpm:
        return 0.0
    if min(one.bpm_confidence, two.bpm_confidence) < _SURE_TEMPO:
        return 0.0
    return min(abs(two.bpm / one.bpm / times - 1) for times in _MULTIPLES)


def _evidence(placed: tuple[float, int, float, Floats64]) -> float:
    """Mean cosine at an offset, less what chance may add to a mean of so few."""
    return placed[0] - _CHANCE / float(np.sqrt(np.isfinite(placed[3]).sum()))


def _drift(met: Sequence[tuple[float, int, float, Floats64]], rows: NDArray[np.int64], along: Floats64) -> float:
    """What the first and the last third would gain if each might choose its own offset: nothing, in a copy."""
    third = max(len(rows) // 3, 1)
    gains = []
    for ends in (rows[:third], rows[-third:]):
        own = [float(one[ends].mean()) for _, _, _, one in met if np.isfinite(one[ends]).all()]
        gains.append(max(own, default=0.0) - float(along[ends].mean()))
    return max(0.0, float(np.mean(gains)))


def _by_time(vectors: Floats, starts: Floats64, hop: float) -> Floats64:
    """A row per hop of time: silent segments, which are not stored, are NaN."""
    places = np.rint(starts / hop).astype(np.int64)
    laid = np.full((int(places.max()) + 1, vectors.shape[1]), np.nan)
    laid[places] = vectors
    return laid


def _between(laid: Floats64, part: float) -> Floats64:
    """What lies a part of a hop behind each segment: about as far from it to the next."""
    if not part:
        return laid
    mixed = (1 - part) * laid[:-1] + part * laid[1:]
    lengths = np.linalg.norm(mixed, axis=1, keepdims=True)
    return np.asarray(mixed / np.where(lengths > 0, lengths, 1.0), dtype=np.float64)
