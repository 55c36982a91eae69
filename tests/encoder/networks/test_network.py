"""Every architecture learns from every kind of features, converts to LiteRT, and serves a scan."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
import sounds
from eager_keras import eagerly
from laws import THOROUGH, cases
from small_networks import build, noise, numbers, settings_of, shape_of

from musicemb.core.signal.features import make_front_end
from musicemb.encoder import convert
from musicemb.encoder.networks import architectures
from musicemb.encoder.networks.architectures import ARCHITECTURES
from musicemb.encoder.networks.network import embed_in_batches
from musicemb.encoder.networks.weights import read_weights, write_weights
from musicemb.encoder.runtime.bundle import write_bundle
from musicemb.encoder.runtime.litert import load_encoder
from musicemb.encoder.training.loop import Batch, train_network
from musicemb.errors import SettingsError
from musicemb.records import EmbeddedTrack, FoundFile
from musicemb.settings import (
    EncoderSettings,
    Features,
)
from musicemb.workflows.embedding.embed import embed_file

pytestmark = pytest.mark.keras

FEATURES = get_args(Features)
PAIRS = cases(
    ((architecture, features) for architecture in ARCHITECTURES for features in FEATURES),
    zip(ARCHITECTURES, itertools.cycle(FEATURES), strict=False),
)
"""To train and convert one takes seconds: a quick run takes every architecture with one kind of features."""

NARROW = tuple(cases((8, 12, 16, 20), (8, 12)))
"""Channels of each stage: two, one of which halves, hold every layer that four do."""

MOST_STEPS, DEPTH = (8, 14) if THOROUGH else (4, 4)
"""Steps of a recurrent layer, fewer than there are, so that time is averaged first; layers of mobilenet."""


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
    settings = settings_of(*request.param, widths=NARROW, width=1 / 16, depth=DEPTH, dimensions=16)

    def batches(epoch: int) -> Iterator[Batch]:
        tracks = np.repeat(np.arange(4), 2)
        yield Batch(noise(settings, 8, epoch), tracks, tracks, tracks)

    with pytest.MonkeyPatch.context() as patch:
        for name in ("RESNET18", "CONV2D", "CRNN"):
            patch.setattr(architectures, f"{name}_WIDTHS", NARROW)
        patch.setattr(architectures, "MOST_STEPS", MOST_STEPS)
        network = build(settings)
        fresh = read_weights(network)
        with eagerly():
            (report,) = train_network(network, batches, settings.training)
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
    with pytest.raises(SettingsError, match="16 dimensions cannot be divided among 3 members"):
        build(settings_of("resnet", "mfcc", dimensions=16, members=3))
    with pytest.raises(SettingsError, match="members is 0"):
        settings_of("resnet", "mfcc", members=0)


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


def test_no_segment_gives_no_row() -> None:
    assert embed_in_batches(build(settings_of("dense", "mfcc")), noise(settings_of("dense", "mfcc"), 0)).shape == (
        0,
        128,
    )
