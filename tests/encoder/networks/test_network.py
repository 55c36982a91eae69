"""Every architecture learns from every kind of features, converts to LiteRT, and serves a scan."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
import sounds

from musicemb.core.signal.features import count_bands, count_frames, make_front_end
from musicemb.encoder import convert
from musicemb.encoder.networks import architectures
from musicemb.encoder.networks.architectures import ARCHITECTURES, MOST_STEPS
from musicemb.encoder.networks.network import build_network, embed_in_batches
from musicemb.encoder.networks.weights import read_weights, write_weights
from musicemb.encoder.runtime.bundle import write_bundle
from musicemb.encoder.runtime.litert import load_encoder
from musicemb.encoder.training.loop import Batch, train_network
from musicemb.errors import SettingsError
from musicemb.records import EmbeddedTrack, FoundFile
from musicemb.settings import (
    Architecture,
    EncoderSettings,
    Features,
    FrontEndSettings,
    NetworkSettings,
    SegmentSettings,
    TrainingSettings,
)
from musicemb.workflows.embedding.embed import embed_file

pytestmark = pytest.mark.keras

FEATURES = get_args(Features)
PAIRS = [(architecture, features) for architecture in ARCHITECTURES for features in FEATURES]
HIGHEST = {"resnet18": 12_000_000, "mobilenet": 3_500_000}
"""Parameters; 1.5 million for all others."""
NARROW = (8, 12, 16, 20)
MOBILE = EncoderSettings(
    front_end=FrontEndSettings(n_mels=64, hop=160),
    segments=SegmentSettings(length=0.96, hop=0.96),
    network=NetworkSettings(architecture="mobilenet"),
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


@dataclass(frozen=True)
class Trained:
    """A network that took one step, and its bundle."""

    settings: EncoderSettings
    network: Any
    fresh: dict[str, np.ndarray]
    loss: float
    folder: Path


@pytest.fixture(scope="module", params=PAIRS, ids="-".join)
def trained(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """The pair's network, with few channels and steps: their numbers change no shape of the graph."""
    keras = pytest.importorskip("keras")
    if keras.backend.backend() != "tensorflow":
        pytest.skip(f"Keras runs on {keras.backend.backend()}; only TensorFlow converts in this process")
    import tensorflow

    settings = settings_of(*request.param, widths=NARROW, width=1 / 16, dimensions=16)

    def batches(epoch: int) -> Iterator[Batch]:
        tracks = np.repeat(np.arange(4), 2)
        yield Batch(noise(settings, 8, epoch), tracks, tracks, tracks)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(architectures, "RESNET18_WIDTHS", NARROW)
        patch.setattr(architectures, "MOST_STEPS", 8)  # fewer than there are: time is averaged first
        network = build(settings)
        fresh = read_weights(network)
        tensorflow.config.run_functions_eagerly(True)  # compiling takes longer than the one step
        try:
            (report,) = train_network(network, batches, settings.training)
        finally:
            tensorflow.config.run_functions_eagerly(False)
        bundle = write_bundle(
            tmp_path_factory.mktemp("bundles") / "made",
            name="made",
            settings=settings,
            front_end=make_front_end(settings.front_end, settings.segments),
            weights=read_weights(network),
            about={"input_shape": list(shape_of(settings))},
        )
        # In this process, where TensorFlow is loaded already; a test below compares, without compiling.
        patch.setattr(convert, "_compare", lambda folder: "")
        patch.setattr(convert, "_add_int8", lambda folder, converter, segments: {"left_out": "not asked for here"})
        convert._convert(bundle.folder)
    return Trained(settings, network, fresh, report.loss, bundle.folder)


def test_a_pair_learns_with_all_its_weights(trained: Trained) -> None:
    assert np.isfinite(trained.loss)
    learned = read_weights(trained.network)
    still = [name for name, value in trained.fresh.items() if np.array_equal(learned[name], value)]
    assert still == []


def test_a_pair_gives_unit_rows_that_hang_on_their_own_segment(trained: Trained) -> None:
    features = noise(trained.settings, 5, 7)
    rows = numbers(trained.network(features, training=False))
    assert rows.shape == (5, 16)
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(numbers(trained.network(features[3:4], training=False)), rows[3:4], atol=1e-5)
    assert np.isfinite(numbers(trained.network(features * 0, training=False))).all()
    assert np.abs(rows[0] - rows[1]).max() > 1e-4


