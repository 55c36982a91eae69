"""MobileNet as YAMNet has it: its layers, its channels, its scale."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from small_networks import build, noise, numbers

from musicemb.encoder.networks.weights import read_weights
from musicemb.errors import SettingsError
from musicemb.settings import (
    EncoderSettings,
    FrontEndSettings,
    NetworkSettings,
    SegmentSettings,
)

pytestmark = pytest.mark.keras
MOBILE = EncoderSettings(
    front_end=FrontEndSettings(n_mels=64, hop=160),
    segments=SegmentSettings(length=0.96, hop=0.96),
    network=NetworkSettings(architecture="mobilenet"),
)


def test_mobilenet_has_the_layers_and_channels_that_are_asked_for() -> None:
    kernels = {name: value.shape for name, value in read_weights(build(MOBILE)).items() if "kernel" in name}
    assert kernels["layer1_conv/kernel"] == (3, 3, 1, 32)
    assert kernels["layer13_depthwise/kernel"] == (3, 3, 512, 1)
    assert kernels["layer14_pointwise/kernel"] == (1, 1, 1024, 1024)
    assert kernels["embedding/kernel"] == (1024, 128)
    assert build(MOBILE).count_params() == 3_195_456 + 1024 * 128 + 128  # YAMNet's, and the embedding
    short = build(replace(MOBILE, network=replace(MOBILE.network, depth=3, width=0.25)))
    kernels = {name: value.shape for name, value in read_weights(short).items() if "pointwise/kernel" in name}
    assert kernels == {"layer2_pointwise/kernel": (1, 1, 8, 16), "layer3_pointwise/kernel": (1, 1, 16, 32)}
    assert short.get_layer("pool").output.shape == (None, 32)


def test_a_fresh_mobilenet_passes_on_as_much_as_it_hears() -> None:
    spread = numbers(build(MOBILE)(noise(MOBILE, 4), training=False))
    assert np.abs(spread[0] - spread[1]).max() > 1e-3


@pytest.mark.parametrize("depth", [0, 15])
def test_a_mobilenet_of_no_layer_or_too_many_is_refused(depth: int) -> None:
    with pytest.raises(SettingsError, match=f"network: depth is {depth}"):
        NetworkSettings(architecture="mobilenet", depth=depth)
