"""Frames as small integers: what the steps are, what is cut off, and what comes back."""

from __future__ import annotations

import numpy as np

from musicemb.core.signal.features import LOWEST_DB
from musicemb.core.signal.frame_codes import pack_frames, unpack_frames


def test_mel_bands_go_in_steps_of_half_a_decibel_from_the_lowest() -> None:
    frames = np.array([[LOWEST_DB, LOWEST_DB + 0.5, LOWEST_DB + 10.2]], np.float32)
    codes = pack_frames(frames, "log-mel")
    assert codes.dtype == np.uint8
    assert codes.tolist() == [[0, 1, 20]]
    np.testing.assert_allclose(unpack_frames(codes), [[LOWEST_DB, LOWEST_DB + 0.5, LOWEST_DB + 10]])


def test_what_is_beyond_the_codes_is_cut_off() -> None:
    assert pack_frames(np.array([[LOWEST_DB - 50, LOWEST_DB + 500]], np.float32), "log-mel").tolist() == [[0, 255]]
    assert pack_frames(np.array([[-2.0, 2.0]], np.float32), "waveform").tolist() == [[-32768, 32767]]


def test_samples_are_of_16_bits() -> None:
    codes = pack_frames(np.array([[0.0, 1.0, -1.0, 0.5]], np.float32), "waveform")
    assert codes.dtype == np.int16
    assert codes.tolist() == [[0, 32767, -32767, 16384]]
    found = unpack_frames(codes)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, [[0, 1, -1, 0.5]], atol=1 / 65534)


def test_codes_come_back_as_they_were() -> None:
    every = np.arange(256, dtype=np.uint8).reshape(2, 128)
    np.testing.assert_array_equal(pack_frames(unpack_frames(every), "log-mel"), every)
