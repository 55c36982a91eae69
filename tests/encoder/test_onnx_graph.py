"""The graph of a LiteRT model in ONNX, its weights left where they lie."""

from __future__ import annotations

import pytest

from musicemb.encoder.onnx_graph import convert_to_onnx
from musicemb.encoder.runtime.bundle import INT8, ONNX, RUNTIME, shipped_bundles
from musicemb.errors import BundleError

pytest.importorskip("onnx")

NAMES = ("tile2vec-genre", "tile2vec")


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_graph_is_what_the_converter_makes_of_the_model_beside_it(name: str) -> None:
    folder = shipped_bundles() / name
    assert convert_to_onnx(folder / RUNTIME) == (folder / ONNX).read_bytes()
    assert (folder / ONNX).stat().st_size < 20_000


@pytest.mark.parametrize("name", NAMES)
def test_what_is_not_translated_is_refused(name: str) -> None:
    with pytest.raises(BundleError, match=r"no translation to ONNX|not floats"):
        convert_to_onnx(shipped_bundles() / name / INT8)
