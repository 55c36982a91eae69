"""Orders along a curve of tempo."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musicemb.core.similarity.curves import CURVES, in_curve, order_by_curve
from musicemb.errors import MusicembError, SettingsError
from musicemb.records import MusicalKey, Track, TrackTags, TrackValues

TEMPOS = [120.0, 90.0, 170.0, 60.0, 140.0, 100.0]


def in_order(curve: str, tempos: list[float | None]) -> list[float | None]:
    empty = [None] * len(tempos)
    return [tempos[at] for at in order_by_curve(tempos, empty, [""] * len(tempos), curve)]


def test_tempo_follows_the_curve() -> None:
    assert in_order("warm-up", [*TEMPOS]) == sorted(TEMPOS)
    assert in_order("cool-down", [*TEMPOS]) == sorted(TEMPOS, reverse=True)
    arc = in_order("arc", [*TEMPOS])
    assert (arc[0], arc[3]) == (60.0, 170.0)
    assert arc[:4] == sorted(arc[:4])  # type: ignore[type-var]
    assert arc[3:] == sorted(arc[3:], reverse=True)  # type: ignore[type-var]


def test_what_has_no_tempo_stands_in_the_middle() -> None:
    assert in_order("warm-up", [170.0, None, 60.0]) == [60.0, None, 170.0]
    assert in_order("arc", [None, None]) == [None, None]
    assert order_by_curve([], [], [], "arc") == []


def test_keys_that_mix_stand_side_by_side() -> None:
    keys = [MusicalKey.from_text(text) for text in ("8A", "2A", "9A", "3A")]
    order = order_by_curve([120.0, 121.0, 122.0, 123.0], keys, [""] * 4, "warm-up")
    clashes = [keys[two] not in keys[one].neighbours for one, two in pairwise(order)]
    assert sum(clashes) == 1
    # Not where the tempo would leave the curve.
    assert order_by_curve([60.0, 90.0, 120.0, 180.0], keys, [""] * 4, "warm-up") == [0, 1, 2, 3]


def test_an_artist_does_not_follow_itself() -> None:
    artists = ["A", "A", "B", "B"]
    order = order_by_curve([120.0, 121.0, 122.0, 123.0], [None] * 4, artists, "warm-up")
    assert not any(artists[one] == artists[two] for one, two in pairwise(order))


@given(
    st.lists(
        st.tuples(
            st.none() | st.floats(40, 220),
            st.none() | st.builds(MusicalKey, st.integers(0, 11), st.booleans()),
            st.sampled_from(["", "A", "B"]),
        ),
        max_size=12,
    ),
    st.sampled_from(sorted(CURVES)),
)
def test_each_track_comes_once_and_always_in_the_same_order(rows: list[tuple], curve: str) -> None:  # type: ignore[type-arg]
    columns = [list(column) for column in zip(*rows, strict=True)] or [[], [], []]
    order = order_by_curve(*columns, curve)
    assert sorted(order) == list(range(len(rows)))
    assert order == order_by_curve(*columns, curve)


@pytest.mark.parametrize("curve", CURVES)
def test_a_curve_spans_the_list(curve: str) -> None:
    assert (CURVES[curve][0][0], CURVES[curve][-1][0]) == (0.0, 1.0)


def track(number: int, bpm: float | None, key: str = "C", sure: float = 0.9) -> Track:
    values = TrackValues(bpm=bpm, key=MusicalKey.from_text(key), key_confidence=sure)
    return Track(number, Path(f"/m/{number}.mp3"), TrackTags(), 60.0, "", values=values)


def test_tempo_rises_and_falls() -> None:
    tracks = [track(number, bpm) for number, bpm in enumerate((100.0, 170.0, 90.0, 150.0, 60.0, 120.0))]
    tempos = [one.values.bpm for one in in_curve(tracks, "arc") if one.values is not None]
    assert (tempos[0], max(tempos), tempos.index(max(tempos))) == (60.0, 170.0, 3)


def test_a_key_that_is_not_sure_counts_for_nothing() -> None:
    keys = ("8A", "2A", "9A", "3A")
    sure = [track(number, 120.0 + number, key) for number, key in enumerate(keys)]
    unsure = [track(number, 120.0 + number, key, 0.1) for number, key in enumerate(keys)]
    assert [one.id for one in in_curve(unsure, "warm-up")] == [0, 1, 2, 3]
    assert [one.id for one in in_curve(sure, "warm-up")] != [0, 1, 2, 3]


def test_what_cannot_be_done_is_said() -> None:
    with pytest.raises(MusicembError, match="--reembed"):
        in_curve([track(1, None), Track(2, Path("/m/2.mp3"), TrackTags(), 60.0, "")], "arc")
    with pytest.raises(SettingsError, match="warm-up"):
        in_curve([track(1, 100.0)], "up")
    assert in_curve([], "arc") == []
