"""The front-end against librosa, its own laws, and its golden numbers."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from golden.front_end import summarise
from hypothesis import given, settings
from hypothesis import strategies as st
from laws import trials
from paths import TESTS

from musicemb.core.signal.features import (
    LOWEST_DB,
    compute_features,
    compute_frames,
    count_bands,
    count_frames,
    count_samples,
    count_track_frames,
    finish_features,
    make_front_end,
    measure_bands,
    raw_features,
)
from musicemb.core.signal.frame_codes import pack_frames, unpack_frames
from musicemb.errors import SettingsError
from musicemb.settings import FrontEndSettings, SegmentSettings

TAGGER = FrontEndSettings(
    window=400, hop=160, n_mels=64, fmin=125, fmax=7500, whole_frames=True, spectrum="magnitude", mel_scale="htk",
    log_offset=0.001, standardise=False,
)  # fmt: skip
"""YAMNet's."""

KINDS = ["log-mel", "mfcc", "waveform"]


@pytest.fixture(scope="module", params=KINDS)
def front_end(request: pytest.FixtureRequest):
    return make_front_end(FrontEndSettings(features=request.param), SegmentSettings())


@pytest.fixture(scope="module")
def log_mel():
    return make_front_end(FrontEndSettings(), SegmentSettings())


def noise(seconds: float, seed: int = 0) -> np.ndarray:
    return (np.random.default_rng(seed).normal(size=round(seconds * 16_000)) * 0.1).astype(np.float32)


def test_mel_frames_equal_librosa(log_mel) -> None:
    import librosa

    samples = noise(3.0)
    settings = log_mel.settings
    frames = compute_frames(samples, log_mel)
    padded = np.pad(samples, (0, settings.n_fft))
    power = np.abs(librosa.stft(padded, n_fft=512, hop_length=256, center=False, window="hann")) ** 2
    window = np.hanning(513)[:-1].sum() / 2
    expected = 10 * np.log10(log_mel.filterbank @ (power / window**2))
    np.testing.assert_allclose(frames, expected.T[: len(frames)], atol=2e-3)


def test_a_full_scale_sine_is_0_db_in_its_band(log_mel) -> None:
    time = np.arange(16_000) / 16_000
    frames = compute_frames(np.sin(2 * np.pi * 1000 * time).astype(np.float32), log_mel)
    assert frames[10].max() == pytest.approx(0, abs=3)  # the filters' peaks may fall between bins
    assert frames[10].min() == pytest.approx(LOWEST_DB, abs=40)


