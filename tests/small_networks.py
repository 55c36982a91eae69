"""Networks to try, and features for them."""

from __future__ import annotations

from typing import Any

import numpy as np

from musicemb.core.signal.features import count_bands, count_frames, make_front_end
from musicemb.encoder.networks.network import build_network
from musicemb.settings import (
    EncoderSettings,
    FrontEndSettings,
    NetworkSettings,
    SegmentSettings,
    TrainingSettings,
)


def settings_of(architecture: str, features: str, *, seconds: float = 1.0, **network: Any) -> EncoderSettings:
    return EncoderSettings(
        front_end=FrontEndSettings(features=features),
        segments=SegmentSettings(length=seconds, hop=seconds),
        network=NetworkSettings(architecture=architecture, **network),
        training=TrainingSettings(epochs=1, steps_per_epoch=1),
    )


def shape_of(settings: EncoderSettings) -> tuple[int, int]:
    return count_frames(make_front_end(settings.front_end, settings.segments)), count_bands(settings.front_end)


def build(settings: EncoderSettings, seed: int = 1) -> Any:
    return build_network(settings, *shape_of(settings), seed=seed)


def noise(settings: EncoderSettings, n: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, *shape_of(settings))).astype(np.float32)


def numbers(tensor: Any) -> np.ndarray:
    from keras import ops

    return np.asarray(ops.convert_to_numpy(tensor))
