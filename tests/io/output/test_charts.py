"""Pictures are made of what they are given, and evil words do them no harm."""

from __future__ import annotations

import math

import numpy as np
import pytest

from musicemb.io.output.charts import draw_curves, draw_intervals, draw_matrix

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
    small = draw_matrix(np.eye(2), ["a", "b"], title="t")
    large = draw_matrix(np.eye(8), [str(i) for i in range(8)], title="t")
    assert size(large) > size(small)
    assert small == draw_matrix(np.eye(2), ["a", "b"], title="t")
    assert small != draw_matrix(np.eye(2)[::-1], ["a", "b"], title="t")


def test_a_contestant_keeps_its_colour_where_it_is_not_the_first() -> None:
    figures = {"precision@5": (0.5, 0.4, 0.6)}
    drawn = [draw_intervals({"encoder": figures}, title="t", first=first) for first in (0, 1, 0)]
    assert drawn[0] == drawn[2] != drawn[1]


def test_one_epoch_and_nothing_but_gaps_can_be_drawn() -> None:
    size(draw_curves({"loss": {"train": [1.0], "held out": [math.nan]}}, title="one"))
    size(draw_intervals({"encoder": {"f": (0.5, math.nan, math.nan)}}, title="no interval"))
