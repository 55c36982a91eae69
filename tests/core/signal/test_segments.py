"""Cutting tracks: nothing goes unheard, silence is left out."""

from __future__ import annotations

import numpy as np
import pytest
from fake_encoder import FakeEncoder
from hypothesis import given, settings
from hypothesis import strategies as st

from musicemb.core.signal.descriptors import describe_sound
from musicemb.core.signal.features import make_front_end
from musicemb.core.signal.segments import (
    join_runs,
    segment_features,
    segment_frames,
    segment_starts,
    spread_starts,
)
from musicemb.errors import SettingsError
from musicemb.settings import FrontEndSettings, SegmentSettings

RATE = 16_000


@given(n_frames=st.integers(1, 2000), length=st.integers(1, 300), part=st.floats(0.1, 1.0))
@settings(deadline=None)
def test_segments_cover_the_track_but_for_half_a_segment(n_frames: int, length: int, part: float) -> None:
    hop = max(1, int(length * part))
    starts = segment_starts(n_frames, length, hop)
    assert starts[0] == 0
    assert (np.diff(starts) > 0).all()
    assert (np.diff(starts) <= hop).all()
    if n_frames >= length:
        assert starts[-1] + length <= n_frames
        assert n_frames - (starts[-1] + length) <= length // 2


def test_a_silent_stretch_gives_no_segment() -> None:
    samples = np.random.default_rng(0).normal(0, 0.1, 12 * RATE).astype(np.float32)
    samples[4 * RATE : 8 * RATE] = 0
    starts, features = segment_features(samples, FakeEncoder().front_end)
    assert starts.tolist() == [0.0, 8.0]
    assert features.shape == (2, 250, 96)


@pytest.mark.parametrize("samples", [np.zeros(0), np.zeros(5 * RATE), np.full(5 * RATE, 1e-5)])
def test_a_silent_track_gives_none(samples: np.ndarray) -> None:
    starts, features = segment_features(samples.astype(np.float32), FakeEncoder().front_end)
    assert len(starts) == len(features) == 0


@pytest.mark.parametrize(("seconds", "start"), [(5, 1.0), (9, 5.0), (5.5, 1.5)])
def test_a_sound_at_the_very_end_is_heard_where_there_is_no_other(seconds: float, start: float) -> None:
    samples = np.zeros(int(seconds * RATE), dtype=np.float32)
    samples[-RATE // 2 :] = np.random.default_rng(0).normal(0, 0.1, RATE // 2)
    starts, features = segment_features(samples, FakeEncoder().front_end)
    assert starts.tolist() == pytest.approx([start], abs=0.02)  # whole frames
    assert features.shape == (1, 250, 96)


def test_a_short_track_is_repeated_to_fill_a_segment() -> None:
    samples = np.random.default_rng(0).normal(0, 0.1, RATE).astype(np.float32)
    starts, features = segment_features(samples, FakeEncoder().front_end)
    assert starts.tolist() == [0.0]
    np.testing.assert_allclose(features[0, :60], features[0, 125:185], atol=15)  # the second repeat, other phase
    assert features.shape == (1, 250, 96)


@given(n=st.integers(0, 300), coverage=st.floats(0.05, 1.0), hop=st.sampled_from([0.96, 2.0, 4.0]))
@settings(deadline=None)
def test_a_share_of_the_segments_is_spread_evenly(n: int, coverage: float, hop: float) -> None:
    part = SegmentSettings(length=hop, hop=hop, coverage=coverage)
    starts = np.arange(n) * 7
    kept = spread_starts(starts, FakeEncoder(segments=part).front_end)
    run = round(4 / hop)
    fewest = min(n, 30 / hop)
    assert np.isin(kept, starts).all() and (np.diff(kept) > 0).all()
    assert abs(len(kept) - max(coverage * n, fewest)) <= 1.5 * run
    assert len(kept) >= fewest - run  # the last run may be cut short
    gaps = np.diff(np.concatenate([[-1], kept // 7, [n]])) - 1  # segments left out before, between and behind
    assert len(kept) == 0 or gaps.max() <= run * (np.ceil(n / len(kept)) + 1)


def test_a_short_track_is_heard_whole() -> None:
    front_end = FakeEncoder(segments=SegmentSettings(length=1.0, hop=1.0, coverage=0.1)).front_end
    np.testing.assert_array_equal(spread_starts(np.arange(30), front_end), np.arange(30))
    assert 28 <= len(spread_starts(np.arange(200), front_end)) <= 32
    assert len(spread_starts(np.arange(600), front_end)) == 60


def test_half_of_a_track_gives_half_of_its_segments_as_they_are() -> None:
    samples = np.random.default_rng(0).normal(0, 0.1, 96 * RATE).astype(np.float32)
    samples[8 * RATE : 24 * RATE] = 0
    settings = FrontEndSettings(window=400, hop=160, whole_frames=True)
    whole, half = (
        segment_frames(samples, make_front_end(settings, SegmentSettings(length=0.96, hop=0.96, coverage=coverage)))
        for coverage in (1.0, 0.5)
    )
    assert len(half[0]) == pytest.approx(len(whole[0]) / 2, abs=4)
    same = np.isin(whole[0], half[0])
    assert same.sum() == len(half[0])
    np.testing.assert_allclose(half[1], whole[1][same], atol=1e-3)


def test_a_segment_of_whole_frames_ends_with_its_last_sample() -> None:
    front_end = make_front_end(FrontEndSettings(window=400, hop=160, whole_frames=True), SegmentSettings(0.96, 0.96))
    samples = np.random.default_rng(0).normal(0, 0.1, 15_600).astype(np.float32)
    starts, features = segment_features(samples, front_end)
    assert starts.tolist() == [0.0]
    assert features.shape == (1, 96, 96)
    np.testing.assert_array_equal(segment_features(np.append(samples, samples[:159]), front_end)[1], features)


@pytest.mark.parametrize("coverage", [0.0, 1.1])
def test_a_coverage_beyond_none_and_all_is_refused(coverage: float) -> None:
    with pytest.raises(SettingsError, match="segments: coverage is"):
        SegmentSettings(coverage=coverage)


def test_segments_side_by_side_are_joined_in_their_order() -> None:
    front_end = make_front_end(FrontEndSettings(hop=160), SegmentSettings(length=1.0, hop=1.0))
    frames = np.arange(11 * 100 * 2, dtype=np.float32).reshape(11, 100, 2)
    starts = np.array([0, 1, 2, 3, 7, 8, 9, 10, 11, 20, 21], dtype=np.float32)
    joined = join_runs(frames, starts, front_end)
    np.testing.assert_array_equal(joined, [frames[:4].reshape(400, 2), frames[4:8].reshape(400, 2)])
    np.testing.assert_array_equal(join_runs(frames[::2], starts[::2], front_end), frames[::2])  # nothing to join
    long = make_front_end(FrontEndSettings(), SegmentSettings())
    assert join_runs(frames, starts, long) is frames


def test_a_beat_is_heard_in_short_segments_too() -> None:
    rng = np.random.default_rng(0)
    time = np.arange(40 * RATE) / RATE
    clicks = (np.exp(-((time % 0.5) * 60)) * rng.normal(0, 0.5, len(time))).astype(np.float32)
    front_end = make_front_end(
        FrontEndSettings(window=400, hop=160, whole_frames=True), SegmentSettings(length=0.96, hop=0.96)
    )
    starts, frames = segment_frames(clicks, front_end)
    sound = describe_sound(join_runs(frames, starts, front_end), front_end)
    assert sound is not None
    assert sound.tempo == pytest.approx(120, rel=0.02)
