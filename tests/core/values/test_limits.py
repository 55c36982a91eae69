"""Tempos and keys as people write them, and what mixes with what."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from musicemb.core.values.limits import ValueLimits, clashes, order_by_mixing, read_bpm, read_keys
from musicemb.records import MusicalKey, TrackValues

A_MINOR = MusicalKey(9, minor=True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("120-128", (120, 128)),
        (" 120 – 128 ", (120, 128)),
        ("120..128.5", (120, 128.5)),
        ("-100", (0, 100)),
        ("140-", (140, math.inf)),
        ("100", (98, 102)),
    ],
)
def test_a_range_of_tempos_is_read(text: str, expected: tuple[float, float]) -> None:
    assert read_bpm(text) == pytest.approx(expected)


@pytest.mark.parametrize("text", ["", "-", "fast", "128-120", "1-2-3", "nan"])
def test_what_is_no_range_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="tempo"):
        read_bpm(text)


def test_keys_are_read_alone_together_and_with_those_that_mix() -> None:
    assert read_keys("8A") == read_keys("Am") == {A_MINOR}
    assert {key.camelot for key in read_keys("8A, 3B")} == {"8A", "3B"}
    assert {key.camelot for key in read_keys("8A+")} == {"8A", "7A", "9A", "8B"}
    with pytest.raises(ValueError, match="'H' is no key"):
        read_keys("8A,H")


def test_limits_want_a_value_where_they_ask_for_one() -> None:
    song = TrackValues(bpm=127.96, key=A_MINOR)
    assert ValueLimits().hold(None)
    assert ValueLimits(128, 130).hold(song)
    assert not ValueLimits(120, 127.9).hold(song)
    assert not ValueLimits(120, 130).hold(TrackValues())
    assert ValueLimits(keys=frozenset({A_MINOR})).hold(song)
    assert not ValueLimits(keys=frozenset({MusicalKey(0)})).hold(song)
    assert not ValueLimits(keys=frozenset({A_MINOR})).hold(None)


def test_neighbours_and_double_tempo_mix_and_the_unknown_does() -> None:
    tracks = [
        TrackValues(bpm=128, key=A_MINOR),
        TrackValues(bpm=64.5, key=MusicalKey(0)),
        TrackValues(bpm=100, key=A_MINOR),
        TrackValues(bpm=126, key=MusicalKey(6)),
        None,
    ]
    clash = clashes(tracks)
    assert (clash == clash.T).all()
    assert clash[0].tolist() == [False, False, True, True, False]
    assert not clash[4].any()


@given(st.integers(0, 8), st.integers(0, 2**32 - 1))
def test_an_order_has_all_and_clashes_only_where_it_must(size: int, seed: int) -> None:
    clash = np.random.default_rng(seed).random((size, size)) < 0.5
    clash = clash & clash.T & ~np.eye(size, dtype=bool)
    order = order_by_mixing(clash)
    assert sorted(order) == list(range(size))
    assert order[:1] == list(range(min(size, 1)))
    for place in range(1, size):
        if clash[order[place - 1], order[place]]:
            assert all(clash[order[place - 1], other] for other in order[place:])
