"""Soft targets for distillation: teachers' outputs for the segments of a batch, from the teachers' windows.

Conventions
-----------
A row of targets holds, teacher after teacher: 1 where the teacher knows the track (else 0, and zeros follow), its
vector, its tags' probabilities. Targets stay those of the clean recording, whatever augmentation does to a segment;
only what is mixed into it is mixed into its targets.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from musicemb.core.vectors.pca import fit_projection, project
from musicemb.records import Floats, Integers, Teacher, TeacherShape

MOST_DIMENSIONS = 256
"""Of a teacher's vectors; longer ones are projected on as many principal components of the training's tracks,
which keeps nearly all of their neighbourhoods at a fraction of the memory."""

_KEPT_DIMENSIONS = 192
_LEAST_DEVIATION = 1e-6


@dataclass(frozen=True)
class TeacherTargets:
    """One teacher's targets for the tracks of a training set, in their order."""

    shape: TeacherShape
    tag_names: tuple[str, ...]
    hop: float
    """Seconds from one window to the next."""
    bounds: Integers
    """Shape (n_tracks, 2): first row of each track's windows, and the one behind the last; equal where unknown."""
    vectors: Floats
    """Shape (n_windows, dimensions), float16 or 32."""
    vector_bounds: Integers
    """As `bounds`, of the rows of `vectors`."""
    tags: NDArray[np.uint8]
    """Shape (n_windows, n_tags): 255 times the probability."""

    def take(self, tracks: Integers, seconds: NDArray[np.floating], length: float) -> Floats:
        """Targets of segments.

        Parameters
        ----------
        tracks : ndarray [shape=(n,)], int
        seconds : ndarray [shape=(n,)], float
            Where each segment starts in its track.
        length : float
            Seconds of a segment.

        Returns
        -------
        ndarray [shape=(n, columns)], float32
            Means over the windows that the segment takes.
        """
        windows = max(1, round(length / self.hop))
        first = np.rint(seconds / self.hop).astype(np.int64)
        known = self.bounds[tracks, 0] < self.bounds[tracks, 1]
        vectors = _mean_rows(self.vectors, self.vector_bounds[tracks], first, windows)
        tags = _mean_rows(self.tags, self.bounds[tracks], first, windows) / np.float32(255)
        found = np.concatenate([known[:, None].astype(np.float32), vectors, tags], axis=1)
        found[~known] = 0
        return found


def match_paths(stored: Sequence[str], asked: Sequence[str]) -> Integers:
    """Which stored path each path that is asked for ends with.

    Parameters
    ----------
    stored : sequence of str
        Relative paths, with slashes.
    asked : sequence of str
        Paths, with slashes.

    Returns
    -------
    ndarray [shape=(n_asked,)], int64
        The longest one that fits; -1 for none, and for each of several that end with the same one: which of them
        it was made of is not known.
    """
    rows = {path.strip("/"): row for row, path in enumerate(stored)}
    found = np.full(len(asked), -1, dtype=np.int64)
    for i, path in enumerate(asked):
        rest = path.strip("/")
        while rest:
            if rest in rows:
                found[i] = rows[rest]
                break
            _, _, rest = rest.partition("/")
    taken, counts = np.unique(found, return_counts=True)
    found[np.isin(found, taken[counts > 1])] = -1
    return found


def align_targets(teacher: Teacher, rows: Integers) -> TeacherTargets:
    """A teacher's targets for the tracks of a training set.

    Vectors of tracks are standardised, and long ones projected, over these tracks alone: nothing is learned of others.

    Parameters
    ----------
    teacher : Teacher
    rows : ndarray [shape=(n_tracks,)], int
        Row of the teacher's file for each track; -1: it knows nothing of it.

    Returns
    -------
    TeacherTargets
    """
    known = rows >= 0
    starts, ends = teacher.offsets[rows], teacher.offsets[rows + 1]
    counts = np.where(known, ends - starts, 0)
    bounds, windows = _pack(starts, counts)
    if teacher.of_tracks:
        vector_bounds, chosen = _pack(rows, known.astype(np.int64))
        vectors = teacher.vectors[chosen]
        deviation = vectors.std(axis=0)
        vectors = np.where(
            deviation > _LEAST_DEVIATION, (vectors - vectors.mean(axis=0)) / np.maximum(deviation, _LEAST_DEVIATION), 0
        ).astype(np.float32)
        bounds = np.where(known[:, None], bounds, 0)
    else:
        vector_bounds, vectors = bounds, teacher.vectors[windows]
    if vectors.shape[1] > MOST_DIMENSIONS and len(vectors) > 1:
        vectors = project(vectors, fit_projection(vectors, min(_KEPT_DIMENSIONS, len(vectors) - 1)))
    shape = TeacherShape(teacher.name, int(vectors.shape[1]), len(teacher.tag_names))
    return TeacherTargets(
        shape, teacher.tag_names, teacher.hop, bounds, vectors.astype(np.float16), vector_bounds, teacher.tags[windows]
    )


def mix_targets(targets: Floats, shapes: Sequence[TeacherShape], others: Integers, kept: Floats) -> Floats:
    """Mix the targets of segments as the segments were mixed.

    Parameters
    ----------
    targets : ndarray [shape=(n, columns)], float32
        Of all teachers.
    shapes : sequence of TeacherShape
    others : ndarray [shape=(n,)], int
        Which segment was mixed into each one.
    kept : ndarray [shape=(n,)], float32
        What part stayed its own.

    Returns
    -------
    ndarray [shape=(n, columns)], float32
        A teacher that does not know both has nothing to say of the mixture.
    """
    share = kept[:, None]
    mixed = targets * share + targets[others] * (1 - share)
    first = 0
    for shape in shapes:
        known = (targets[:, first] > 0) & ((targets[others, first] > 0) | (kept >= 1))
        mixed[:, first] = known
        first += shape.columns
    return np.asarray(mixed, dtype=np.float32)


def _pack(starts: Integers, counts: Integers) -> tuple[Integers, Integers]:
    """Bounds of pieces that lie behind one another, and the rows that they are taken from."""
    ends = np.cumsum(counts)
    bounds = np.stack([ends - counts, ends], axis=1).astype(np.int64)
    rows = [np.arange(s, s + c) for s, c in zip(starts.tolist(), counts.tolist(), strict=True) if c]
    return bounds, np.concatenate(rows) if rows else np.zeros(0, dtype=np.int64)


def _mean_rows(values: NDArray[Any], bounds: Integers, first: Integers, windows: int) -> Floats:
    """Mean of some rows of each piece; near its end the last ones."""
    count = bounds[:, 1] - bounds[:, 0]
    begin = np.clip(np.minimum(first, count - windows), 0, None)
    total = np.zeros((len(bounds), values.shape[1]), dtype=np.float32)
    heard = np.zeros((len(bounds), 1), dtype=np.float32)
    for step in range(windows):
        there = begin + step < count
        total[there] += values[bounds[there, 0] + begin[there] + step]
        heard += there[:, None]
    return np.asarray(total / np.maximum(heard, 1), dtype=np.float32)
