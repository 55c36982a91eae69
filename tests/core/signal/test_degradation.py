from __future__ import annotations

import numpy as np
import pytest

from musicemb.core.signal.degradation import add_noise, cut_out, soft_clip


def tone(seconds: float = 1.0) -> np.ndarray:
    return (0.3 * np.sin(2 * np.pi * 440 * np.arange(int(16_000 * seconds)) / 16_000)).astype(np.float32)


@pytest.mark.parametrize("snr", [20.0, 0.0])
def test_noise_has_the_power_that_was_asked_for(snr: float):
    clean = tone()
    noise = add_noise(clean, snr, np.random.default_rng(0)) - clean
    assert 10 * np.log10(np.mean(clean**2) / np.mean(noise**2)) == pytest.approx(snr, abs=0.2)


def test_soft_clipping_doubles_what_is_quiet_and_bounds_what_is_loud():
    quiet, loud = soft_clip(np.float32([0.001]), 6.0), soft_clip(np.float32([0.9, -5.0]), 6.0)
    assert quiet[0] == pytest.approx(0.001 * 10 ** (6 / 20), rel=1e-3)
    assert 0.9 < loud[0] < 1 and loud[1] == pytest.approx(-1)


def test_a_cut_is_a_piece_of_the_track():
    samples = np.arange(1000, dtype=np.float32)
    piece = cut_out(samples, 100, np.random.default_rng(1))
    assert len(piece) == 100 and np.ptp(np.diff(piece)) == 0
    assert (piece != cut_out(samples, 100, np.random.default_rng(2))).any()
    assert cut_out(samples, 2000, np.random.default_rng(0)) is samples


def test_silence_stays_silent():
    silence = np.zeros(100, np.float32)
    assert not add_noise(silence, 20, np.random.default_rng(0)).any() and not soft_clip(silence, 6).any()
    assert len(add_noise(np.zeros(0, np.float32), 20, np.random.default_rng(0))) == 0
