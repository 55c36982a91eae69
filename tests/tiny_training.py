"""A network, a task and settings that train in a second, for the tests of training."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from laws import THOROUGH

from musicemb.encoder.training.loop import Batch
from musicemb.records import TeacherShape
from musicemb.settings import Architecture, EncoderSettings, NetworkSettings, TrainingSettings

SOUNDS = np.random.default_rng(0).normal(size=(40, 1, 16)).astype(np.float32)
NETWORK = NetworkSettings(architecture="resnet" if THOROUGH else "dense", widths=(4, 8), dimensions=8)
"""What a training does to a network shows in the plainest, which normalises over the batch as the residual one does: a
step of it takes a quarter of the time, stepped or compiled. test_network.py trains every architecture."""

SETTINGS = EncoderSettings(network=NETWORK)


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


def network(members: int = 1, architecture: Architecture = NETWORK.architecture) -> Any:
    import keras

    from musicemb.encoder.networks.network import build_network

    keras.utils.set_random_seed(1)
    return build_network(
        replace(SETTINGS, network=replace(NETWORK, members=members, architecture=architecture)), 32, 16
    )


def training(**changes: object) -> TrainingSettings:
    return replace(TrainingSettings(epochs=4, steps_per_epoch=5, learning_rate=5e-3), **changes)


def few_batches(epoch: int) -> Iterator[Batch]:
    """Two of them, for what does not ask how well it is learned."""
    return itertools.islice(batches(epoch), 2)


def few_steps(**changes: object) -> TrainingSettings:
    return training(**{"epochs": 3, "steps_per_epoch": 2, **changes})


def end_within_the_second_checkpoint(place: Path, end: Callable[[], None]) -> None:
    """Train, and call ``end`` when half of the second checkpoint is on the disk."""
    import pytest

    from musicemb.encoder.training.loop import train_network

    whole, written = np.savez, []

    def dying(file: BinaryIO, **arrays: np.ndarray) -> None:
        written.append(file)
        whole(file, **arrays)
        if len(written) == 2:
            file.truncate(file.tell() // 2)
            file.flush()
            end()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(np, "savez", dying)
        list(train_network(network(), few_batches, few_steps(), checkpoint=place))
