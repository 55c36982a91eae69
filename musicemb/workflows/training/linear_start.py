"""An embedding layer in closed form: discriminant analysis of tracks, regression on teachers, and on genres."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from musicemb.core.vectors.linear_maps import (
    LinearMap,
    fit_discriminant,
    fit_regression,
    genre_targets,
    join_maps,
    leading_directions,
    mean_per_track,
)
from musicemb.records import Floats, FrontEnd, Integers
from musicemb.workflows.training.track_set import TrackSet

START_SEGMENTS = 12
"""Segments per track that the layer is fitted on."""

_BLOCK = 512
"""Segments per call of the trunk."""


def start_discriminant(network: Any, train: TrackSet, front_end: FrontEnd, n_labels: int) -> None:
    """Let a network's embedding layer begin as a linear discriminant analysis with regressions beside it.

    Genres take a dimension each where labels are taught, and are the longer in a vector, the greater the label weight
    is. What is left is shared by the discriminant analysis and the vectors of those teachers that have a relational
    weight: together they have half of it where each weight is 1, and fewer dimensions where weights are less.

    Parameters
    ----------
    network : keras.Model
        With its trunk's weights.
    train : TrackSet
    front_end : FrontEnd
    n_labels : int
        Labels that are learned.
    """
    from musicemb.encoder.networks.network import embed_in_batches
    from musicemb.encoder.networks.trunk import open_trunk, place_embedding
    from musicemb.encoder.quantise import round_weights

    trunk = open_trunk(network)
    tracks, clean, degraded = [], [], []
    waiting: list[tuple[Floats, Floats]] = []
    for track, *both in train.pairs(front_end, START_SEGMENTS):
        waiting.append((both[0], both[1]))
        tracks.append(np.full(len(both[0]), track, dtype=np.int64))
        if sum(len(one) for one, _ in waiting) >= _BLOCK or track == len(train.frames) - 1:
            clean.append(embed_in_batches(trunk, np.concatenate([one for one, _ in waiting])))
            degraded.append(embed_in_batches(trunk, np.concatenate([one for _, one in waiting])))
            waiting = []
    found = fit_embedding(
        np.concatenate(clean),
        np.concatenate(degraded),
        np.concatenate(tracks),
        train,
        n_labels=n_labels,
        dimensions=train.settings.network.dimensions,
    )
    # Values that int8 can say: the small model is then the float one, and its loss is part of what is judged.
    kernel = round_weights({"embedding/kernel": found.kernel.astype(np.float32)})["embedding/kernel"]
    place_embedding(network, kernel, found.bias)


def fit_embedding(
    clean: Floats, degraded: Floats, tracks: Integers, train: TrackSet, *, n_labels: int, dimensions: int
) -> LinearMap:
    """The embedding layer of what a trunk makes of a training set's segments.

    Parameters
    ----------
    clean, degraded : ndarray [shape=(n_segments, n_channels)], float32
        Of segments, and of the same segments augmented.
    tracks : ndarray [shape=(n_segments,)], int
        Each segment's track of `train`, all of which have some.
    train : TrackSet
    n_labels : int
    dimensions : int

    Returns
    -------
    LinearMap
        With `dimensions` columns.
    """
    means, numbers = mean_per_track(clean, tracks)
    worse, _ = mean_per_track(degraded, tracks)
    training = train.settings.training
    maps: list[LinearMap] = []
    lengths: list[float] = []

    def regress(rows: Integers, targets: NDArray[Any]) -> None:
        # A degraded copy of a track is to lie where the track does.
        maps.append(fit_regression(np.concatenate([means[rows], worse[rows]]), np.concatenate([targets, targets])))

    shares = _shares(train, n_labels)
    if 2 * shares.shape[1] >= dimensions:  # genres would leave too little to all else; the labels come first
        shares = shares[:, :n_labels]
    n_genres = shares.shape[1]
    if training.label_weight > 0 and n_genres > 1 and shares.any() and dimensions > 2 * n_genres:
        labelled = np.flatnonzero(shares.any(axis=1))
        regress(labelled, genre_targets(shares[labelled]))
        lengths.append(training.label_weight)
    heard = [
        (teacher, min(weight, 1.0))
        for number, teacher in enumerate(train.teachers)
        if teacher.shape.dimensions and (weight := _of_teacher(training.relation_weights, number)) > 0
    ]
    left = dimensions - sum(m.kernel.shape[1] for m in maps)
    for teacher, weight in heard:
        rows = np.flatnonzero(teacher.bounds[:, 0] < teacher.bounds[:, 1])
        if len(rows) < 2:
            continue
        said = np.stack([_mean_vector(teacher, int(row)) for row in rows])
        regress(rows, leading_directions(said, max(1, round(left // 2 // len(heard) * weight))))
        lengths.append(1.0)
    own = dimensions - sum(m.kernel.shape[1] for m in maps)
    return join_maps([fit_discriminant(clean, degraded, numbers, own), *maps], clean, [1.0, *lengths])


def _shares(train: TrackSet, n_labels: int) -> Floats:
    """What part of each genre a track is: of all that its source gives it, where these are taught, or of its label."""
    if train.shares is not None:
        return train.shares
    return np.eye(n_labels + 1, n_labels, k=-1, dtype=np.float32)[train.labels + 1]


def _of_teacher(weights: tuple[float, ...], number: int) -> float:
    return weights[min(number, len(weights) - 1)]


def _mean_vector(teacher: Any, row: int) -> Floats:
    first, end = teacher.vector_bounds[row]
    mean: Floats = teacher.vectors[first:end].astype(np.float32).mean(axis=0)
    return mean
