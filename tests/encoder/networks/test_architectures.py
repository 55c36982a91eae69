"""Every architecture is small, named throughout, and takes short and long segments."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import get_args

import numpy as np
import pytest
from laws import cases
from small_networks import build, numbers, settings_of

from musicemb.encoder.networks.architectures import ARCHITECTURES, MOST_STEPS
from musicemb.encoder.networks.network import build_network
from musicemb.encoder.networks.weights import read_weights
from musicemb.errors import SettingsError
from musicemb.settings import (
    Architecture,
    EncoderSettings,
    Features,
    NetworkSettings,
)

pytestmark = pytest.mark.keras
FEATURES = get_args(Features)
PAIRS = cases(
    ((architecture, features) for architecture in ARCHITECTURES for features in FEATURES),
    zip(ARCHITECTURES, itertools.cycle(FEATURES), strict=False),
)
HIGHEST = {"resnet18": 12_000_000, "mobilenet": 3_500_000}
"""Parameters; 1.5 million for all others."""


@pytest.mark.parametrize(("architecture", "features"), PAIRS, ids=map("-".join, PAIRS))
def test_a_pair_is_small_and_named_throughout(architecture: str, features: str) -> None:
    settings = settings_of(architecture, features)
    one = build(settings)
    assert one.count_params() <= HIGHEST.get(architecture, 1_500_000)
    assert len(read_weights(one)) == len(one.weights)
    # Names that Keras makes up count through a process, so that two networks would differ. Dropout
    # stands before the embedding: behind it, it would be dropped from the vector itself.
    other = build(replace(settings, network=replace(settings.network, dropout=0.2)))
    names = [layer.name for layer in one.layers]
    assert [layer.name for layer in other.layers] == [*names[:-2], "dropout", "embedding", "unit"]
    assert set(read_weights(one)) == set(read_weights(other))
    assert not {type(layer).__name__ for layer in one.layers} & {"Lambda", "Flatten"}


def test_the_settings_offer_what_there_is() -> None:
    assert get_args(Architecture) == tuple(ARCHITECTURES)
    wrong = replace(EncoderSettings(), network=NetworkSettings(architecture="vgg"))  # type: ignore[arg-type]
    with pytest.raises(SettingsError, match=r"unknown architecture 'vgg'.*crnn"):
        build_network(wrong, 62, 96)


@pytest.mark.parametrize("architecture", ["gru", "crnn"])
@pytest.mark.parametrize("seconds", [0.1, 4.0, 20.0])
def test_recurrent_layers_take_few_steps_however_long_the_segment(architecture: str, seconds: float) -> None:
    network = build(settings_of(architecture, "mfcc", seconds=seconds))
    steps = [layer.input.shape[1] for layer in network.layers if layer.name.endswith("_steps")]
    assert steps and max(steps) <= MOST_STEPS


@pytest.mark.parametrize("architecture", ["conv1d", "conv2d", "resnet18", "dense", "mobilenet"])
def test_a_segment_of_one_frame_is_enough(architecture: str) -> None:
    network = build_network(settings_of(architecture, "mfcc"), 1, 20)
    assert np.isfinite(numbers(network(np.ones((1, 1, 20), np.float32)))).all()
