"""Augmentation keeps shape and range, and does nothing when it is turned off."""

from __future__ import annotations

import numpy as np

from musicemb.core.augmentation import augment_frames, mask_features
from musicemb.core.features import LOWEST_DB
from musicemb.settings import AugmentationSettings

OFF = AugmentationSettings(tilt_db=0, noise_share=0, lowpass_share=0, time_masks=0, band_masks=0)


def frames() -> np.ndarray:
    return np.random.default_rng(0).uniform(-80, 0, (5, 250, 96)).astype(np.float32)


def test_off_is_off() -> None:
    rng = np.random.default_rng(1)
    np.testing.assert_allclose(augment_frames(frames(), OFF, rng), frames(), atol=1e-5)
    np.testing.assert_array_equal(mask_features(frames(), OFF, rng), frames())


def test_everything_on_stays_finite_and_in_range() -> None:
    settings = AugmentationSettings(noise_share=1.0, lowpass_share=1.0)
    found = augment_frames(frames(), settings, np.random.default_rng(2))
    assert found.shape == frames().shape
    assert found.dtype == np.float32
    assert found.min() >= LOWEST_DB
    assert found.max() < 20


def test_noise_fills_up_what_was_quiet() -> None:
    quiet = np.full((1, 250, 96), -90, np.float32)
    quiet[:, :, 10] = -10
    settings = AugmentationSettings(tilt_db=0, noise_share=1.0, lowpass_share=0)
    found = augment_frames(quiet, settings, np.random.default_rng(3))
    assert np.median(found[0, :, 60]) > -75
    assert abs(found[0, :, 10].mean() + 10) < 1


def test_a_low_pass_cuts_upper_bands_only() -> None:
    settings = AugmentationSettings(tilt_db=0, noise_share=0, lowpass_share=1.0)
    found = augment_frames(frames(), settings, np.random.default_rng(4))
    assert (found[:, :, -1] == LOWEST_DB).all()
    np.testing.assert_array_equal(found[:, :, :72], frames()[:, :, :72])


def test_masks_are_no_larger_than_allowed() -> None:
    settings = AugmentationSettings(time_mask=0.1, band_mask=0.1)
    for seed in range(20):
        found = mask_features(np.ones((1, 200, 50), np.float32), settings, np.random.default_rng(seed))[0]
        assert (found == 0).all(axis=1).sum() <= 20
        assert (found == 0).all(axis=0).sum() <= 5
