"""A track is measured while it is decoded: mono for tempo and key, its own channels for loudness."""

from __future__ import annotations

import numpy as np
import pytest
from laws import cases
from rendered_music import RATE, chords, drums

from musicemb.core.values.meter import ValueMeter
from musicemb.records import MusicalKey, TrackValues


def measure(samples: np.ndarray, share: float = 1.0) -> TrackValues:
    meter = ValueMeter()
    for first in range(0, len(samples), 50_000):
        block = samples[first : first + 50_000].astype(np.float32)
        meter.hear_channels(np.stack([block, block]), RATE)
        meter.hear_mono(block, RATE)
    return meter.result(share)


def test_a_song_has_all_values() -> None:
    song = drums(110, 30, "rock") + chords(9, "minor", 30, bpm=110, progression="i iv V i")
    values = measure(song)
    assert values.bpm == pytest.approx(110, rel=0.01)
    assert values.key == MusicalKey(9, minor=True)
    assert values.loudness is not None
    assert -30 < values.loudness < -5
    assert values.loudness_range is not None
    assert values.gain == pytest.approx(-18 - values.loudness)
    assert values.peak == pytest.approx(np.abs(song).max(), rel=1e-6)


def test_what_is_not_there_has_no_value() -> None:
    silent = measure(np.zeros(20 * RATE))
    assert silent == TrackValues(silence=1.0)
    assert measure(np.zeros(0)) == TrackValues()
    assert silent.gain is None


def test_silence_is_a_share_of_the_time() -> None:
    song = drums(110, 15, "rock") + chords(9, "minor", 15)
    assert measure(np.concatenate([song, np.zeros(15 * RATE)])).silence == pytest.approx(0.5, abs=0.01)


def test_half_a_file_is_half_as_sure() -> None:
    assert measure(drums(110, 12, "rock"), share=0.5).loudness_confidence == 0.5


def test_a_rate_that_changes_leaves_the_longest_part() -> None:
    meter = ValueMeter()
    meter.hear_mono(drums(90, 5, "rock").astype(np.float32), RATE)
    meter.hear_mono(drums(130, 40, "rock").astype(np.float32), 2 * RATE)  # played twice as fast
    assert meter.result().bpm == pytest.approx(130, rel=0.01) or meter.result().bpm == pytest.approx(260, rel=0.01)


@pytest.mark.parametrize("block", cases([999, 50_000], [999]))
def test_files_of_any_rate_have_one_tempo_and_key(block: int) -> None:
    song = (drums(110, 30, "rock") + chords(9, "minor", 30, bpm=110, progression="i iv V i")).astype(np.float32)
    for times in (1, 2, 3):
        meter = ValueMeter()
        high = np.interp(np.arange(times * len(song)) / times, np.arange(len(song)), song).astype(np.float32)
        for first in range(0, len(high), block):
            meter.hear_mono(high[first : first + block], times * RATE)
        values = meter.result()
        assert values.bpm == pytest.approx(110, rel=0.01)
        assert values.key == MusicalKey(9, minor=True)
