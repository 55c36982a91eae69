"""Cutting tracks: nothing goes unheard, silence is left out."""

from __future__ import annotations

import numpy as np
import pytest
from fake_encoder import FakeEncoder
from hypothesis import given, settings
from hypothesis import strategies as st

from musicemb.core.signal.segments import segment_features, segment_starts

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
