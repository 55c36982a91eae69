"""What is cut block by block is what is cut at once, whatever the lengths."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from laws import trials

from musicemb.core.signal.descriptors import SoundDescription, describe_sound
from musicemb.core.signal.features import count_samples, make_front_end
from musicemb.core.signal.segment_blocks import RunJoiner, SegmentCutter, SegmentMeter, plan_segments
from musicemb.core.signal.segments import join_runs, level_db, segment_frames
from musicemb.records import Floats, FrontEnd
from musicemb.settings import FrontEndSettings, SegmentSettings

RATE = 16_000
FRONT_ENDS = {
    "windows that reach beyond": FrontEndSettings(),
    "whole frames": FrontEndSettings(window=400, hop=160, whole_frames=True),
    "samples": FrontEndSettings(features="waveform"),
    "magnitudes": FrontEndSettings(window=400, hop=160, whole_frames=True, spectrum="magnitude", log_offset=0.01),
}


def music(seconds: float, seed: int) -> Floats:
    """Noise with silent stretches."""
    rng = np.random.default_rng(seed)
    samples = rng.normal(0, 0.1, round(seconds * RATE)).astype(np.float32)
    for _ in range(int(rng.integers(0, 4))):
        first = int(rng.integers(0, len(samples)))
        samples[first : first + int(rng.integers(1, 10 * RATE))] = 0
    return samples


def cut_in_blocks(samples: Floats, front_end: FrontEnd, bounds: list[int]) -> tuple[Floats, list[Floats]]:
    blocks = np.split(samples, sorted(bound % (len(samples) + 1) for bound in bounds))
    meter = SegmentMeter(front_end)
    for block in blocks:
        meter(block)
    plan = meter.plan()
    if plan.fill:
        filled = np.resize(samples, plan.fill)
        blocks = np.split(filled, sorted(bound % (len(filled) + 1) for bound in bounds))
    cutter = SegmentCutter(plan, front_end)
    frames = [part for block in blocks for part in cutter.feed(block)]
    return plan.starts, [*frames, *cutter.finish()]


@settings(deadline=None, max_examples=trials(40))
@given(
    kind=st.sampled_from(sorted(FRONT_ENDS)),
    seconds=st.floats(0.3, 55),
    segment=st.sampled_from([(0.96, 0.96), (1.0, 0.5), (4.0, 4.0), (4.0, 3.0), (1.0, 2.5)]),
    coverage=st.sampled_from([1.0, 0.5, 0.2]),
    bounds=st.lists(st.integers(0, 55 * RATE), max_size=12),
    seed=st.integers(0, 2**16),
)
def test_blocks_do_not_show(
    kind: str, seconds: float, segment: tuple[float, float], coverage: float, bounds: list[int], seed: int
) -> None:
    front_end = make_front_end(FRONT_ENDS[kind], SegmentSettings(*segment, coverage=coverage))
    samples = music(seconds, seed)
    starts, frames = segment_frames(samples, front_end)
    block_starts, parts = cut_in_blocks(samples, front_end, bounds)
    np.testing.assert_array_equal(block_starts, starts)
    assert sum(map(len, parts)) == len(frames)
    if len(frames):
        np.testing.assert_allclose(np.concatenate(parts), frames, atol=2e-3)  # dB
    if len(samples) < count_samples(front_end):
        return
    plan = plan_segments(len(samples), lambda first, end: level_db(samples[first:end]), front_end)
    np.testing.assert_array_equal(plan.starts, starts)
    cutter = SegmentCutter(plan, front_end)
    parts = list(cutter.cut(samples[first:end] for first, end in cutter.ranges))
    assert not list(cutter.finish())
    if len(frames):
        np.testing.assert_allclose(np.concatenate(parts), frames, atol=2e-3)


@settings(deadline=None, max_examples=trials(12))
@given(seconds=st.floats(1, 60), coverage=st.sampled_from([1.0, 0.4]), seed=st.integers(0, 2**16))
def test_a_sound_described_in_blocks_is_the_same_sound(seconds: float, coverage: float, seed: int) -> None:
    front_end = make_front_end(
        FrontEndSettings(window=400, hop=160, whole_frames=True), SegmentSettings(0.96, 0.96, coverage=coverage)
    )
    samples = music(seconds, seed)
    time = np.arange(len(samples)) / RATE
    samples = samples * np.exp(-(time % 0.5) * 60).astype(np.float32)
    starts, frames = segment_frames(samples, front_end)
    whole = describe_sound(join_runs(frames, starts, front_end), front_end)
    block_starts, parts = cut_in_blocks(samples, front_end, [])
    joiner, described = RunJoiner(block_starts, front_end), SoundDescription(front_end)
    for part in parts:
        for first in range(0, len(part), 3):
            described.add(joiner.feed(part[first : first + 3]))
    found = described.result()
    assert (found is None) == (whole is None)
    if found is not None and whole is not None:
        assert found.tempo == pytest.approx(whole.tempo)
        assert found.brightness == pytest.approx(whole.brightness, rel=1e-4)
        assert found.energy == pytest.approx(whole.energy, rel=1e-3)


def test_no_more_than_a_minute_or_so_is_kept() -> None:
    front_end = make_front_end(FrontEndSettings(), SegmentSettings())
    second = np.random.default_rng(0).normal(0, 0.1, RATE).astype(np.float32)
    meter = SegmentMeter(front_end)
    for _ in range(600):
        meter(second)
    cutter = SegmentCutter(meter.plan(), front_end)
    most, done = 0, 0
    for _ in range(600):
        done += sum(map(len, cutter.feed(second)))
        most = max(most, sum(map(len, cutter._pending)))
    assert done + sum(map(len, cutter.finish())) == 150
    assert most < 66 * RATE


def test_nothing_gives_no_segment() -> None:
    front_end = make_front_end(FrontEndSettings(), SegmentSettings())
    plan = SegmentMeter(front_end).plan()
    assert len(plan.places) == len(plan.starts) == plan.fill == 0
