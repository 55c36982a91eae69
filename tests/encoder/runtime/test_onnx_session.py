"""ONNX Runtime in LiteRT's place."""

from __future__ import annotations

import functools
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

from musicemb.encoder.runtime.bundle import ONNX, RUNTIME, read_bundle, seal_bundle, shipped_bundles
from musicemb.encoder.runtime.litert import BundleEncoder, load_encoder, require_runtime
from musicemb.errors import BundleError, MissingExtra
from musicemb.records import Floats

pytest.importorskip("onnxruntime")


@functools.cache
def loaded(name: str) -> tuple[BundleEncoder, BundleEncoder]:
    return load_encoder(name, runtime="litert"), load_encoder(name, runtime="onnx")


def segments(encoder: BundleEncoder, number: int) -> Floats:
    shape = (number, *encoder.bundle.about["input_shape"])
    return np.random.default_rng(number).normal(size=shape).astype(np.float32)


@pytest.mark.parametrize("name", ["tile2vec-genre", "tile2vec"])
@pytest.mark.parametrize("number", [0, 1, 4, 9])
def test_vectors_equal_those_of_the_float_litert_model(name: str, number: int) -> None:
    lite, onnx = loaded(name)
    heard = segments(lite, number)
    found = onnx.embed(heard)
    assert (found.shape, found.dtype) == ((number, 128), np.float32)
    np.testing.assert_allclose(found, lite.embed(heard), atol=1e-4)


def test_it_serves_where_litert_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = load_encoder(runtime="litert")
    heard = segments(expected, 2)
    wanted = expected.embed(heard)
    monkeypatch.setitem(sys.modules, "ai_edge_litert", None)
    monkeypatch.setitem(sys.modules, "ai_edge_litert.interpreter", None)
    found = load_encoder()
    require_runtime(found)
    assert not found.bundle_info.is_int8
    np.testing.assert_allclose(found.embed(heard), wanted, atol=1e-4)


def test_where_neither_is_installed_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("ai_edge_litert", "onnxruntime"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtra, match="running the encoder needs ONNX Runtime"):
        require_runtime(load_encoder())
    with pytest.raises(BundleError, match="pip install onnxruntime"):
        load_encoder(runtime="onnx").embed(np.zeros((1, 96, 64), np.float32))


@pytest.mark.parametrize(
    ("damage", "complaint"),
    [
        ("garbage", "cannot open"),
        ("empty", "cannot open"),
        ("another", "is not the network"),
        ("weights", "cannot open"),
    ],
)
def test_a_model_that_does_not_fit_is_one_line(damage: str, complaint: str, tmp_path: Path) -> None:
    folder = tmp_path / "bundle"
    shutil.copytree(shipped_bundles() / "tile2vec", folder)
    if damage == "weights":
        (folder / RUNTIME).write_bytes((folder / RUNTIME).read_bytes()[:100_000])
    elif damage == "another":
        for name in (ONNX, RUNTIME):
            shutil.copy(shipped_bundles() / "tile2vec-genre" / name, folder / name)
    else:
        (folder / ONNX).write_bytes(b"" if damage == "empty" else b"no model" * 100)
    seal_bundle(folder)
    with pytest.raises(BundleError, match=complaint) as caught:
        BundleEncoder(read_bundle(folder), "onnx").embed(np.zeros((1, 250, 96), np.float32))
    assert "\n" not in str(caught.value)


def test_a_bundle_without_such_a_model_says_so(tmp_path: Path) -> None:
    folder = tmp_path / "bundle"
    shutil.copytree(shipped_bundles() / "tile2vec", folder)
    (folder / ONNX).unlink()
    seal_bundle(folder)
    with pytest.raises(BundleError, match="has no ONNX model"):
        load_encoder(folder, runtime="onnx").embed(np.zeros((1, 250, 96), np.float32))
