"""The graph of a LiteRT model for ONNX Runtime, its weights left where they lie."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from musicemb.encoder import onnx_model
from musicemb.encoder.onnx_graph import convert_to_onnx
from musicemb.encoder.onnx_model import add_onnx
from musicemb.encoder.runtime.bundle import ONNX, RUNTIME, read_bundle, seal_bundle, shipped_bundles
from musicemb.encoder.runtime.litert import BundleEncoder
from musicemb.errors import BundleError

pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    folder = tmp_path / "bundle"
    shutil.copytree(shipped_bundles() / "tile2vec", folder)
    return folder


def test_it_is_added_to_a_bundle_without_changing_its_id(copied: Path) -> None:
    (copied / ONNX).unlink()
    seal_bundle(copied)
    before = read_bundle(copied)
    assert not before.has_onnx
    assert add_onnx(copied) < 1e-5
    after = read_bundle(copied)
    assert (after.id, after.has_onnx) == (before.id, True)


def test_it_is_left_out_where_it_differs(copied: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = convert_to_onnx(copied / RUNTIME)
    other = convert_to_onnx(shipped_bundles() / "tile2vec-genre" / RUNTIME)
    for model, complaint in ((other, "ONNX Runtime cannot open"), (made, "differ from LiteRT's")):
        monkeypatch.setattr(onnx_model, "convert_to_onnx", lambda _, model=model: model)
        monkeypatch.setattr(onnx_model, "NEAREST", -1.0)
        with pytest.raises(BundleError, match=complaint):
            add_onnx(copied)
        assert not read_bundle(copied).has_onnx
        assert not (copied / ONNX).exists()


def test_a_network_without_a_float_litert_model_is_refused(copied: Path, tmp_path: Path) -> None:
    (copied / RUNTIME).unlink()
    (copied / ONNX).unlink()
    seal_bundle(copied)
    with pytest.raises(BundleError, match=r"has no encoder\.tflite"):
        add_onnx(copied)


@pytest.mark.parametrize("words", [[], ["a", "b"], ["no-such-folder"]])
def test_wrong_usage_is_one_line(words: list[str]) -> None:
    with pytest.raises(SystemExit, match=r"usage: |cannot read the encoder bundle"):
        onnx_model.main(words)


def test_it_can_be_added_by_hand(copied: Path, capsys: pytest.CaptureFixture[str]) -> None:
    onnx_model.main([str(copied)])
    assert "from LiteRT's vectors" in capsys.readouterr().err
    vectors = BundleEncoder(read_bundle(copied), "onnx").embed(np.ones((3, 250, 96), np.float32))
    assert vectors.shape == (3, 128)
