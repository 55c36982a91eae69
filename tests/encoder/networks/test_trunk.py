"""A network that starts from a tagger's trunk: what it takes over, and where its embedding begins."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from musicemb.encoder.networks.network import build_network, embed_in_batches
from musicemb.encoder.networks.trunk import (
    TAGGER_FRONT_END,
    Trunk,
    place_trunk,
    refuse_misfit,
    start_embedding,
    with_trunk,
)
from musicemb.encoder.networks.weights import read_weights
from musicemb.errors import SettingsError
from musicemb.settings import EncoderSettings, NetworkSettings, SegmentSettings

pytestmark = [pytest.mark.keras, pytest.mark.usefixtures("eager")]

WIDTH = 1 / 16


def settings_of(**network: Any) -> EncoderSettings:
    network = {"architecture": "mobilenet", "width": WIDTH, "dimensions": 16} | network
    return EncoderSettings(
        front_end=TAGGER_FRONT_END,
        segments=SegmentSettings(length=0.96, hop=0.96),
        network=NetworkSettings(**network),
    )


def build(settings: EncoderSettings, n_frames: int = 96, seed: int = 1) -> Any:
    return build_network(settings, n_frames, 64, seed=seed)


@pytest.fixture(scope="module")
def trunk() -> Trunk:
    pytest.importorskip("keras")
    weights = {name: value for name, value in read_weights(build(settings_of(), seed=5)).items() if "layer" in name}
    return Trunk("Made", "made.tflite", "00", "CC0-1.0", WIDTH, weights)


def features(n: int, n_frames: int = 96) -> np.ndarray:
    rng = np.random.default_rng(0)
    return (rng.normal(size=(n, n_frames, 64)) + rng.normal(size=(n, 1, 64)) - 2).astype(np.float32)


def test_settings_become_the_trunk_s_and_keep_the_rest(trunk: Trunk) -> None:
    mine = EncoderSettings(
        segments=SegmentSettings(coverage=0.5), network=NetworkSettings(dimensions=32, members=4, depth=9)
    )
    found = with_trunk(mine, trunk)
    assert found.front_end == TAGGER_FRONT_END
    assert found.segments == SegmentSettings(length=0.96, hop=0.96, coverage=0.5)
    assert found.network == NetworkSettings(architecture="mobilenet", dimensions=32, width=WIDTH, depth=9)
    longer = replace(found, segments=SegmentSettings(length=1.92, hop=1.92))
    assert with_trunk(longer, trunk) == longer
    refuse_misfit(longer, trunk)


@pytest.mark.parametrize("depth", [14, 6, 1])
def test_a_network_takes_over_the_trunk_s_layers_and_leaves_its_embedding(trunk: Trunk, depth: int) -> None:
    network = build(settings_of(depth=depth, dimensions=2))
    before = read_weights(network)
    place_trunk(network, trunk)
    after = read_weights(network)
    for name, value in after.items():
        np.testing.assert_array_equal(value, before[name] if name.startswith("embedding") else trunk.weights[name])


@pytest.mark.parametrize("n_frames", [96, 130])
def test_the_embedding_begins_with_the_trunk_s_own_neighbourhoods(trunk: Trunk, n_frames: int) -> None:
    import keras

    network = build(settings_of(dimensions=64), n_frames)
    place_trunk(network, trunk)
    heard = features(200, n_frames)
    start_embedding(network, heard)
    pooled = embed_in_batches(keras.Model(network.input, network.get_layer("pool").output), heard)
    centred = pooled - pooled.mean(axis=0)
    expected = centred / np.linalg.norm(centred, axis=1, keepdims=True)
    vectors = embed_in_batches(network, heard)
    # As many dimensions as channels: nothing of the trunk's cosines is lost.
    np.testing.assert_allclose(vectors @ vectors.T, expected @ expected.T, atol=2e-3)


def test_fewer_dimensions_keep_what_varies_most(trunk: Trunk) -> None:
    network = build(settings_of(dimensions=8))
    place_trunk(network, trunk)
    start_embedding(network, features(200))
    kernel = read_weights(network)["embedding/kernel"]
    np.testing.assert_allclose(kernel.T @ kernel, np.eye(8), atol=1e-5)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"network": {"architecture": "resnet"}}, "network: architecture is 'resnet'.*made.tflite take 'mobilenet'"),
        ({"network": {"width": 1.0}}, r"network: width is 1\.0.*take 0\.0625"),
        ({"network": {"members": 2}}, "network: members is 2.*take 1"),
        ({"front_end": {"n_mels": 96}}, "front_end: n_mels is 96.*take 64"),
        ({"network": {"dimensions": 65}}, "dimensions is 65, but layer 14 has 64 at most"),
    ],
)
def test_settings_that_do_not_fit_are_refused(trunk: Trunk, change: dict[str, dict[str, Any]], text: str) -> None:
    settings = settings_of()
    for section, values in change.items():
        settings = replace(settings, **{section: replace(getattr(settings, section), **values)})
    with pytest.raises(SettingsError, match=text):
        refuse_misfit(settings, trunk)


def test_a_random_beginning_takes_more_dimensions_than_there_are_channels(trunk: Trunk) -> None:
    settings = settings_of(dimensions=65)
    refuse_misfit(replace(settings, training=replace(settings.training, embedding_start="random")), trunk)
