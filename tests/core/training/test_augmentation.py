"""Augmentation keeps shape and range, and does nothing when it is turned off."""

from __future__ import annotations

import numpy as np
import pytest

from musicemb.core.signal.features import LOWEST_DB
from musicemb.core.training.augmentation import augment_frames, count_needed, draw_mixing, mask_features, warp_frames
from musicemb.errors import SettingsError
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


def ramp(n_frames: int = 120, bands: int = 96) -> np.ndarray:
    """Frame i holds i in every band, plus a thousandth of the band's number."""
    return (np.arange(n_frames)[:, None] + np.arange(bands)[None] / 1000).astype(np.float32)


def test_a_warp_that_is_off_cuts_the_segment_out() -> None:
    np.testing.assert_array_equal(warp_frames(ramp(), 100, OFF, np.random.default_rng(5)), ramp()[:100])


def test_a_stretch_reads_time_at_another_rate_and_leaves_bands_alone() -> None:
    settings = AugmentationSettings(time_stretch=0.2)
    needed = count_needed(100, settings)
    assert needed == 120
    rates = set()
    for seed in range(20):
        found = warp_frames(ramp(needed), 100, settings, np.random.default_rng(seed))
        assert found.shape == (100, 96)
        steps = np.diff(found[:, 0])
        np.testing.assert_allclose(steps, steps[0], atol=1e-3)
        np.testing.assert_allclose(found - found[:, :1], np.broadcast_to(np.arange(96) / 1000, (100, 96)), atol=1e-4)
        rates.add(round(float(steps[0]), 2))
    assert min(rates) < 0.9 and max(rates) > 1.1
    assert min(rates) >= 0.8 and max(rates) <= 1.2


def test_a_track_that_is_just_long_enough_is_not_read_beyond_its_end() -> None:
    for seed in range(20):
        found = warp_frames(ramp(100), 100, AugmentationSettings(time_stretch=0.2), np.random.default_rng(seed))
        assert found.shape == (100, 96)
        assert found.max() <= ramp(100).max()


def test_a_shift_moves_bands_and_leaves_time_alone() -> None:
    settings = AugmentationSettings(band_shift=2)
    shifts = [
        (warp_frames(ramp(), 100, settings, np.random.default_rng(seed))[0, 40] - ramp()[0, 40]) * 1000
        for seed in range(30)
    ]
    assert -2 <= min(shifts) < -1 < 1 < max(shifts) <= 2
    found = warp_frames(ramp(), 100, settings, np.random.default_rng(0))
    np.testing.assert_allclose(np.diff(found, axis=0), 1, atol=1e-3)


def test_mixed_segments_stay_at_least_half_their_own_and_share_genres_out_alike() -> None:
    n = 40
    features = np.eye(n, dtype=np.float32)[:, None, :]
    shares = np.eye(n, dtype=np.float32)
    shares[:5] = 0  # of no known genre
    settings = AugmentationSettings(mix_share=1.0)
    mixing = draw_mixing(n, settings, np.random.default_rng(6))
    assert mixing is not None
    mixed, told = mixing.mix(features), mixing.mix_shares(shares)
    own = mixed[np.arange(n), 0, np.arange(n)]
    assert (own >= 0.5).all() and (own < 0.99).sum() > n / 2
    np.testing.assert_allclose(mixed.sum(axis=(1, 2)), 1, atol=1e-6)
    np.testing.assert_array_equal(told[:5], 0)
    np.testing.assert_allclose(told[5:].sum(axis=1), 1, atol=1e-6)
    both = told[5:, 5:] > 0
    np.testing.assert_allclose(told[5:, 5:][both & (told[5:, 5:] < 1)], mixed[5:, 0, 5:][both & (told[5:, 5:] < 1)])


def test_nothing_is_mixed_where_that_is_off() -> None:
    assert draw_mixing(4, OFF, np.random.default_rng(7)) is None


def test_augmentation_below_nothing_is_refused() -> None:
    with pytest.raises(SettingsError, match="time_stretch"):
        AugmentationSettings(time_stretch=-0.1)
