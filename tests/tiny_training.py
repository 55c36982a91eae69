"""A network, a task and settings that train in a second, for the tests of training."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from musicemb.encoder.training.loop import Batch
from musicemb.records import TeacherShape
from musicemb.settings import EncoderSettings, NetworkSettings, TrainingSettings

SOUNDS = np.random.default_rng(0).normal(size=(40, 1, 16)).astype(np.float32)
SETTINGS = EncoderSettings(network=NetworkSettings(widths=(4, 8), dimensions=8))


def batches(epoch: int) -> Iterator[Batch]:
    """Tracks that differ by band, in noise: a task that a network of any kind can learn."""
    rng = np.random.default_rng(epoch)
    for _ in range(5):
        tracks = np.repeat(rng.choice(40, 12, replace=False), 2)
        features = SOUNDS[tracks] + rng.normal(size=(24, 32, 16)).astype(np.float32)
        yield Batch(features, tracks, tracks // 2, tracks % 4)


TEACHERS = [TeacherShape("deep", 6, 3), TeacherShape("flat", 0, 2)]


def taught_batches(epoch: int) -> Iterator[Batch]:
    """The same, with what two teachers say of the tracks; one of them does not know every fourth."""
    rng = np.random.default_rng(99)
    said = rng.random((40, sum(shape.columns for shape in TEACHERS))).astype(np.float32)
    said[:, [0, TEACHERS[0].columns]] = 1
    said[::4, : TEACHERS[0].columns] = 0
    for batch in batches(epoch):
        yield replace(batch, targets=said[batch.tracks])


def network(members: int = 1) -> Any:
    import keras

    from musicemb.encoder.networks.network import build_network

    keras.utils.set_random_seed(1)
    return build_network(replace(SETTINGS, network=replace(SETTINGS.network, members=members)), 32, 16)


def training(**changes: object) -> TrainingSettings:
    return replace(TrainingSettings(epochs=4, steps_per_epoch=5, learning_rate=5e-3), **changes)


def few_batches(epoch: int) -> Iterator[Batch]:
    """Two of them, for what does not ask how well it is learned."""
    return itertools.islice(batches(epoch), 2)


def few_steps(**changes: object) -> TrainingSettings:
    return training(**{"epochs": 3, "steps_per_epoch": 2, **changes})
