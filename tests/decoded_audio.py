"""What decoding should give, and what it says where it gives nothing, for the tests of audio."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import sounds

from musicemb.errors import FileError
from musicemb.io.audio.reader import read_audio

RATE = 16_000
"""Hz that files are decoded to."""


def reference(samples: sounds.Floats, sample_rate: int = 44_100) -> sounds.Floats:
    """Mono at 16 kHz, made in one piece."""
    import soxr

    mixed: sounds.Floats = soxr.resample(samples.mean(axis=1), sample_rate, RATE)
    return mixed


def likeness(first: sounds.Floats, second: sounds.Floats) -> float:
    """Highest correlation over small shifts: encoders delay."""
    n = min(len(first), len(second))
    spectra = (np.fft.rfft(samples[:n], 2 * n) for samples in (first, second))
    products = np.fft.irfft(next(spectra) * np.conj(next(spectra)))
    around = np.r_[products[:2000], products[-2000:]]
    return float(around.max() / np.sqrt(np.sum(first[:n] ** 2.0) * np.sum(second[:n] ** 2.0)))


def refusal(path: Path) -> FileError:
    with pytest.raises(FileError) as caught:
        read_audio(path, RATE)
    text = str(caught.value)
    assert "\n" not in text
    assert str(path) in text
    return caught.value


def spoil(data: bytes, share: float, length: int, seed: int = 1) -> bytes:
    at = int(len(data) * share)
    return data[:at] + np.random.default_rng(seed).bytes(length) + data[at + length :]
