"""Degradations of samples, after which a track must still be recognised.

All functions are blind to what made the samples and give float32 of about the same level.
"""

from __future__ import annotations

import numpy as np

from musicemb.records import Floats


def add_noise(samples: Floats, snr_db: float, rng: np.random.Generator) -> Floats:
    """Add white noise.

    Parameters
    ----------
    samples : ndarray [shape=(n_samples,)]
    snr_db : float
        Power of the samples over that of the noise, dB, over the whole track.
    rng : numpy.random.Generator

    Returns
    -------
    ndarray [shape=(n_samples,)], float32
    """
    power = float(np.mean(np.square(samples, dtype=np.float64))) if len(samples) else 0.0
    noise = rng.standard_normal(len(samples), dtype=np.float32)
    return (samples + noise * np.float32(np.sqrt(power / 10 ** (snr_db / 10)))).astype(np.float32)


def soft_clip(samples: Floats, gain_db: float) -> Floats:
    """Turn up and round off what then goes beyond full scale (tanh): a loud master, an overdriven input.

    Parameters
    ----------
    samples : ndarray [shape=(n_samples,)], float32
        Full scale is 1.
    gain_db : float
        dB.

    Returns
    -------
    ndarray [shape=(n_samples,)], float32
        -1 to 1.
    """
    clipped: Floats = np.tanh(samples * np.float32(10 ** (gain_db / 20))).astype(np.float32)
    return clipped


def cut_out(samples: Floats, n_samples: int, rng: np.random.Generator) -> Floats:
    """Take a piece from a random place.

    Parameters
    ----------
    samples : ndarray [shape=(n,)], float32
    n_samples : int
        Length of the piece.
    rng : numpy.random.Generator
        Every place is as likely.

    Returns
    -------
    ndarray [shape=(min(n, n_samples),)], float32
        A view; samples no longer than the piece stay whole.
    """
    if len(samples) <= n_samples:
        return samples
    start = int(rng.integers(0, len(samples) - n_samples + 1))
    return samples[start : start + n_samples]
