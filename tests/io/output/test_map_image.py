"""The picture of a map: drawn whatever is in it, groups named where there is room."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from laws import cases

from musicemb.io.output.map_image import MAP_MARKS, draw_map
from musicemb.records import Colouring, MapGroup, MusicMap, Track, TrackTags
from musicemb.settings import MAP_COLOURS, MAP_GREY

EVIL = ("$\\frac{", "<script>", "\x00tab\t", "漢字 🎵", "x" * 500)


def made(places: np.ndarray, groups: list[MapGroup], members: list[int]) -> MusicMap:
    tracks = tuple(Track(number, Path("/a.mp3"), TrackTags(), 1.0, "") for number in range(len(places)))
    none = np.full((len(places), 1), -1)
    colourings = {"cluster": Colouring(tuple(groups), np.array(members))}
    return MusicMap(tracks, places, none, none.astype(np.float32), colourings, "kept", 0)


@pytest.mark.parametrize("count", cases([1, 2, 200], [1, 50]))
def test_a_map_is_drawn_whatever_is_in_it(count: int) -> None:
    groups = [MapGroup(EVIL[number % 5], 5, f"#{number * 5 % 256:02x}8090") for number in range(min(count, 10))]
    music = made(np.random.default_rng(count).random((count, 2)), groups, [row % 10 for row in range(count)])
    picture = draw_map(music)
    assert picture.startswith(b"\x89PNG\r\n")
    assert int.from_bytes(picture[16:20], "big") > 800
    assert MAP_MARKS[".png"] in picture[:4096]
    assert count < 50 or picture == draw_map(music)


def test_groups_are_named_where_there_is_room(monkeypatch: pytest.MonkeyPatch) -> None:
    from musicemb.io.output import map_image as map_picture

    drawn: list[object] = []
    monkeypatch.setattr(map_picture, "png", lambda figure, _: drawn.append(figure) or b"")
    far, near = np.array([[0.0, 0.0], [9.0, 9.0]]), np.array([[9.0, 9.01], [4.0, 4.0], [0.0, 9.0]])
    places = np.repeat(np.vstack([far, near]), 4, axis=0)
    names = ("Rock", "Jazz", "Folk", "alone", "Few")
    groups = [MapGroup(name, 4, MAP_GREY if name == "alone" else MAP_COLOURS[0]) for name in names]
    members = [0] * 4 + [1] * 4 + [2] * 4 + [3] * 6 + [4] * 2
    draw_map(made(places, groups, members))
    # Folk would stand on Jazz, "alone" is no group, and two tracks are not worth a name on the map.
    assert [text.get_text() for text in drawn[0].axes[0].texts] == ["Rock", "Jazz"]  # type: ignore[attr-defined]


def test_what_lies_all_over_the_map_is_in_the_legend_and_the_groups_have_names(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from musicemb.io.output import map_image as map_picture

    drawn: list[Any] = []
    monkeypatch.setattr(map_picture, "png", lambda figure, _: drawn.append(figure) or b"")
    places = np.repeat(np.array([[0.0, 0.0], [9.0, 9.0]]), 4, axis=0)
    music = made(places, [MapGroup(name, 4, MAP_COLOURS[0]) for name in ("Rock", "Jazz")], [0] * 4 + [1] * 4)
    bands = (MapGroup("under 70 BPM", 4, MAP_COLOURS[1]), MapGroup("fast", 4, MAP_COLOURS[2]))
    slow = Colouring(bands, (places[:, 0] > 0).astype(np.int64))
    music = replace(music, colourings={**music.colourings, "tempo": slow})
    draw_map(music, colour_by="tempo")
    axis = drawn[0].axes[0]
    assert {text.get_text() for text in axis.texts} == {"Rock", "Jazz"}
    legend = [text.get_text() for text in (axis.get_legend() or drawn[0].legends[0]).get_texts()]
    assert [text.split("  ")[0] for text in legend] == ["under 70 BPM", "fast"]


def test_a_drawing_is_of_lines_and_says_what_made_it() -> None:
    music = made(np.random.default_rng(1).random((9, 2)), [MapGroup("Rock", 9, MAP_COLOURS[0])], [0] * 9)
    drawing = draw_map(music, suffix=".svg")
    assert drawing.startswith(b"<?xml")
    assert MAP_MARKS[".svg"] in drawing[:4096]
    assert drawing == draw_map(music, suffix=".svg")
