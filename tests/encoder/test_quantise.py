"""Kernels of 8 bits in a float model: smaller, and nearly the same."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from musicemb.encoder.quantise import quantise_weights, round_kernel, round_weights
from musicemb.encoder.runtime.bundle import Bundle
from musicemb.encoder.runtime.litert_session import open_litert


@given(
    kernel=arrays.arrays(np.float32, (3, 2, 2, 5), elements=st.floats(-1e3, 1e3, width=32)),
    axis=st.sampled_from([0, 3]),
)
def test_a_kernel_is_off_by_half_a_scale_at_most(kernel: np.ndarray, axis: int) -> None:
    codes, scales = round_kernel(kernel, axis)
    assert codes.dtype == np.int8 and codes.min() >= -127
    assert scales.shape == (kernel.shape[axis],)
    back = np.moveaxis(np.moveaxis(codes, axis, -1) * scales, -1, axis)
    bound = np.moveaxis(np.moveaxis(np.ones_like(kernel), axis, -1) * scales, -1, axis) * 0.5001
    assert (np.abs(back - kernel) <= bound).all()


@pytest.mark.keras
@pytest.mark.processes
def test_a_model_of_8_bits_is_smaller_and_hears_the_same(converted: Bundle, tmp_path: Path) -> None:
    whole = (converted.folder / "encoder.tflite").read_bytes()
    features = np.random.default_rng(0).normal(size=(6, 250, 96)).astype(np.float32)
    expected = open_litert(converted.folder / "encoder.tflite", converted)(features)
    (tmp_path / "packed.tflite").write_bytes(quantise_weights(whole, least=500))
    found = open_litert(tmp_path / "packed.tflite", converted)(features)
    assert (found * expected).sum(axis=1).min() > 0.999
    assert np.abs(found - expected).max() > 0  # something was rounded
    (tmp_path / "same.tflite").write_bytes(quantise_weights(whole, least=10**9))
    np.testing.assert_allclose(open_litert(tmp_path / "same.tflite", converted)(features), expected, atol=1e-6)


def test_rounded_weights_are_said_by_int8_as_they_are() -> None:
    rng = np.random.default_rng(4)
    large, small = rng.normal(size=(1, 1, 128, 100)).astype(np.float32), rng.normal(size=(3, 3)).astype(np.float32)
    weights = {"layer2_pointwise/kernel": large, "layer2_depthwise/kernel": large, "layer1_conv/kernel": small}
    rounded = round_weights(weights)
    codes, scales = round_kernel(rounded["layer2_pointwise/kernel"], 3)
    np.testing.assert_allclose(codes * scales, rounded["layer2_pointwise/kernel"], rtol=1e-6)
    assert np.abs(rounded["layer2_pointwise/kernel"] - large).max() <= np.abs(large).max() / 127 / 2 + 1e-6
    assert not np.array_equal(rounded["layer2_pointwise/kernel"], large)
    np.testing.assert_array_equal(rounded["layer2_depthwise/kernel"], large)
    np.testing.assert_array_equal(rounded["layer1_conv/kernel"], small)
