"""Pictures are made of what they are given, and evil words do them no harm."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from musicemb.io.pictures import MAP_MARK, draw_curves, draw_intervals, draw_map, draw_matrix
from musicemb.map_records import Colouring, MapGroup, MusicMap
from musicemb.records import Track, TrackTags

EVIL = ["$\\frac{", "<script>", "\x00tab\t", "漢字 🎵", "x" * 500]


def size(png: bytes) -> tuple[int, int]:
    assert png.startswith(b"\x89PNG\r\n")
    return int.from_bytes(png[16:20], "big"), int.from_bytes(png[20:24], "big")


@pytest.mark.filterwarnings("ignore:Glyph:UserWarning")
def test_words_from_tags_break_no_picture() -> None:
    assert size(draw_matrix(np.eye(5), EVIL, title=EVIL[0], counts=True))[0] > 300
    curves = {EVIL[0]: {name: [1.0, math.nan, 2.0] for name in EVIL}}
    assert size(draw_curves(curves, title=EVIL[1]))[0] > 300
    assert size(draw_intervals({name: {"a": (0.5, 0.4, 0.6)} for name in EVIL}, title=EVIL[4]))[0] > 300


def test_a_picture_grows_with_what_it_shows_and_is_the_same_again() -> None:
    small = draw_matrix(np.eye(3), ["a", "b", "c"], title="t")
    large = draw_matrix(np.eye(9), [str(i) for i in range(9)], title="t")
    assert size(large) > size(small)
    assert small == draw_matrix(np.eye(3), ["a", "b", "c"], title="t")
    assert small != draw_matrix(np.eye(3)[::-1], ["a", "b", "c"], title="t")


def test_a_contestant_keeps_its_colour_where_it_is_not_the_first() -> None:
    figures = {"precision@5": (0.5, 0.4, 0.6)}
    drawn = [draw_intervals({"encoder": figures}, title="t", first=first) for first in (0, 1, 0)]
    assert drawn[0] == drawn[2] != drawn[1]


def test_one_epoch_and_nothing_but_gaps_can_be_drawn() -> None:
    size(draw_curves({"loss": {"train": [1.0], "held out": [math.nan]}}, title="one"))
    size(draw_intervals({"encoder": {"f": (0.5, math.nan, math.nan)}}, title="no interval"))


def test_a_map_is_drawn_whatever_is_in_it() -> None:
    shades = [f"#{number * 5 % 256:02x}8090" for number in range(40)]
    groups = tuple(MapGroup(EVIL[number % 5], 5, shade) for number, shade in enumerate(shades))
    for count in (1, 2, 200):
        tracks = tuple(Track(number, Path("/a.mp3"), TrackTags(), 1.0, "") for number in range(count))
        members = np.arange(count) % 40
        none = np.full((count, 1), -1)
        colourings = {"cluster": Colouring(groups if count == 200 else groups[:count], members)}
        places = np.random.default_rng(count).random((count, 2))
        music = MusicMap(tracks, places, none, none.astype(np.float32), colourings, "kept", 0)
        picture = draw_map(music)
        assert size(picture)[0] > 800
        assert MAP_MARK in picture[:4096]
        assert picture == draw_map(music)
