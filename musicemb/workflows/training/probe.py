"""The probe during training: how near held-out tracks are to tracks of the same label."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from musicemb.core.evaluation.clustering_scores import silhouette
from musicemb.core.evaluation.retrieval import precision_at
from musicemb.records import Floats
from musicemb.workflows.training.prepare import TrainingData
from musicemb.workflows.training.track_set import TrackSet

PROBE_SEGMENTS = 8
"""Segments per track that the probe after each epoch embeds."""

PROBE_TRACKS = 4000
"""Tracks of each side that the probe listens to; of more, as many drawn by chance: a probe must not take
longer than its epoch, and all pairs of a hundred thousand are more than memory."""

ALONE = "precision@5 alone"
"""Figure of held-out tracks among the held-out alone: no label that a training saw takes part in it."""

Probe = Callable[[Callable[[Floats], Floats]], dict[str, float]]


def make_probe(data: TrainingData, *, alone: bool = False) -> Probe | None:
    """Precision of held-out tracks among all labelled tracks of their own corpora, and over the held-out alone.

    Parameters
    ----------
    data : TrainingData
    alone : bool
        Measure over the held-out alone, which costs a fraction.

    Returns
    -------
    callable or None
        None where fewer than two labels are held out.
    """
    train, validation = data.train, data.validation
    train_examples, val_examples = data.train_examples, data.val_examples
    front_end = data.front_end
    corpora = {e.corpus for e in val_examples}
    near = _some_of(
        [i for i, e in enumerate(train_examples) if train.labels[i] >= 0 and e.corpus in corpora], PROBE_TRACKS
    )
    asked = _some_of([i for i in range(len(val_examples)) if validation.labels[i] >= 0], PROBE_TRACKS)
    if len(asked) < 2 or len({int(validation.labels[i]) for i in asked}) < 2:
        return None
    gallery, queries = _part(train, near), _part(validation, asked)
    labels = [str(label) for label in (*queries.labels, *gallery.labels)]
    groups = [e.group for e in (*(val_examples[i] for i in asked), *(train_examples[i] for i in near))]

    def probe(embed: Callable[[Floats], Floats]) -> dict[str, float]:
        held = queries.embed_tracks(embed, front_end, most=PROBE_SEGMENTS)
        n = len(held)
        among_themselves = {
            ALONE: _mean(precision_at(held, labels[:n], groups[:n])),
            "silhouette": silhouette(held, labels[:n]),
        }
        if alone:
            return among_themselves
        known = gallery.embed_tracks(embed, front_end, most=PROBE_SEGMENTS) if near else held[:0]
        vectors = np.concatenate([held, known])
        return {
            "precision@5": _mean(precision_at(vectors, labels, groups)[:n]),
            "1-nn": _mean(precision_at(vectors, labels, groups, 1)[:n]),
            **among_themselves,
        }

    return probe


def _mean(values: Any) -> float:
    """Mean over the valid queries; NaN if there are none."""
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else float("nan")


def subsample(data: TrainingData, most: int) -> TrainingData:
    """Training data with fewer tracks, to embed (not to draw batches from).

    Parameters
    ----------
    data : TrainingData
    most : int
        Tracks of each side; of more, as many are drawn by chance, always the same.

    Returns
    -------
    TrainingData
    """
    train_examples = _some_of(list(range(len(data.train_examples))), most)
    val_examples = _some_of(list(range(len(data.val_examples))), most)
    return replace(
        data,
        train=_part(data.train, train_examples),
        validation=_part(data.validation, val_examples),
        train_examples=[data.train_examples[i] for i in train_examples],
        val_examples=[data.val_examples[i] for i in val_examples],
    )


def _some_of(rows: list[int], most: int) -> list[int]:
    if len(rows) <= most:
        return rows
    chosen: list[int] = np.random.default_rng(0).permutation(rows)[:most].tolist()
    return sorted(chosen)


def _part(tracks: TrackSet, chosen: Sequence[int]) -> TrackSet:
    index = np.asarray(chosen, dtype=np.int64)
    frames = [tracks.frames[i] for i in chosen]
    teachers = [replace(t, bounds=t.bounds[index], vector_bounds=t.vector_bounds[index]) for t in tracks.teachers]
    return TrackSet(frames, tracks.artists[index], tracks.labels[index], tracks.settings, teachers=teachers)
