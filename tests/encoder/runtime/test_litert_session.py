"""LiteRT with as many segments a call as it likes."""

from __future__ import annotations

import shutil
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from laws import cases

from musicemb.encoder.runtime import litert_session
from musicemb.encoder.runtime.bundle import Bundle, find_bundle, read_bundle
from musicemb.encoder.runtime.litert_session import BATCH, MOST, open_litert
from musicemb.records import Floats


def shipped(name: str) -> Bundle:
    return read_bundle(find_bundle(name))


def segments(bundle: Bundle, number: int) -> Floats:
    shape = (number, *bundle.about["input_shape"])
    return np.random.default_rng(number).normal(size=shape).astype(np.float32)


def sizes_of(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many segments each call takes from now on."""
    sizes: list[int] = []
    run = litert_session._Session._run

    def noted(session: litert_session._Session, features: Floats) -> Floats:
        sizes.extend([session._size] * -(-len(features) // session._size))
        return run(session, features)

    monkeypatch.setattr(litert_session._Session, "_run", noted)
    return sizes


@pytest.mark.parametrize(
    ("name", "model"),
    cases(
        product(["tile2vec-genre", "tile2vec"], ["encoder.tflite", "encoder.int8.tflite"]),
        [("tile2vec-genre", "encoder.int8.tflite"), ("tile2vec", "encoder.tflite")],
    ),
)
def test_vectors_are_those_of_the_model_as_it_was_converted(
    name: str, model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = shipped(name)
    grown = open_litert(bundle.folder / model, bundle)
    monkeypatch.setattr(litert_session, "_opened_up", lambda *_: None)
    sizes = sizes_of(monkeypatch)
    as_converted = open_litert(bundle.folder / model, bundle)
    for number in (2 * MOST + 3, 1, 0, BATCH + 1, MOST):
        heard = segments(bundle, number)
        np.testing.assert_allclose(grown(heard), as_converted(heard), rtol=0, atol=1e-6)
    assert set(sizes) >= {BATCH, MOST, 1}  # of `grown` and `as_converted` both


def test_calls_are_of_equal_size(monkeypatch: pytest.MonkeyPatch) -> None:
    bundle = shipped("tile2vec-genre")
    embed = open_litert(bundle.folder / "encoder.int8.tflite", bundle)
    embed(segments(bundle, BATCH + 1))  # makes sure
    sizes = sizes_of(monkeypatch)
    embed(segments(bundle, MOST + 1))
    assert sizes == [13, 13]
    embed(segments(bundle, 2))
    assert sizes == [13, 13, 2]


def test_a_network_that_holds_the_number_elsewhere_too_runs_as_it_was_converted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bundle = shipped("tile2vec")
    heard = segments(bundle, MOST)
    model = bundle.folder / "encoder.tflite"
    expected = open_litert(model, bundle)(heard)
    resize = litert_session._Session._resize

    def refuse(session: litert_session._Session, size: int) -> None:
        resize(session, size)
        if size != BATCH:
            raise RuntimeError("tensor 12 has another shape")

    monkeypatch.setattr(litert_session._Session, "_resize", refuse)
    embed = open_litert(model, bundle)
    sizes = sizes_of(monkeypatch)
    np.testing.assert_allclose(embed(heard), expected, rtol=0, atol=1e-6)
    assert set(sizes) == {BATCH}
    sizes.clear()
    embed(heard[: BATCH + 2])
    assert sizes == [BATCH, BATCH]


def test_a_model_whose_batch_is_named_twice_is_left_as_it_is(tmp_path: Path) -> None:
    bundle = shipped("tile2vec")
    model = Path(shutil.copy(bundle.folder / "encoder.tflite", tmp_path))
    shape = [BATCH, *bundle.about["input_shape"]]
    opened = litert_session._opened_up(model, shape)
    assert opened is not None
    content = model.read_bytes()
    assert len(opened) == len(content)
    changed = np.flatnonzero(np.frombuffer(opened, np.uint8) != np.frombuffer(content, np.uint8)).tolist()
    assert len(changed) == 4
    assert changed[-1] - changed[0] == 3  # one number of four bytes
    begin = changed[0] - 4
    model.write_bytes(content + content[begin : begin + 20])
    assert litert_session._opened_up(model, shape) is None
