"""A training that starts from a published tagger's weights, through to its bundle and a fine-tune of that."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import sounds
from laws import THOROUGH
from made_tagger import WIDTH, write_tagger

from musicemb.encoder.networks.trunk import TAGGER_FRONT_END, with_trunk, write_trunk
from musicemb.encoder.runtime.bundle import read_bundle
from musicemb.encoder.runtime.tagger_file import read_trunk
from musicemb.errors import BundleError, SettingsError
from musicemb.records import Example
from musicemb.settings import EncoderSettings, NetworkSettings, TrainingSettings
from musicemb.workflows.training.prepare import TrainingData, prepare_training
from musicemb.workflows.training.retrain import BundleWritten, retrain_encoder
from musicemb.workflows.training.start import open_training

pytestmark = [pytest.mark.keras, pytest.mark.usefixtures("eager", "quick_pictures", "few_segments")]

DEPTH = 14 if THOROUGH else 5
"""Layers of the trunk that are taken over; test_trunk.py takes all of them."""

WISHED = EncoderSettings(
    network=NetworkSettings(dimensions=8, depth=DEPTH),
    training=TrainingSettings(epochs=1, steps_per_epoch=1, tracks_per_batch=4, learning_rate=1e-9),
)


@pytest.fixture(scope="module")
def tagger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("tensorflow")
    pytest.importorskip("ai_edge_litert")
    return write_tagger(tmp_path_factory.mktemp("taggers") / "made.tflite")


@pytest.fixture
def few_segments(monkeypatch: pytest.MonkeyPatch) -> None:
    """The embedding begins with what varies most in fewer segments: there are but 12 different ones."""
    monkeypatch.setattr("musicemb.encoder.networks.trunk.PCA_SEGMENTS", 64)


@pytest.fixture(scope="module")
def music(tmp_path_factory: pytest.TempPathFactory) -> list[Example]:
    folder = tmp_path_factory.mktemp("collection")
    paths = [sounds.write(folder / f"{seed}.wav", sounds.music(2.5, seed), 16_000) for seed in range(6)]
    return [Example(path, label="", artist=path.stem, group=path.stem, split="train") for path in paths]


def test_a_bundle_says_where_its_weights_began(
    tagger: Path, music: list[Example], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("musicemb.encoder.convert.convert_bundle", lambda bundle, heard: (bundle, "left out"))
    trunk = read_trunk(tagger)
    options = {"cache": tmp_path / "cache", "workers": 0, "watch": False}
    settings = with_trunk(WISHED, trunk)
    out = tmp_path / "started"
    *_, last = retrain_encoder(music, settings, out=out, name="started", start_trunk=tagger, **options)
    assert isinstance(last, BundleWritten)
    bundle = last.bundle
    assert bundle.about["trunk"] == trunk.about
    assert bundle.about["input_shape"] == [96, 64]
    assert bundle.settings.front_end == TAGGER_FRONT_END
    assert bundle.settings.network.width == WIDTH
    assert (bundle.front_end.band_mean == 0).all() and (bundle.front_end.band_std == 1).all()
    with np.load(out / "weights.npz") as weights:  # a step of next to nothing leaves them as they were
        placed = {name for name in trunk.weights if name in weights}
        assert len(placed) == 4 * DEPTH - 2  # kernel and bias of a convolution, then of two in each layer
        for name in placed:
            np.testing.assert_allclose(weights[name], trunk.weights[name], atol=1e-4, err_msg=name)
        kernel = weights["embedding/kernel"]
        np.testing.assert_allclose(kernel.T @ kernel, np.eye(8), atol=1e-3)
    card = (out / "MODEL_CARD.md").read_text()
    assert f"Started from the weights of made (made.tflite, SHA-256 {trunk.sha256}, licence: unknown)." in card
    *_, tuned = retrain_encoder(music, settings, out=tmp_path / "tuned", name="tuned", start_from=out, **options)
    assert tuned.bundle.about["trunk"] == trunk.about
    assert read_bundle(tmp_path / "tuned").about["started_from"] == bundle.id


def test_a_random_embedding_starts_as_the_seed_says(tagger: Path, music: list[Example], tmp_path: Path) -> None:
    settings = with_trunk(WISHED, read_trunk(tagger))
    settings = replace(settings, training=replace(settings.training, embedding_start="random"))
    *_, data = prepare_training(music, settings, start_trunk=tagger, cache=tmp_path / "cache", workers=0)
    assert isinstance(data, TrainingData)
    kernel = open_training(data, settings).network.get_layer("embedding").kernel
    other = open_training(replace(data, trunk=None), settings).network.get_layer("embedding").kernel
    np.testing.assert_array_equal(np.asarray(kernel), np.asarray(other))


def test_what_cannot_start_is_refused_before_anything_is_decoded(
    tagger: Path, music: list[Example], tmp_path: Path
) -> None:
    gone = [replace(music[0], path=tmp_path / "gone.wav")]
    with pytest.raises(SettingsError, match=r"take 'magnitude'|take 400|take 64|take 160"):
        next(prepare_training(gone, WISHED, start_trunk=tagger))
    (tmp_path / "text.tflite").write_text("nothing of the kind")
    with pytest.raises(BundleError, match="it is not a LiteRT file"):
        next(prepare_training(gone, WISHED, start_trunk=tmp_path / "text.tflite"))


def test_no_epochs_leave_the_embedding_as_it_was_found(
    tagger: Path, music: list[Example], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("musicemb.encoder.convert.convert_bundle", lambda bundle, heard: (bundle, "left out"))
    settings = with_trunk(WISHED, read_trunk(tagger))
    training = replace(settings.training, epochs=0, embedding_start="discriminant")
    settings = replace(settings, training=training, front_end=replace(settings.front_end, level=4.7))
    options = {"cache": tmp_path / "cache", "workers": 0, "start_trunk": tagger}
    *_, last = retrain_encoder(music, settings, out=tmp_path / "found", name="found", **options)
    assert isinstance(last, BundleWritten)
    assert last.bundle.about["epochs"] == 0
    assert last.bundle.settings.front_end.level == 4.7
    *_, data = prepare_training(music, settings, **options)
    kernel = np.asarray(open_training(data, settings).network.get_layer("embedding").kernel)
    with np.load(tmp_path / "found" / "weights.npz") as weights:
        np.testing.assert_allclose(weights["embedding/kernel"], kernel, rtol=1e-4, atol=1e-6)
    assert "0 epochs" in (tmp_path / "found" / "MODEL_CARD.md").read_text()
    assert not (tmp_path / "found" / "loss.png").exists()


def test_a_trunk_of_ours_starts_a_training_too(tagger: Path, music: list[Example], tmp_path: Path) -> None:
    trunk = replace(read_trunk(tagger), changed="trained 5 steps")
    write_trunk(tmp_path / "trunk.npz", trunk)
    again = read_trunk(tmp_path / "trunk.npz")
    assert again.about == {**trunk.about, "changed": "trained 5 steps"}
    for name, value in trunk.weights.items():
        np.testing.assert_array_equal(again.weights[name], value)
    settings = with_trunk(WISHED, again)
    *_, data = prepare_training(
        music, settings, start_trunk=tmp_path / "trunk.npz", cache=tmp_path / "cache", workers=0
    )
    assert data.trunk.changed == "trained 5 steps"
    (tmp_path / "cut.npz").write_bytes((tmp_path / "trunk.npz").read_bytes()[:2000])
    with pytest.raises(BundleError, match="damaged"):
        read_trunk(tmp_path / "cut.npz")
