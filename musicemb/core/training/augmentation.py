"""Augmentation: changes to a recording that keep the music, or at least its genre, the same.

Conventions
-----------
`warp_frames` and `augment_frames` work on mel frames in dB, `mask_features` and `Mixing` on
standardised features. Each segment goes by its own draw, and a setting of 0 turns its change off.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from musicemb.core.signal.features import LOWEST_DB
from musicemb.records import Floats
from musicemb.settings import AugmentationSettings


def count_needed(n_frames: int, settings: AugmentationSettings) -> int:
    """Frames to cut, so that `warp_frames` has enough to play a segment faster.

    Parameters
    ----------
    n_frames : int
        Of a segment.
    settings : AugmentationSettings

    Returns
    -------
    int
    """
    return math.ceil(n_frames * (1 + settings.time_stretch))


def warp_frames(frames: Floats, n_frames: int, settings: AugmentationSettings, rng: np.random.Generator) -> Floats:
    """Play a segment faster or slower, and in another key, by resampling its frames and bands.

    Both leave a genre what it is, within limits (Schlüter & Grill 2015 found pitch shifting the most useful
    change of all for singing voice). A shift by bands is one of pitch only above 1 kHz, where mel is logarithmic, and a
    warp of the scale below.

    Parameters
    ----------
    frames : ndarray [shape=(m, n_bands)], float32
        Of one segment, dB; m is at least `n_frames`, better `count_needed`.
    n_frames : int
    settings : AugmentationSettings
    rng : numpy.random.Generator

    Returns
    -------
    ndarray [shape=(n_frames, n_bands)], float32
        A new array, or a view of `frames` where nothing is changed. Fewer frames than needed limit how fast
        it is played.
    """
    if settings.time_stretch:
        rate = 1 + settings.time_stretch * rng.uniform(-1, 1)
        places = np.arange(n_frames) * min(rate, (len(frames) - 1) / max(n_frames - 1, 1))
        frames = _read_between(frames, places, axis=0)
    else:
        frames = frames[:n_frames]
    if settings.band_shift:
        places = np.arange(frames.shape[1]) + settings.band_shift * rng.uniform(-1, 1)
        frames = _read_between(frames, places.clip(0, frames.shape[1] - 1), axis=1)
    return frames


@dataclass(frozen=True)
class Mixing:
    """Which segment of a batch is mixed into which (mixup, Zhang et al. 2018)."""

    others: NDArray[np.int64]
    """Shape (n_segments,): the one that is mixed into each."""
    kept: Floats
    """Shape (n_segments,): what part stays its own, at least half, so that it is still its neighbour's neighbour."""

    def mix(self, rows: Floats) -> Floats:
        """Features, or anything else that is mixed as they are.

        Parameters
        ----------
        rows : ndarray [shape=(n_segments, ...)], float32

        Returns
        -------
        ndarray, same shape
        """
        kept = self.kept.reshape(-1, *[1] * (rows.ndim - 1))
        mixed: Floats = rows * kept + rows[self.others] * (1 - kept)
        return mixed

    def mix_shares(self, shares: Floats) -> Floats:
        """Genres, as much of them as of the segments; where either has none, they stay as they were.

        Parameters
        ----------
        shares : ndarray [shape=(n_segments, n_classes)], float32
            What part of each genre a segment is; a row of zeros is unlabelled.

        Returns
        -------
        ndarray, same shape
        """
        known = shares.any(axis=1) & shares[self.others].any(axis=1)
        return Mixing(self.others, np.where(known, self.kept, np.float32(1))).mix(shares)


def draw_mixing(n_segments: int, settings: AugmentationSettings, rng: np.random.Generator) -> Mixing | None:
    """Draw which segments of a batch are mixed.

    Parameters
    ----------
    n_segments : int
    settings : AugmentationSettings
    rng : numpy.random.Generator

    Returns
    -------
    Mixing or None
        None where nothing is mixed.
    """
    if not settings.mix_share:
        return None
    others = rng.permutation(n_segments)
    kept = np.where(rng.random(n_segments) < settings.mix_share, rng.uniform(0.5, 1, n_segments), 1)
    return Mixing(others, kept.astype(np.float32))


def augment_frames(
    frames: Floats, settings: AugmentationSettings, rng: np.random.Generator, *, magnitudes: bool = False
) -> Floats:
    """Change mel frames the way equalisers, noise and codecs do; each segment by its own draw.

    Parameters
    ----------
    frames : ndarray [shape=(n_segments, n_frames, n_mels)], float32
        Mel power in dB.
    settings : AugmentationSettings
    rng : numpy.random.Generator
    magnitudes : bool
        Whether bands are sums of magnitudes, of which white noise gives a wide band the square of what it gives sums
        of power.

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
    if settings.gain_db:
        curve += settings.gain_db * rng.uniform(-1, 1, (n, 1))
    changed = frames + curve[:, None, :].astype(np.float32)
    if settings.noise_share:
        for i in np.flatnonzero(rng.random(n) < settings.noise_share):
            changed[i] = _add_noise(
                changed[i], rng.uniform(settings.noise_snr_db, settings.noise_snr_db + 25), rng, magnitudes
            )
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


def _read_between(values: Floats, places: NDArray[np.floating], axis: int) -> Floats:
    """Values at places between the rows (or columns), linearly interpolated."""
    before = np.minimum(places.astype(np.int64), values.shape[axis] - 1)
    after = np.minimum(before + 1, values.shape[axis] - 1)
    share = (places - before).astype(np.float32)
    share = share[:, None] if axis == 0 else share[None]
    found: Floats = values.take(before, axis) * (1 - share) + values.take(after, axis) * share
    return found


def _add_noise(frames: Floats, snr_db: float, rng: np.random.Generator, magnitudes: bool) -> Floats:
    """White noise at this signal-to-noise ratio: power grows with a band's width, and flutters."""
    power = np.exp(frames * np.float32(np.log(10) / 10))
    width = np.linspace(1, 6, frames.shape[1], dtype=np.float32) ** (2 if magnitudes else 1)
    flutter = rng.gamma(3.0, 1 / 3.0, frames.shape).astype(np.float32)
    noise = flutter * (width / width.sum()) * (power.sum(axis=1).mean() / 10 ** (snr_db / 10))
    louder: Floats = (10 * np.log10(power + noise)).astype(np.float32)
    return louder
