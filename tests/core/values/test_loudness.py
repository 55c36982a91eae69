"""Loudness as EBU Tech 3341 and 3342 state it for their test signals, made here, at every rate and channel count."""

from __future__ import annotations

from functools import cache
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from laws import cases, trials

from musicemb.core.values.loudness import Loudness, LoudnessMeter


def sines(parts: list[tuple[float, float]], rate: int = 48_000) -> np.ndarray:
    """Stretches of (dB of full scale, seconds) of 1 kHz, one after the other."""
    lengths = [round(seconds * rate) for _, seconds in parts]
    levels = np.repeat([10 ** (level / 20) for level, _ in parts], lengths).astype(np.float32)
    return levels * np.resize(second(rate), len(levels))


@cache
def second(rate: int) -> np.ndarray:
    """One second of 1 kHz: a whole number of cycles."""
    return np.sin(2 * np.pi * 1000 * np.arange(rate) / rate).astype(np.float32)


def measure(channels: np.ndarray, rate: int = 48_000, block: int = 10_007) -> Loudness | None:
    meter = LoudnessMeter()
    for first in range(0, channels.shape[1], block):
        meter(channels[:, first : first + block], rate)
    return meter.result()


@pytest.mark.parametrize("rate", cases([22_050, 48_000], [22_050]))
@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([(-23, 20)], -23),
        ([(-33, 20)], -33),
        ([(-36, 10), (-23, 60), (-36, 10)], -23),
        ([(-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)], -23),
        ([(-26, 20), (-20, 20.1), (-26, 20)], -23),
    ],
)
def test_the_signals_of_tech_3341_have_their_loudness(
    parts: list[tuple[float, float]], expected: float, rate: int
) -> None:
    found = measure(np.stack([sines(parts, rate)] * 2), rate)
    assert found is not None
    assert found.integrated == pytest.approx(expected, abs=0.1)


def test_surround_channels_weigh_more_and_low_frequency_effects_nothing() -> None:
    left, centre, behind = (sines([(level, 20)]) for level in (-28, -24, -30))
    effects = sines([(-3, 20)])
    found = measure(np.stack([left, left, centre, effects, behind, behind]))
    assert found is not None
    assert found.integrated == pytest.approx(-23, abs=0.1)


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([(-20, 20), (-30, 20)], 10),
        ([(-20, 20), (-15, 20)], 5),
        ([(-40, 20), (-20, 20)], 20),
        ([(-50, 20), (-35, 20), (-20, 20), (-35, 20), (-50, 20)], 15),
    ],
)
def test_the_signals_of_tech_3342_have_their_range(parts: list[tuple[float, float]], expected: float) -> None:
    found = measure(np.stack([sines(parts)] * 2))
    assert found is not None
    assert found.range == pytest.approx(expected, abs=1)


def test_one_channel_is_three_decibels_softer_than_two() -> None:
    signal = sines([(-20, 5)])
    one, two = measure(signal[None]), measure(np.stack([signal, signal]))
    assert one is not None
    assert two is not None
    assert two.integrated - one.integrated == pytest.approx(10 * np.log10(2), abs=0.01)


@given(st.integers(1, 40_000), st.integers(1, 3))
@settings(max_examples=trials(10), deadline=None)
def test_how_the_stream_is_cut_changes_nothing(block: int, channels: int) -> None:
    signal = np.random.default_rng(1).normal(0, 0.1, (channels, 30_000)).astype(np.float32)
    block = max(block, 50)
    whole, cut = measure(signal, 8000, 30_000), measure(signal, 8000, block)
    assert whole is not None
    assert cut is not None
    assert cut.integrated == pytest.approx(whole.integrated, abs=1e-4)
    assert cut.peak == whole.peak


def test_damaged_samples_count_as_silence() -> None:
    signal = sines([(-20, 5)])
    damaged = signal.copy()
    damaged[[5, 70_000, 90_000]] = np.nan, np.inf, 1e30
    whole, found = measure(np.stack([signal, signal])), measure(np.stack([damaged, damaged]))
    assert whole is not None
    assert found is not None
    assert found.integrated == pytest.approx(whole.integrated, abs=0.01)
    assert found.peak == pytest.approx(0.1, abs=1e-3)


@pytest.mark.parametrize("signal", [np.zeros((2, 96_000), np.float32), np.full((2, 3000), 0.5, np.float32)])
def test_silence_and_a_blink_have_no_loudness(signal: np.ndarray) -> None:
    assert measure(signal) is None


def test_under_three_seconds_there_is_no_range_and_under_a_minute_little_confidence() -> None:
    short, middle = measure(sines([(-20, 2)])[None]), measure(sines([(-20, 30)])[None])
    assert short is not None
    assert middle is not None
    assert (short.range, short.range_confidence) == (None, 0.0)
    assert 0.4 < middle.range_confidence < 0.5


def silence(channels: np.ndarray, rate: int = 48_000, block: int = 10_007) -> float | None:
    meter = LoudnessMeter()
    for first in range(0, channels.shape[1], block):
        meter(channels[:, first : first + block], rate)
    return meter.silence()


@pytest.mark.parametrize(
    ("rate", "channels"),
    cases(product([8_000, 22_050, 44_100, 48_000], [1, 2, 6]), [(8_000, 6), (22_050, 1), (44_100, 2)]),
)
@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([(-20, 10), (-90, 10)], 0.5),
        ([(-90, 5), (-20, 15)], 0.25),
        ([(-20, 5), (-200, 10), (-40, 5)], 0.5),
        ([(-54, 20)], 0.0),
        ([(-58, 20)], 1.0),  # a sine of that peak has 3 dB less: -61
    ],
)
def test_silence_is_the_share_below_60_db(
    parts: list[tuple[float, float]], expected: float, rate: int, channels: int
) -> None:
    found = silence(np.stack([sines(parts, rate)] * channels), rate)
    assert found == pytest.approx(expected, abs=0.2 / 20)  # a stretch at either end of the silence


def test_rests_between_words_are_no_silence() -> None:
    rests = [(-20, 0.5), (-90, 0.3)] * 20
    assert silence(sines(rests)[None]) == 0.0
    pauses = [(-20, 2.0), (-90, 1.0)] * 5
    assert silence(sines(pauses)[None]) == pytest.approx(1 / 3, abs=2 * 0.1 / 3)


def test_one_loud_channel_is_no_silence() -> None:
    loud = sines([(-30, 10)])
    assert silence(np.stack([loud, np.zeros_like(loud)])) == 0.0


def test_nothing_heard_has_no_share_of_silence() -> None:
    assert LoudnessMeter().silence() is None
    assert silence(np.zeros((2, 100))) is None


@settings(max_examples=trials(40))
@given(st.integers(1, 40), st.integers(0, 40), st.integers(500, 60_000))
def test_silence_does_not_hang_on_blocks(loud: int, soft: int, block: int) -> None:
    samples = np.stack([sines([(-20, loud / 10), (-80, soft / 10)], 16_000)])
    assert silence(samples, 16_000, block) == (soft / (loud + soft) if soft >= 5 else 0.0)
