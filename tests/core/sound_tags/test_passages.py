"""When somebody sings: what heads say of stretches, joined to passages that lie in the track and do not overlap."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from fake_encoder import made_tag_heads
from hypothesis import given
from hypothesis import strategies as st

from musicemb.core.sound_tags.passages import BRIDGED, SHORTEST, find_passages
from musicemb.records import Passage, TagHeads

HEADS = made_tag_heads(("singing", "voice"), ("no voice", "voice"))
TRUE = replace(
    made_tag_heads(("calm", "mood"), ("speech", "sound"), ("noise", "sound")),
    quantiles=np.tile(np.linspace(0, 1, 18, dtype=np.float32), (3, 1)),
)


def told(vectors: np.ndarray, starts: np.ndarray, heads: TagHeads = HEADS) -> tuple[Passage, ...]:
    """Passages of a track that ends with its last segment."""
    return find_passages(vectors, starts, heads, float(starts[-1]) + 0.96 if len(starts) else 0.0)


def made_track(*parts: tuple[float, int], hop: float = 0.96) -> tuple[np.ndarray, np.ndarray]:
    """Segments of a track: (seconds, direction that they point in), one part after the other."""
    directions = np.concatenate([np.full(round(seconds / hop), direction) for seconds, direction in parts])
    return np.eye(16, dtype=np.float32)[directions], (np.arange(len(directions)) * hop).astype(np.float32)


def thinned(vectors: np.ndarray, starts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A third of the segments, in runs of four, as a scan hears a long track."""
    kept = np.arange(len(starts)) // 4 % 3 == 1
    return vectors[kept], starts[kept]


@pytest.mark.parametrize("thin", [False, True])
def test_a_voice_is_told_from_where_it_begins_to_where_it_ends(thin: bool) -> None:
    vectors, starts = made_track((32, 1), (98, 0), (40, 1), (28, 0))
    found = find_passages(*(thinned(vectors, starts) if thin else (vectors, starts)), HEADS, 198.0)
    assert [one.name for one in found] == ["voice", "voice"]
    near = 8.0 if thin else 2.5
    assert [one.start for one in found] == pytest.approx([32, 170], abs=near)
    assert found[0].end == pytest.approx(130, abs=near)
    assert found[1].end == pytest.approx(198, abs=near)
    assert all(one.clearness > 0.6 for one in found)


def test_nobody_sings_and_everybody_does() -> None:
    assert told(*made_track((60, 1))) == ()
    (whole,) = told(*made_track((60, 0)))
    assert (whole.start, whole.end) == (0.0, pytest.approx(60, abs=1))


def test_one_line_of_song_is_told_and_a_cough_is_not() -> None:
    assert len(told(*made_track((40, 1), (12, 0), (40, 1)))) == 1
    assert told(*made_track((40, 1), (2, 0), (40, 1))) == ()


def test_a_long_silence_is_not_bridged() -> None:
    vectors, starts = made_track((30, 0), (30, 0))
    later = starts + np.where(starts >= 29.5, BRIDGED + 10, 0).astype(np.float32)
    first, second = told(vectors, later)
    assert first.end == pytest.approx(30, abs=1)
    assert second.start == pytest.approx(30 + BRIDGED + 10, abs=1)


def test_speech_and_noise_are_told_by_heads_that_mean_their_probability() -> None:
    vectors, starts = made_track((30, 5), (30, 1), (30, 2))
    # Direction 5 has a probability of .5 exactly: the made heads know nothing of it.
    sure = replace(TRUE, bias=np.array([0, -1, -1], np.float32))
    found = told(vectors, starts, sure)
    assert [one.name for one in found] == ["speech", "noise"]
    assert found[0].start == pytest.approx(30, abs=4) and found[0].end == pytest.approx(60, abs=4)
    assert found[1].end == pytest.approx(90, abs=4)
    ranked = made_tag_heads(("calm", "mood"), ("speech", "sound"), ("noise", "sound"))
    assert told(vectors, starts, ranked) == ()


@pytest.mark.parametrize("heads", [HEADS, made_tag_heads(("piano", "instrument"))])
def test_nothing_stored_and_heads_without_such_words(heads: TagHeads) -> None:
    assert told(np.zeros((0, 16), np.float32), np.zeros(0, np.float32), heads) == ()
    (vectors, starts) = made_track((30, 2))
    assert told(vectors, starts, made_tag_heads(("piano", "instrument"))) == ()


def test_a_track_of_one_segment() -> None:
    vectors, starts = made_track((0.96, 0))
    assert told(vectors, starts) == ()


@given(st.lists(st.tuples(st.integers(0, 2), st.floats(1, 60)), min_size=1, max_size=8), st.booleans())
def test_passages_lie_in_the_track_apart_and_in_order(parts: list[tuple[int, float]], thin: bool) -> None:
    vectors, starts = made_track(*((seconds, direction) for direction, seconds in parts))
    if thin and len(starts) > 12:
        vectors, starts = thinned(vectors, starts)
    if not len(starts):
        return
    found = [one for one in told(vectors, starts) if one.name == "voice"]
    for one in found:
        assert 0 <= one.start < one.end <= starts[-1] + 4 + 1e-3
        assert one.end - one.start >= SHORTEST - 1e-6
        assert 0 <= one.clearness <= 1
    for one, other in itertools.pairwise(found):
        assert one.end <= other.start
