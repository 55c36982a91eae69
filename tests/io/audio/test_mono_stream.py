"""Channels are mixed, rates changed, and what comes in blocks comes out as one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from musicemb.io.audio.mono_stream import KeptSamples, MonoStream, SinkError, downmix

TONE = np.sin(np.arange(4000, dtype=np.float32) / 20)
OTHER = np.random.default_rng(0).normal(0, 0.1, 4000).astype(np.float32)


def test_stereo_is_the_mean_of_its_channels() -> None:
    np.testing.assert_allclose(downmix(np.stack([TONE, OTHER])), (TONE + OTHER) / 2, atol=1e-7)
    np.testing.assert_allclose(downmix(np.stack([TONE, OTHER, TONE])), (2 * TONE + OTHER) / 3, atol=1e-6)


@pytest.mark.parametrize("channels", [(TONE, -TONE), (TONE, -0.99 * TONE), (TONE, -TONE, OTHER * 0, OTHER * 0)])
def test_channels_in_opposite_phase_are_heard(channels: tuple[np.ndarray, ...]) -> None:
    np.testing.assert_array_equal(downmix(np.stack(channels)), TONE)


def test_one_silent_channel_halves_the_other() -> None:
    np.testing.assert_allclose(downmix(np.stack([TONE, np.zeros_like(TONE)])), TONE / 2)


@given(st.floats(-1, 1), st.integers(2, 6))
def test_the_result_is_never_silent_where_a_channel_is_not(gain: float, count: int) -> None:
    block = np.stack([TONE, *[np.float32(gain) * TONE] * (count - 1)])
    assert np.dot(downmix(block), downmix(block)) > 1e-4 * np.dot(TONE, TONE)


@settings(deadline=None)
@given(st.lists(st.integers(1, 6000), min_size=1, max_size=8), st.sampled_from([16_000, 44_100]))
def test_blocks_do_not_show(lengths: list[int], rate: int) -> None:
    # One signal in both channels: two that cancel out are judged block by block.
    samples = np.outer([1.0, 0.6], np.random.default_rng(0).normal(0, 0.1, sum(lengths))).astype(np.float32)
    whole, parts = KeptSamples(), KeptSamples()
    one, other = MonoStream(16_000, 60.0, whole), MonoStream(16_000, 60.0, parts)
    one.feed(samples, rate)
    for block in np.split(samples, np.cumsum(lengths)[:-1], axis=1):
        other.feed(block, rate)
    one.finish()
    other.finish()
    assert one.n_samples == other.n_samples == len(whole.samples)
    assert one.duration == pytest.approx(other.duration)
    np.testing.assert_allclose(whole.samples, parts.samples, atol=1e-6)


def test_no_more_than_the_longest_is_handed_on() -> None:
    sink = KeptSamples()
    mono = MonoStream(16_000, 0.5, sink)
    mono.feed(np.ones((1, 6000), np.float32), 16_000)
    mono.feed(np.ones((1, 6000), np.float32), 16_000)
    assert len(sink.samples) == mono.n_samples == 8000
    assert mono.duration == 0.75


def test_a_buffer_that_is_written_again_does_no_harm() -> None:
    sink = KeptSamples()
    held: list[np.ndarray] = []
    mono = MonoStream(16_000, 60.0, held.append)
    buffer = np.ones((1, 100), np.float32)
    mono.feed(buffer, 16_000)
    buffer[:] = 7
    assert held[0].max() == 1
    assert not len(sink.samples)


def test_what_a_sink_raises_is_not_taken_for_damage() -> None:
    def refuse(block: np.ndarray) -> None:
        raise ValueError("no")

    mono = MonoStream(16_000, 60.0, refuse)
    with pytest.raises(SinkError) as caught:
        mono.feed(np.ones((1, 100), np.float32), 16_000)
    assert isinstance(caught.value.__cause__, ValueError)


class _Channels(KeptSamples):
    def __init__(self) -> None:
        super().__init__()
        self.blocks: list[tuple[np.ndarray, int]] = []

    def hear_channels(self, block: np.ndarray, rate: int) -> None:
        self.blocks.append((block.copy(), rate))


def test_a_sink_that_asks_for_channels_gets_them_as_they_are() -> None:
    sink = _Channels()
    stream = MonoStream(8000, 10.0, sink)
    stereo = np.stack([TONE, OTHER])
    stream.feed(stereo, 16_000)
    stream.feed(stereo[:, :10], 16_000)
    stream.finish()
    assert [rate for _, rate in sink.blocks] == [16_000, 16_000]
    np.testing.assert_array_equal(sink.blocks[0][0], stereo)
    assert len(sink.samples) == pytest.approx(len(TONE) / 2 + 5, abs=2)


def test_trouble_in_listening_to_channels_is_no_damage_of_the_file() -> None:
    sink = _Channels()
    sink.hear_channels = lambda block, rate: 1 / 0  # type: ignore[method-assign,assignment]
    with pytest.raises(SinkError):
        MonoStream(8000, 10.0, sink).feed(np.stack([TONE, OTHER]), 8000)


class _Mixed(KeptSamples):
    """Takes mixed samples at the rate of the file."""

    def __init__(self) -> None:
        super().__init__()
        self.mixed: list[tuple[np.ndarray, int]] = []

    def hear_mixed(self, block: np.ndarray, rate: int) -> None:
        self.mixed.append((block, rate))


def test_a_sink_may_resample_itself() -> None:
    plain, own = KeptSamples(), _Mixed()
    for sink in (plain, own):
        stream = MonoStream(8000, 10.0, sink)
        block = np.ascontiguousarray(np.stack([TONE, OTHER], axis=1))
        for rate in (16_000, 44_100):
            stream.feed(block.T, rate)
            block[:] = 0  # as a decoder does
        stream.finish()
        assert stream.n_samples == len(plain.samples)
    (first, rate), (_, other) = own.mixed
    assert (rate, other, len(own.samples)) == (16_000, 44_100, 0)
    np.testing.assert_allclose(first, (TONE + OTHER) / 2, atol=1e-7)


def test_mixed_samples_end_with_what_is_asked_for() -> None:
    sink = _Mixed()
    stream = MonoStream(8000, 0.01, sink)
    for _ in range(3):
        stream.feed(np.stack([TONE, OTHER])[:, :100], 16_000)
    stream.finish()
    assert sum(len(block) for block, _ in sink.mixed) == 160
    assert stream.n_samples == 80
