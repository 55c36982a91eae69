"""The embedding layer in closed form: who gets how many dimensions, and what they are for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from musicemb.core.training.targets import TeacherTargets
from musicemb.records import TeacherShape
from musicemb.settings import EncoderSettings, NetworkSettings, TrainingSettings
from musicemb.workflows.training.linear_start import fit_embedding
from musicemb.workflows.training.track_set import TrackSet

N, EACH, CHANNELS = 60, 4, 20
SETTINGS = EncoderSettings(
    network=NetworkSettings(dimensions=12), training=TrainingSettings(label_weight=1.0, relation_weights=(1.0,))
)


def _heard(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    tracks = np.repeat(np.arange(N), EACH)
    clean = rng.normal(size=(N, CHANNELS))[tracks] + rng.normal(scale=0.3, size=(N * EACH, CHANNELS))
    damaged = clean + rng.normal(scale=0.1, size=clean.shape)
    return clean.astype(np.float32), damaged.astype(np.float32), tracks


def _teacher(vectors: np.ndarray, known: int) -> TeacherTargets:
    bounds = np.stack([np.arange(N), np.arange(N) + (np.arange(N) < known)], axis=1)
    shape = TeacherShape("made", vectors.shape[1], 0)
    return TeacherTargets(shape, (), 3.0, bounds, vectors, bounds, np.zeros((N, 0), np.uint8))


def _set(labels: np.ndarray, **parts: object) -> TrackSet:
    return TrackSet([np.zeros((9, 4), np.uint8)] * N, np.arange(N), labels, SETTINGS, **parts)


def test_genres_teachers_and_tracks_share_the_dimensions() -> None:
    rng = np.random.default_rng(0)
    clean, damaged, tracks = _heard(rng)
    labels = np.where(np.arange(N) % 5 == 0, -1, np.arange(N) % 2)
    teacher = _teacher(rng.normal(size=(N, 9)).astype(np.float32), known=40)
    train = _set(labels, teachers=[teacher])
    found = fit_embedding(clean, damaged, tracks, train, n_labels=2, dimensions=12)
    assert found.kernel.shape == (CHANNELS, 12)
    mapped = clean @ found.kernel + found.bias
    # 5 of the discriminant, 2 of the genres, 5 of the teacher: each part counts the same.
    for part in (slice(0, 5), slice(5, 7), slice(7, 12)):
        np.testing.assert_allclose(np.square(mapped[:, part]).sum(axis=1).mean(), 1, rtol=1e-5)
    genre = mapped[:, 5] - mapped[:, 6]
    own = labels[tracks]
    assert genre[own == 0].mean() > genre[own == 1].mean() + 1e-3


def test_without_labels_or_teachers_all_tell_tracks_apart() -> None:
    clean, damaged, tracks = _heard(np.random.default_rng(1))
    train = _set(np.full(N, -1))
    found = fit_embedding(clean, damaged, tracks, train, n_labels=0, dimensions=12)
    assert found.kernel.shape == (CHANNELS, 12)
    mapped = clean @ found.kernel + found.bias
    means = np.stack([mapped[tracks == track].mean(axis=0) for track in range(N)])
    within = np.square(mapped - means[tracks]).sum(axis=1).mean()
    assert np.square(means).sum(axis=1).mean() > 5 * within


def test_a_teacher_without_weight_is_not_asked() -> None:
    rng = np.random.default_rng(2)
    clean, damaged, tracks = _heard(rng)
    teacher = _teacher(rng.normal(size=(N, 9)).astype(np.float32), known=N)
    train = _set(np.full(N, -1), teachers=[teacher])
    weightless = replace(SETTINGS, training=replace(SETTINGS.training, relation_weights=(0.0,)))
    alone = fit_embedding(clean, damaged, tracks, _set(np.full(N, -1)), n_labels=0, dimensions=12)
    unasked = fit_embedding(clean, damaged, tracks, replace(train, settings=weightless), n_labels=0, dimensions=12)
    np.testing.assert_allclose(unasked.kernel, alone.kernel)
    asked = fit_embedding(clean, damaged, tracks, train, n_labels=0, dimensions=12)
    assert not np.allclose(asked.kernel, alone.kernel)


def test_weights_say_how_long_genres_are_and_how_many_dimensions_a_teacher_has() -> None:
    rng = np.random.default_rng(3)
    clean, damaged, tracks = _heard(rng)
    teacher = _teacher(rng.normal(size=(N, 9)).astype(np.float32), known=N)
    weights = replace(SETTINGS.training, label_weight=1.25, relation_weights=(0.6,))
    train = _set(np.arange(N) % 2, teachers=[teacher])
    train = replace(train, settings=replace(SETTINGS, training=weights))
    found = fit_embedding(clean, damaged, tracks, train, n_labels=2, dimensions=12)
    mapped = clean @ found.kernel + found.bias
    # 2 of the genres, 0.6 of 5 of the teacher, and 7 left for the discriminant.
    for part, length in ((slice(0, 7), 1), (slice(7, 9), 1.25), (slice(9, 12), 1)):
        np.testing.assert_allclose(np.square(mapped[:, part]).sum(axis=1).mean(), length**2, rtol=1e-5)


def test_all_genres_of_a_track_are_taught() -> None:
    clean, damaged, tracks = _heard(np.random.default_rng(4))
    labels = np.where(np.arange(N) % 3 == 0, -1, np.arange(N) % 2)
    shares = np.eye(3, dtype=np.float32)[np.where(labels < 0, 2, labels)]  # a third genre that is no track's label
    found = fit_embedding(clean, damaged, tracks, _set(labels, shares=shares), n_labels=2, dimensions=12)
    third = (clean @ found.kernel + found.bias)[:, -1]
    assert third[shares[tracks, 2] == 1].mean() > third[shares[tracks, 2] == 0].mean() + 1e-3


def test_more_genres_than_dimensions_bear_leave_the_labels() -> None:
    clean, damaged, tracks = _heard(np.random.default_rng(5))
    labels = np.arange(N) % 2
    shares = np.zeros((N, 8), np.float32)
    shares[np.arange(N), labels] = 1
    many = fit_embedding(clean, damaged, tracks, _set(labels, shares=shares), n_labels=2, dimensions=12)
    few = fit_embedding(clean, damaged, tracks, _set(labels), n_labels=2, dimensions=12)
    np.testing.assert_allclose(many.kernel, few.kernel)
