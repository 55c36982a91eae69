"""What the map is coloured by."""

from __future__ import annotations

from musicemb.records import SoundValues
from musicemb.settings import MAP_COLOURS, MAP_GREY
from musicemb.workflows.mapping.colours import colour_bands, colour_by_values


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
