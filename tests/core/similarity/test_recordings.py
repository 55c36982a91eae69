"""Segments of copies go along together; those of other pieces do not."""

from __future__ import annotations

import numpy as np
import pytest

from musicemb.core.similarity.recordings import NOT_IN_STEP, line_up, tempo_apart
from musicemb.records import TrackValues

HOP = 0.96


def piece(seed: int, count: int = 60) -> np.ndarray:
    """Segments around a sound of the piece's own, as those of real music are."""
    random = np.random.default_rng(seed)
    return (random.normal(size=16) + 0.6 * random.normal(size=(count, 16))).astype(np.float32)


def starts(count: int, first: int = 0) -> np.ndarray:
    return (np.arange(count) + first) * HOP


def damaged(segments: np.ndarray, amount: float = 0.2) -> np.ndarray:
    return segments + amount * np.random.default_rng(9).normal(size=segments.shape).astype(np.float32)


def test_a_damaged_copy_is_in_step() -> None:
    one = piece(1)
    found = line_up(one, damaged(one), starts(60), starts(60))
    assert (found.offset, found.met) == (0, 60)
    assert found.share > 0.95
    assert found.similarity > 0.9


@pytest.mark.parametrize("lead", [-7, -2, 3, 8])
def test_a_silence_before_it_or_a_cut_is_an_offset(lead: int) -> None:
    one = piece(2)
    if lead > 0:
        found = line_up(one, damaged(one), starts(60), starts(60, lead))
    else:
        found = line_up(one, damaged(one[-lead:]), starts(60), starts(60 + lead))
    assert found.offset == pytest.approx(lead * HOP)
    assert found.share > 0.95


@pytest.mark.parametrize("lead", [2, 15, 100])
def test_a_silence_before_a_copy_accounts_for_its_offset_however_long(lead: int) -> None:
    one = piece(2)
    late = line_up(one, damaged(one), starts(60), starts(60, lead))
    early = line_up(damaged(one), one, starts(60, lead), starts(60))
    assert (late.offset, early.offset) == (pytest.approx(lead * HOP), pytest.approx(-lead * HOP))
    assert late.lead == early.lead == pytest.approx(0, abs=1e-9)
    assert min(late.share, early.share) > 0.95


def test_a_lead_that_is_not_silent_counts() -> None:
    one = piece(2)
    noisy = np.concatenate([piece(7, 4), damaged(one)])
    found = line_up(one, noisy, starts(60), starts(64))
    assert found.offset == found.lead == pytest.approx(4 * HOP)


def test_silent_segments_in_the_middle_are_counted_by_time() -> None:
    one = piece(3)
    kept = np.r_[0:20, 30:60]
    found = line_up(one, damaged(one[kept]), starts(60), starts(60)[kept])
    assert (found.offset, found.met) == (0, 50)
    assert found.share > 0.95


def test_other_pieces_and_other_orders_are_not() -> None:
    one = piece(4)
    assert line_up(one, piece(5), starts(60), starts(60)).share < 0.2
    assert line_up(one, damaged(one[::-1]), starts(60), starts(60)).share < 0.2


def test_another_tempo_falls_out_of_step() -> None:
    one = piece(6, 240)
    faster = one[(np.arange(230) * 240 / 230).astype(int)]
    assert line_up(one, damaged(faster), starts(240), starts(230)).share < 0.35


@pytest.mark.parametrize(("first", "second"), [(0, 5), (1, 1), (60, 20)])
def test_too_little_in_common_is_none(first: int, second: int) -> None:
    assert line_up(piece(1, first), piece(1, second), starts(first), starts(second)) == NOT_IN_STEP
    assert line_up(piece(1, 5), piece(1, 5)[:, :8], starts(5), starts(5)) == NOT_IN_STEP


def test_a_third_of_a_song_is_enough_though_a_copy_lacks_its_end() -> None:
    song = piece(8, 132)
    heard = np.flatnonzero(np.arange(132) // 4 % 3 == 0)
    cut = np.flatnonzero(np.isin(np.arange(118) // 4, [0, 3, 6, 9, 12, 14, 17, 20, 23, 26]))
    found = line_up(song[heard], damaged(song[cut]), starts(132)[heard], starts(132)[cut])
    assert (found.offset, found.met) == (0, 20)
    assert found.share > 0.9


def tempo(bpm: float | None, sure: float = 1.0) -> TrackValues:
    return TrackValues(bpm=bpm, bpm_confidence=sure)


@pytest.mark.parametrize("times", [1, 2, 0.5, 1.5, 2 / 3, 3, 0.75])
def test_a_multiple_of_a_tempo_is_the_same_tempo(times: float) -> None:
    assert tempo_apart(tempo(120.0), tempo(120.1 * times)) == pytest.approx(0.1 / 120, rel=1e-6)


def test_another_tempo_is_apart() -> None:
    assert tempo_apart(tempo(120.0), tempo(124.8)) == pytest.approx(0.04)
    assert tempo_apart(tempo(124.8), tempo(120.0)) == pytest.approx(1 - 120 / 124.8)


@pytest.mark.parametrize("other", [None, tempo(None), tempo(124.8, 0.4)])
def test_a_tempo_that_is_not_sure_tells_nothing_apart(other: TrackValues | None) -> None:
    assert tempo_apart(tempo(120.0), other) == tempo_apart(other, tempo(120.0)) == 0