@pytest.mark.parametrize("length", [1, 255, 256, 257, 5000])
def test_every_sample_is_in_a_frame(front_end, length: int) -> None:
    assert len(compute_frames(noise(1)[:length], front_end)) == -(-length // 256)


def test_features_have_the_bands_that_are_counted(front_end) -> None:
    found = compute_features(noise(4), front_end)
    assert found.shape == (count_frames(front_end), count_bands(front_end.settings))
    assert found.dtype == np.float32


@given(gain=st.floats(0.05, 4.0))
@settings(deadline=None, max_examples=trials(15))
def test_features_are_blind_to_level(gain: float) -> None:
    for kind in ("log-mel", "waveform"):
        front_end = make_front_end(FrontEndSettings(features=kind), SegmentSettings())
        samples = noise(1)
        np.testing.assert_allclose(
            compute_features(samples * np.float32(gain), front_end), compute_features(samples, front_end), atol=0.02
        )


def test_digital_silence_is_finite(front_end) -> None:
    assert np.isfinite(compute_features(np.zeros(16_000, np.float32), front_end)).all()


def test_bands_are_standardised_by_what_was_measured(front_end) -> None:
    frames = compute_frames(noise(8), front_end).reshape(2, -1, compute_frames(noise(1), front_end).shape[1])
    mean, std = measure_bands(raw_features(frames, front_end.settings), front_end.settings.features)
    features = finish_features(frames, replace(front_end, band_mean=mean, band_std=std))
    axes = None if front_end.settings.features == "waveform" else (0, 1)
    np.testing.assert_allclose(features.mean(axis=axes), 0, atol=1e-3)
    np.testing.assert_allclose(features.std(axis=axes), 1, atol=1e-3)


def test_a_constant_band_does_not_divide_by_zero() -> None:
    _, std = measure_bands(np.zeros((1, 4, 3), np.float32), "log-mel")
    assert (std > 0).all()


def test_packed_frames_come_back_to_half_a_step(front_end) -> None:
    frames = compute_frames(noise(1), front_end)
    back = unpack_frames(pack_frames(frames, front_end.settings.features))
    step = 1 / 32767 if front_end.settings.features == "waveform" else 0.5
    assert np.abs(back - frames).max() <= step / 2 + 1e-6


def test_features_equal_the_golden_numbers() -> None:
    stored = json.loads((TESTS / "golden" / "front_end.json").read_text())
    found = summarise()
    assert stored.keys() == found.keys()
    for kind, numbers in stored.items():
        np.testing.assert_allclose(found[kind], numbers, atol=2e-3, err_msg=kind)


def test_a_tagger_s_front_end_equals_tensorflow_s_formula() -> None:
    samples = noise(2.0) * np.linspace(0, 1.3, 32_000, dtype=np.float32) ** 3
    samples[:3000] = 0
    tagger = make_front_end(TAGGER, SegmentSettings(length=0.96, hop=0.96))
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(400) / 400)
    frames = np.stack([samples[first : first + 400] * window for first in range(0, len(samples) - 399, 160)])
    magnitude = np.abs(np.fft.rfft(np.pad(frames, ((0, 0), (0, 112)))))  # zeros behind
    mel = 1127 * np.log(1 + np.linspace(0, 8000, 257) / 700)
    edges = np.linspace(1127 * np.log(1 + 125 / 700), 1127 * np.log(1 + 7500 / 700), 66)
    filters = np.array([np.interp(mel, edges[i : i + 3], [0, 1, 0]) for i in range(64)])
    expected = np.log(magnitude @ filters.T + 0.001)
    found = raw_features(compute_frames(samples, tagger)[None], TAGGER)[0]
    assert found.shape == (198, 64)
    np.testing.assert_allclose(found, expected, atol=2e-4)
    np.testing.assert_allclose(found[0], np.log(0.001), atol=1e-5)
    np.testing.assert_array_equal(compute_features(samples, tagger), found)
    back = unpack_frames(pack_frames(compute_frames(samples, tagger), "log-mel"))
    assert np.abs(raw_features(back[None], TAGGER)[0] - expected).max() < 0.03  # a quarter of a dB


def test_whole_frames_are_those_that_the_samples_fill() -> None:
    tagger = make_front_end(TAGGER, SegmentSettings(length=0.96, hop=0.96))
    assert count_frames(tagger) == 96
    assert count_samples(tagger) == 15_600
    for length, expected in ((399, 0), (400, 1), (559, 1), (560, 2), (15_600, 96)):
        assert count_track_frames(length, TAGGER) == expected
        assert len(compute_frames(noise(1)[:length], tagger)) == expected


def test_wanted_frames_are_the_same_as_among_all(front_end) -> None:
    samples = noise(2)
    which = np.array([0, 3, 4, 100])
    np.testing.assert_allclose(
        compute_frames(samples, front_end, which), compute_frames(samples, front_end)[which], atol=1e-4
    )


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        ({"level": 0.0}, "level is 0"),
        ({"window": 513}, "at most n_fft, 512"),
        ({"window": 1}, "window is 1"),
        ({"log_offset": 0.0}, "log_offset is 0"),
    ],
)
def test_a_front_end_that_cannot_be_is_refused(wrong: dict, text: str) -> None:
    with pytest.raises(SettingsError, match=text):
        FrontEndSettings(**wrong)


def test_a_set_level_hides_how_loud_a_copy_is() -> None:
    rng = np.random.default_rng(3)
    samples = rng.normal(scale=0.1, size=16_000).astype(np.float32)
    settings = replace(TAGGER, level=4.7)
    front_end = make_front_end(settings, SegmentSettings())
    loud, soft = (raw_features(compute_frames(samples * gain, front_end)[None], settings) for gain in (1.0, 0.1))
    np.testing.assert_allclose(soft, loud, atol=0.02)
    magnitudes = np.exp(loud) - TAGGER.log_offset
    assert np.sqrt(np.square(magnitudes).mean()) == pytest.approx(4.7, rel=1e-3)
    silence = raw_features(compute_frames(np.zeros(16_000, np.float32), front_end)[None], settings)
    np.testing.assert_allclose(silence, np.log(TAGGER.log_offset), atol=1e-4)
