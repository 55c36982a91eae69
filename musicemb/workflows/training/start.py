"""Builds the network of a training on its devices, with the weights that it starts from."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Literal

from musicemb.core.signal.features import count_bands, count_frames
from musicemb.io.audio.native_stderr import silence_native_stderr
from musicemb.settings import EncoderSettings
from musicemb.workflows.training.linear_start import start_discriminant
from musicemb.workflows.training.prepare import TrainingData
from musicemb.workflows.training.track_set import class_weights


@dataclass(frozen=True)
class OpenTraining:
    """A network on its devices, with all that its training needs."""

    network: Any
    devices: Any
    settings: EncoderSettings
    shape: tuple[int, int]
    """Of a segment's features."""
    supervised: bool
    """Whether labels are taught."""
    run: Callable[..., Iterator[Any]]
    """`train_network` without its first arguments; takes the others."""


def open_training(
    data: TrainingData, settings: EncoderSettings, devices: int | Literal["all"] | None = None
) -> OpenTraining:
    """Build the network of a training where it will run, with the weights that it starts from.

    Parameters
    ----------
    data : TrainingData
    settings : EncoderSettings
        Of the training; those of `data` may be longer.
    devices : int or "all", optional

    Returns
    -------
    OpenTraining
    """
    # TensorFlow comments from C++ on its own loading; nobody can act on that.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with silence_native_stderr():
        from musicemb.encoder.training.devices import open_devices

        shared = open_devices(devices)
    from musicemb.encoder.networks.network import build_network
    from musicemb.encoder.networks.trunk import PCA_SEGMENTS, place_trunk, start_embedding
    from musicemb.encoder.networks.weights import read_weights, write_weights
    from musicemb.encoder.runtime.litert import open_network
    from musicemb.encoder.training.loop import train_network

    train, front_end = replace(data.train, settings=settings), data.front_end
    shape = (count_frames(front_end), count_bands(front_end.settings))
    with shared.scope():
        network = build_network(settings, *shape, seed=settings.training.seed)
        if data.started is not None:
            write_weights(network, read_weights(open_network(data.started)))
        elif data.trunk is not None:
            place_trunk(network, data.trunk)
            if settings.training.embedding_start == "pca":
                start_embedding(network, train.sample(front_end, PCA_SEGMENTS))
            elif settings.training.embedding_start == "discriminant":
                start_discriminant(network, train, front_end, len(data.labels))
    supervised = settings.training.label_weight > 0 and len(data.labels) > 1
    weights = class_weights(train, len(data.labels)) if supervised else None
    run = partial(
        train_network,
        network,
        train.batches(front_end, balance=supervised),
        settings.training,
        n_labels=0 if weights is None else len(weights),
        class_weights=weights,
        teachers=[teacher.shape for teacher in train.teachers],
        devices=shared,
    )
    return OpenTraining(network, shared, settings, shape, supervised, run)
