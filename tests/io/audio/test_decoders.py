"""Mixing channels down to one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from musicemb.io.audio.decoders import downmix

TONE = np.sin(np.arange(4000, dtype=np.float32) / 20)
OTHER = np.random.default_rng(0).normal(0, 0.1, 4000).astype(np.float32)


def test_stereo_is_the_mean_of_its_channels() -> None:
    np.testing.assert_allclose(downmix(np.stack([TONE, OTHER])), (TONE + OTHER) / 2, atol=1e-7)
    np.testing.assert_allclose(downmix(np.stack([TONE, OTHER, TONE])), (2 * TONE + OTHER) / 3, atol=1e-6)


@pytest.mark.parametrize("channels", [(TONE, -TONE), (TONE, -0.99 * TONE), (TONE, -TONE, OTHER * 0, OTHER * 0)])
def test_channels_in_opposite_phase_are_heard(channels: tuple[np.ndarray, ...]) -> None:
    np.testing.assert_array_equal(downmix(np.stack(channels)), TONE)


def test_one_silent_channel_halves_the_other() -> None:
    np.testing.assert_allclose(downmix(np.stack([TONE, np.zeros_like(TONE)])), TONE / 2)


@given(st.floats(-1, 1), st.integers(2, 6))
def test_the_result_is_never_silent_where_a_channel_is_not(gain: float, count: int) -> None:
    block = np.stack([TONE, *[np.float32(gain) * TONE] * (count - 1)])
    assert np.dot(downmix(block), downmix(block)) > 1e-4 * np.dot(TONE, TONE)
