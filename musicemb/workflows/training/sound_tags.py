"""Fits the tag heads of a training to its tracks' vectors and the teachers' scores."""

from __future__ import annotations

import numpy as np

from musicemb.core.sound_tags.heads import fit_tag_heads, join_targets
from musicemb.core.training.targets import TeacherTargets
from musicemb.records import Floats, TagHeads
from musicemb.workflows.training.prepare import TrainingData

LEAST_TRACKS = 100
"""Tracks that teachers must know: of fewer, heads of some hundred dimensions would learn them by heart."""


def fit_tags(vectors: Floats, data: TrainingData) -> TagHeads | None:
    """Fit tag heads where teachers bring tags.

    Parameters
    ----------
    vectors : ndarray [shape=(n_tracks, d)], float32
        Of the tracks of `data.train`.
    data : TrainingData

    Returns
    -------
    TagHeads or None
        None without tags, or where teachers know too few of the tracks.
    """
    said = [(teacher.tag_names, _mean_tags(teacher)) for teacher in data.train.teachers if teacher.tag_names]
    targets = join_targets(said)
    if not targets.tags or np.isfinite(targets.values).all(axis=1).sum() < LEAST_TRACKS:
        return None
    heads = fit_tag_heads(vectors, targets, [e.group for e in data.train_examples])
    return heads if heads.names else None


def _mean_tags(teacher: TeacherTargets) -> Floats:
    """Mean probability of each track's windows; NaN where the teacher does not know it."""
    found = np.full((len(teacher.bounds), len(teacher.tag_names)), np.nan, dtype=np.float32)
    for row, (first, end) in enumerate(teacher.bounds):
        if end > first:
            found[row] = teacher.tags[first:end].mean(axis=0) / 255
    return found
