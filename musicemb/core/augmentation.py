"""Augmentation of frames: what a copy of a recording may lose or gain, the music staying the same.

Light on purpose: in short trials on this much data heavy augmentation learned several times slower.
"""

from __future__ import annotations

import numpy as np

from musicemb.core.features import LOWEST_DB
from musicemb.records import Floats
from musicemb.settings import AugmentationSettings


def augment_frames(frames: Floats, settings: AugmentationSettings, rng: np.random.Generator) -> Floats:
    """Change mel frames the way equalisers, noise and codecs do; each segment by its own draw.

    Parameters
    ----------
    frames : ndarray [shape=(n_segments, n_frames, n_mels)], float32
        Mel power in dB.
    settings : AugmentationSettings
    rng : numpy.random.Generator

    Returns
    -------
    ndarray, same shape, float32
        A new array.
    """
    n, _, bands = frames.shape
    position = np.linspace(-1, 1, bands, dtype=np.float32)
    curve = rng.uniform(-0.5, 0.5, (n, 1)) * settings.tilt_db * position
    curve += (
        rng.uniform(-0.5, 0.5, (n, 1))
        * settings.tilt_db
        * np.cos(np.pi * (position * rng.uniform(0.5, 2.0, (n, 1)) + rng.uniform(0, 2, (n, 1))))
    )
    changed = frames + curve[:, None, :].astype(np.float32)
    if settings.noise_share:
        for i in np.flatnonzero(rng.random(n) < settings.noise_share):
            changed[i] = _add_noise(changed[i], rng.uniform(settings.noise_snr_db, settings.noise_snr_db + 25), rng)
    if settings.lowpass_share:
        for i in np.flatnonzero(rng.random(n) < settings.lowpass_share):
            changed[i, :, int(rng.integers(bands * 3 // 4, bands)) :] = LOWEST_DB
    return np.maximum(changed, LOWEST_DB)


def mask_features(features: Floats, settings: AugmentationSettings, rng: np.random.Generator) -> Floats:
    """Blank stretches of time and ranges of bands (SpecAugment, Park et al. 2019).

    Parameters
    ----------
    features : ndarray [shape=(n_segments, n_frames, n_bands)], float32
        Standardised: 0 is each band's mean. Changed in place.
    settings : AugmentationSettings
    rng : numpy.random.Generator

    Returns
    -------
    ndarray
        The same array.
    """
    n, n_frames, bands = features.shape
    for i in range(n):
        for _ in range(settings.time_masks):
            width = int(rng.integers(0, int(settings.time_mask * n_frames) + 1))
            start = int(rng.integers(0, n_frames - width + 1))
            features[i, start : start + width] = 0
        for _ in range(settings.band_masks):
            width = int(rng.integers(0, int(settings.band_mask * bands) + 1))
            start = int(rng.integers(0, bands - width + 1))
            features[i, :, start : start + width] = 0
    return features


def _add_noise(frames: Floats, snr_db: float, rng: np.random.Generator) -> Floats:
    """White noise at this signal-to-noise ratio: power grows with a band's width, and flutters."""
    power = np.exp(frames * np.float32(np.log(10) / 10))
    width = np.linspace(1, 6, frames.shape[1], dtype=np.float32)
    flutter = rng.gamma(3.0, 1 / 3.0, frames.shape).astype(np.float32)
    noise = flutter * (width / width.sum()) * (power.sum(axis=1).mean() / 10 ** (snr_db / 10))
    louder: Floats = (10 * np.log10(power + noise)).astype(np.float32)
    return louder
