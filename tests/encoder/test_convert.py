"""Converting a bundle: models that stay near enough to Keras are kept, and every other is left out with its reason."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from musicemb.encoder import convert
from musicemb.encoder.convert import convert_bundle
from musicemb.encoder.runtime.bundle import Bundle, read_bundle
from musicemb.encoder.runtime.litert import BundleEncoder
from musicemb.settings import INT8_COSINE

pytestmark = [pytest.mark.keras, pytest.mark.processes]


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory, make_bundle: Callable[..., Bundle]) -> Path:
    """The float model of a network with other weights, made in this process."""
    made = make_bundle(tmp_path_factory.mktemp("bundles") / "stranger")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(convert, "_add_int8", lambda folder, converter, segments: {"left_out": "not asked for here"})
        convert._convert(made.folder)
    return made.folder / "encoder.tflite"


def features(n: int) -> np.ndarray:
    return np.random.default_rng(n).normal(size=(n, 250, 96)).astype(np.float32)


def test_a_bundle_gets_a_float_and_an_int8_model_and_keeps_its_id(converted: Bundle) -> None:
    assert converted.has_runtime
    assert converted.has_int8
    assert converted.about["int8"]["of"] == "normal numbers"
    assert converted.about["int8"]["kind"] == "dynamic"
    assert converted.about["int8"]["cosine"] >= INT8_COSINE
    assert read_bundle(converted.folder).id == converted.id


def test_the_models_give_what_keras_gives(converted: Bundle) -> None:
    expected = BundleEncoder(converted, "keras").embed(features(3))
    lite, small = (BundleEncoder(converted, runtime).embed(features(3)) for runtime in ("litert", "int8"))
    assert (lite * expected).sum(axis=1).min() >= convert.CLOSEST
    assert (small * expected).sum(axis=1).min() >= INT8_COSINE


def test_without_tensorflow_the_command_for_later_is_told(
    tmp_path: Path, make_bundle: Callable[..., Bundle], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make_bundle(tmp_path / "small")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    bundle, reason = convert_bundle(made)
    assert bundle is made
    assert reason.startswith("TensorFlow is not installed here")
    assert f"-m musicemb.encoder.convert {made.folder}" in reason


def test_by_name_it_says_in_one_line_what_it_lacks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SystemExit, match="usage: python -m musicemb"):
        convert.main([])
    with pytest.raises(SystemExit, match="musicemb: cannot read the encoder bundle"):
        convert.main([str(tmp_path / "absent")])
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(SystemExit, match=r"musicemb: converting a bundle needs TensorFlow: .* install .*\[train\]"):
        convert.main([str(tmp_path)])


@pytest.mark.parametrize(
    ("stderr", "reason"),
    [("a warning\nValueError: no such layer\n\n", "ValueError: no such layer"), ("", "ended with 7")],
)
def test_a_converter_that_fails_leaves_the_bundle_and_its_last_words(
    stderr: str, reason: str, tmp_path: Path, make_bundle: Callable[..., Bundle], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make_bundle(tmp_path / "small")
    told: list[list[str]] = []

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        told.append(command)
        heard.append(np.load(command[-1]))
        return subprocess.CompletedProcess(command, 7, "", stderr)

    heard: list[np.ndarray] = []
    monkeypatch.setattr(subprocess, "run", run)
    bundle, why = convert_bundle(made, features(2))
    assert why.endswith(reason)
    assert (bundle.id, bundle.has_runtime) == (made.id, False)
    assert told[0][1:4] == ["-m", "musicemb.encoder.convert", str(made.folder)]
    np.testing.assert_array_equal(heard[0], features(2))


def test_a_float_model_that_differs_from_keras_is_taken_away_again(
    stranger: Path, converted: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Path(shutil.copytree(converted.folder, tmp_path / "copy"))
    convert._put(folder, "encoder.tflite", stranger.read_bytes())
    assert convert._compare(folder).startswith("LiteRT's vectors differ from Keras's (cosine ")
    monkeypatch.setattr(convert, "_compare", lambda folder: "it differs")
    with pytest.raises(SystemExit, match="it differs"):
        convert._convert(folder)
    left = read_bundle(folder)
    assert (left.id, left.has_runtime, left.has_int8) == (converted.id, False, False)


class Model:
    """Converts to a model that is there already."""

    def __init__(self, model: Path) -> None:
        self.model = model

    def convert(self) -> bytes:
        return self.model.read_bytes()


class Unable:
    """Converts nothing."""

    def convert(self) -> bytes:
        raise ValueError("no such\noperation")


def test_an_int8_model_that_differs_is_left_out_and_says_why(
    converted: Bundle, stranger: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Path(shutil.copytree(converted.folder, tmp_path / "copy"))
    far_off = Model(stranger)
    monkeypatch.setattr(convert, "quantise_weights", lambda model: far_off.convert())
    found = convert._add_int8(folder, far_off, features(5))
    assert "differ from the float model's" in found["left_out"]
    assert found["segments"] == 5
    assert found["of"] == "music"
    assert not (folder / "encoder.int8.tflite").exists()
    assert set(found["differed"]) == {"full", "dynamic", "weights"}
    monkeypatch.setattr(convert, "quantise_weights", lambda model: Unable().convert())
    assert convert._add_int8(folder, Unable(), None)["left_out"] == "it cannot be converted (no such operation)"
    convert._note(folder, "int8", found)
    assert read_bundle(folder).id == converted.id
    assert not read_bundle(folder).has_int8


def test_the_first_kind_that_is_near_enough_is_taken_and_named(converted: Bundle, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(converted.folder, tmp_path / "copy"))
    found = convert._add_int8(folder, Unable(), features(5))
    assert found["kind"] == "weights"
    assert found["cosine"] >= INT8_COSINE
    assert "differed" not in found
    near = Model(folder / "encoder.tflite")  # the float model itself
    assert convert._add_int8(folder, near, features(5))["kind"] == "full"
    assert convert._add_int8(folder, near, None)["kind"] == "dynamic"


def test_an_onnx_model_comes_along_or_its_absence_is_told(
    converted: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Path(shutil.copytree(converted.folder, tmp_path / "copy"))
    found = convert._add_onnx(folder)
    assert found["difference"] <= 1e-4
    assert read_bundle(folder).has_onnx

    def fail(_: Path) -> float:
        raise AttributeError("no such\nlayer")

    monkeypatch.setattr(convert, "add_onnx", fail)
    assert convert._add_onnx(folder) == {"left_out": "no such layer"}
