"""What the map is coloured by."""

from __future__ import annotations

from pathlib import Path

import pytest

from musicemb.records import SoundValues, Track, TrackTags, TrackValues
from musicemb.settings import MAP_COLOURS, MAP_GREY
from musicemb.workflows.mapping import colours
from musicemb.workflows.mapping.colours import colour_bands, colour_by_tempo, colour_by_values


def test_what_is_heard_has_three_ways_of_colouring() -> None:
    values = [
        SoundValues(("sad", "calm"), (), "none", "", "low"),
        SoundValues(("sad",), (), "female", "", "high"),
        SoundValues(("happy",)),
        SoundValues(),
    ]
    found = colour_by_values(values)
    assert list(found) == ["mood", "voice", "energy"]
    assert [(group.name, group.size) for group in found["mood"].groups] == [
        ("sad", 2),
        ("happy", 1),
        ("no clear mood", 1),
    ]
    assert found["mood"].members.tolist() == [0, 0, 1, 2]
    assert [group.colour for group in found["mood"].groups] == [*MAP_COLOURS[:2], MAP_GREY]
    assert [group.name for group in found["voice"].groups] == ["female voice", "no voice", "not known"]
    assert [group.name for group in found["energy"].groups] == ["high", "low", "not known"]
    assert colour_by_values([]) == {}


def test_bands_stand_in_their_order_and_empty_ones_are_left_out() -> None:
    bands = {"fast": ("over 120", "#000001"), "even": ("90 to 120", "#000002"), "slow": ("under 90", "#000003")}
    found = colour_bands(["slow", "slow", "fast", ""], bands)
    assert [(group.name, group.size, group.colour) for group in found.groups] == [
        ("over 120", 1, "#000001"),
        ("under 90", 2, "#000003"),
        ("not known", 1, MAP_GREY),
    ]
    assert found.members.tolist() == [1, 1, 0, 2]


def test_tempos_stand_from_fast_to_slow() -> None:
    measured = [TrackValues(bpm=174.0), TrackValues(bpm=120.0), TrackValues(), None]
    tracks = [Track(row, Path("/a"), TrackTags(), 1.0, "", values=values) for row, values in enumerate(measured)]
    found = colour_by_tempo(tracks)["tempo"]
    assert [group.name for group in found.groups] == ["over 140 BPM", "120 to 140 BPM", "not known"]
    assert found.members.tolist() == [0, 1, 2, 2]
    assert colour_by_tempo(tracks[2:]) == {}


@pytest.mark.parametrize("table", [colours._TEMPOS, colours._ENERGIES])
def test_what_has_an_order_has_colours_that_stand_out_on_both_pages(table: dict[str, tuple[str, str]]) -> None:
    shades = [shade for _, shade in table.values()]
    assert set(shades) <= set(MAP_COLOURS)  # whose contrasts tests/settings/test_library.py holds
    assert len(set(shades)) == len(shades)