def test_a_pair_converts_to_litert_s_own_operations(trained: Trained) -> None:
    encoder = load_encoder(trained.folder, runtime="litert")
    features = noise(trained.settings, 5, 8)
    expected = numbers(trained.network(features, training=False))
    assert (encoder.embed(features) * expected).sum(axis=1).min() >= 0.9999


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


def test_members_are_whole_networks_with_names_of_their_own() -> None:
    single = settings_of("resnet", "mfcc", widths=NARROW, dimensions=8)
    both = build(settings_of("resnet", "mfcc", widths=NARROW, dimensions=16, members=2), seed=1)
    names = set(read_weights(both))
    assert len(names) == len(both.weights)
    assert names == {f"member{n}/{name}" for n in (1, 2) for name in read_weights(build(single))}
    rows = numbers(both(noise(single, 3), training=False))
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    assert np.abs(rows[:, :8] - rows[:, 8:]).max() > 1e-2
    other = build(settings_of("resnet", "mfcc", widths=NARROW, dimensions=16, members=2), seed=2)
    write_weights(other, read_weights(both))
    np.testing.assert_allclose(numbers(other(noise(single, 3), training=False)), rows, atol=1e-6)


def test_dimensions_that_members_cannot_share_are_refused() -> None:
    with pytest.raises(SettingsError, match="16 dimensions cannot be shared out among 3 members"):
        build(settings_of("resnet", "mfcc", dimensions=16, members=3))
    with pytest.raises(SettingsError, match="members is 0"):
        settings_of("resnet", "mfcc", members=0)


def test_the_settings_offer_what_there_is() -> None:
    assert get_args(Architecture) == tuple(ARCHITECTURES)
    wrong = replace(EncoderSettings(), network=NetworkSettings(architecture="vgg"))  # type: ignore[arg-type]
    with pytest.raises(SettingsError, match=r"unknown architecture 'vgg'.*crnn"):
        build_network(wrong, 62, 96)


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


def test_dropout_leaves_inference_alone_and_its_weights_can_be_put_back() -> None:
    settings = settings_of("gru", "mfcc", seconds=0.2, dropout=0.5)
    one, other = build(settings, seed=1), build(settings, seed=2)
    features = noise(settings, 3)
    expected = numbers(one(features, training=False))
    np.testing.assert_array_equal(numbers(one(features, training=False)), expected)
    write_weights(other, read_weights(one))
    np.testing.assert_allclose(numbers(other(features, training=False)), expected, atol=1e-6)


@pytest.mark.parametrize("trained", [("conv1d", "waveform")], indirect=True, ids="-".join)
@pytest.mark.parametrize("runtime", ["litert", "keras"])
def test_a_scan_hears_samples(trained: Trained, tmp_path: Path, runtime: str) -> None:
    path = sounds.write(tmp_path / "a.wav", sounds.music(3.0, 1), 44_100)
    stat = path.stat()
    track = embed_file(FoundFile(path, stat.st_size, stat.st_mtime_ns), load_encoder(trained.folder, runtime=runtime))
    assert isinstance(track, EmbeddedTrack)
    assert track.vector.shape == (16,)
    assert np.linalg.norm(track.vector) == pytest.approx(1, abs=1e-5)
    assert len(track.segments.starts) == 3


def test_the_mean_and_deviation_layer_says_what_it_does() -> None:
    from musicemb.encoder.networks.layers import MeanAndDeviation

    features = np.random.default_rng(3).normal(2.0, 3.0, (2, 50, 4)).astype(np.float32)
    found = numbers(MeanAndDeviation()(features))
    np.testing.assert_allclose(found, np.concatenate([features.mean(1), features.std(1)], axis=1), atol=1e-4)
    assert MeanAndDeviation().compute_output_shape((2, 50, 4)) == (2, 8)
    assert embed_in_batches(build(settings_of("dense", "mfcc")), noise(settings_of("dense", "mfcc"), 0)).shape == (
        0,
        128,
    )
