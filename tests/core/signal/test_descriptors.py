"""Tempo, brightness and onsets of sounds of which they are known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from fake_encoder import FakeEncoder
from hypothesis import given, settings
from hypothesis import strategies as st
from laws import trials

from musicemb.core.signal.descriptors import describe_sound, find_tempo
from musicemb.core.signal.segments import segment_frames
from musicemb.records import AcousticDescriptors, Floats

RATE = 16_000


def heard(samples: Floats) -> AcousticDescriptors:
    front_end = FakeEncoder().front_end
    sound = describe_sound(segment_frames(samples.astype(np.float32), front_end)[1], front_end)
    assert sound is not None
    return sound


def clicks(tempo: float, seconds: float = 40.0) -> Floats:
    samples = np.random.default_rng(1).normal(scale=0.003, size=int(RATE * seconds))
    decay = np.exp(-np.arange(1600) / 300) * np.sin(np.arange(1600) * 0.3)
    for start in np.arange(0, seconds - 0.2, 60 / tempo):
        samples[round(start * RATE) :][:1600] += decay
    return samples.astype(np.float32)


@pytest.mark.parametrize("tempo", [70, 96, 120, 150])
def test_clicks_have_their_tempo(tempo: int) -> None:
    assert heard(clicks(tempo)).tempo == pytest.approx(tempo, rel=0.03)


def test_noise_has_no_tempo() -> None:
    assert heard(np.random.default_rng(0).normal(scale=0.1, size=RATE * 40)).tempo == 0


def test_two_halves_of_two_tempos_have_none() -> None:
    assert heard(np.concatenate([clicks(84), clicks(131)])).tempo == 0


def test_little_music_has_no_tempo() -> None:
    assert heard(clicks(120, seconds=9)).tempo == 0


def test_high_sounds_are_brighter() -> None:
    time = np.arange(RATE * 20) / RATE
    low, high = (0.3 * np.sin(2 * np.pi * hz * time) for hz in (400, 4000))
    assert heard(low).brightness < 1200 < 3000 < heard(high).brightness < 5000


def test_a_held_tone_sets_in_less_than_clicks() -> None:
    time = np.arange(RATE * 20) / RATE
    assert heard(0.3 * np.sin(2 * np.pi * 440 * time)).energy < heard(clicks(120)).energy / 2


@settings(max_examples=trials(10), deadline=None)
@given(gain=st.floats(0.2, 1.0))
def test_loudness_does_not_matter(gain: float) -> None:
    samples = np.random.default_rng(3).normal(scale=0.2, size=RATE * 20).astype(np.float32)
    samples *= 1 + np.sin(np.arange(len(samples)) / 2000).astype(np.float32)
    loud, soft = heard(samples), heard(samples * np.float32(gain))
    assert soft.brightness == pytest.approx(loud.brightness, rel=0.01)
    assert soft.energy == pytest.approx(loud.energy, rel=0.02)


def test_what_cannot_be_told_is_not_told() -> None:
    front_end = FakeEncoder().front_end
    nothing = np.zeros((0, 250, 96), np.float32)
    assert describe_sound(nothing, front_end) is None
    plain = replace(front_end, settings=replace(front_end.settings, features="waveform"))
    assert describe_sound(np.zeros((5, 250, 256), np.float32), plain) is None
    assert find_tempo(np.zeros((8, 249), np.float32), 62.5) == 0


def test_many_segments_are_described_as_few() -> None:
    front_end = FakeEncoder().front_end
    frames = segment_frames(clicks(100, 32), front_end)[1]
    few, many = describe_sound(frames, front_end), describe_sound(np.tile(frames, (12, 1, 1)), front_end)
    assert few is not None
    assert many is not None
    assert many.energy == pytest.approx(few.energy, rel=1e-4)
