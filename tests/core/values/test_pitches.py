"""A tone is heard at its own pitch class, exactly, in any octave."""

from __future__ import annotations

import numpy as np
import pytest

from musicemb.core.values.pitches import FINE, PitchMeter

RATE = 16_000


def listen(samples: np.ndarray, block: int = 9000) -> np.ndarray:
    meter = PitchMeter(RATE)
    for first in range(0, len(samples), block):
        meter(samples[first : first + block].astype(np.float32))
    return meter.result()


@pytest.mark.parametrize(("frequency", "step"), [(440.0, 90), (220.0, 90), (261.626, 0), (440 * 2 ** (0.3 / 12), 93)])
def test_a_tone_is_heard_at_its_pitch(frequency: float, step: int) -> None:
    profile = listen(np.sin(2 * np.pi * frequency * np.arange(9 * RATE) / RATE)).sum(axis=0)
    assert int(np.argmax(profile)) == step
    assert len(profile) == 12 * FINE


def test_silence_has_no_pitch_and_blocks_change_nothing() -> None:
    assert not listen(np.zeros(9 * RATE)).any()
    assert listen(np.zeros(10)).shape == (0, 12 * FINE)
    samples = np.random.default_rng(0).normal(0, 0.1, 20 * RATE)
    np.testing.assert_allclose(listen(samples, 1234), listen(samples, len(samples)))
