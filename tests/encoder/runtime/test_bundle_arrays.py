"""A bundle that was crafted is refused in one line, also where its checksums are right."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from musicemb.encoder.runtime.bundle import Bundle, read_bundle, seal_bundle
from musicemb.errors import BundleError


@pytest.fixture
def made(tmp_path: Path, make_bundle: Callable[..., Bundle]) -> Bundle:
    # Weights of no network: nothing here runs one, and Keras takes seconds.
    return make_bundle(tmp_path / "small", {"embedding/kernel": np.zeros((8, 8), np.float32)})


def refused(folder: Path) -> str:
    with pytest.raises(BundleError) as caught:
        read_bundle(folder)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("name", ["filterbank", "band_mean", "head_weights", "projection_mean"])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_arrays_of_no_numbers_are_refused(made: Bundle, name: str, value: float) -> None:
    with np.load(made.folder / "arrays.npz") as stored:
        arrays = {key: stored[key] for key in stored.files}
    arrays[name] = np.full_like(arrays[name], value)
    np.savez(made.folder / "arrays.npz", **arrays)
    seal_bundle(made.folder)
    assert f"{name} in arrays.npz holds values that are not numbers" in refused(made.folder)


@pytest.mark.parametrize(
    ("section", "field", "value"),
    [("segments", "length", 1e12), ("front_end", "hop", 1 << 40), ("front_end", "sample_rate", 1 << 40)],
)
def test_absurd_sizes_are_refused(made: Bundle, section: str, field: str, value: Any) -> None:
    stated = json.loads((made.folder / "bundle.json").read_text())
    stated["settings"][section][field] = value
    (made.folder / "bundle.json").write_text(json.dumps(stated))
    assert "larger than those of any audio" in refused(made.folder)


def test_a_missing_checksum_is_refused(made: Bundle) -> None:
    stated = json.loads((made.folder / "bundle.json").read_text())
    for sums in ({}, {"arrays.npz": stated["sha256"]["arrays.npz"]}, [], None):
        (made.folder / "bundle.json").write_text(json.dumps(stated | {"sha256": sums}))
        assert "lacks checksums of its files" in refused(made.folder)


@pytest.mark.parametrize("text", ["[" * 100_000, '{"format": NaN}', '{"format": "new"}', "[]", "{"])
def test_json_that_is_no_bundle_is_refused(made: Bundle, text: str) -> None:
    (made.folder / "bundle.json").write_text(text)
    assert "is damaged" in refused(made.folder)
