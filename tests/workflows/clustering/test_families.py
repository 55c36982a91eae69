"""Families of groups have names by the groups' rules, and none that a group has."""

from __future__ import annotations

from dataclasses import replace

from musicemb.core.clustering.naming import Members
from musicemb.records import Family
from musicemb.workflows.clustering.families import name_families


def group(genre: str, size: int, *artists: str, words: tuple[str, ...] = ()) -> Members:
    return Members(size, [(genre,)] * size, artists, words)


MEMBERS = {
    1: group("techno", 10, "A", "B"),
    2: group("house", 9, "C", "D"),
    3: group("jazz", 8, "E", "F", words=("slow", "dark")),
    4: group("jazz", 7, "G", words=("dark", "slow")),
    5: group("folk", 7, "H"),
}


def test_a_family_is_named_by_what_its_groups_share() -> None:
    families = (Family("", (1, 2)), Family("", (3, 4)))
    assert name_families(families, MEMBERS, ["Techno", "House"]) == (
        Family("Electronic", (1, 2)),
        Family("Jazz, slow, dark", (3, 4)),
    )


def test_a_family_without_tags_is_named_by_what_is_heard_in_all_of_its_groups() -> None:
    heard = Members(9, [], ["A"], likely=[{"rock": 0.6, "metal": 0.5}] * 9, heard=("punk", "metal"))
    other = replace(heard, artists=["B"], heard=("metal", "grunge"))
    assert name_families((Family("", (1, 2)),), {1: heard, 2: other}, []) == (Family("Metal", (1, 2)),)
    nothing = replace(other, heard=("grunge",))
    assert name_families((Family("", (1, 2)),), {1: heard, 2: nothing}, []) == (Family("mixed", (1, 2)),)


def test_no_name_is_there_twice() -> None:
    families = (Family("", (1, 2)), Family("", (3, 5)), Family("", (4, 9)))
    named = name_families(families, MEMBERS, ["ELECTRONIC", "Mixed", "Jazz / Folk"])
    assert [family.name for family in named] == ["Electronic (A, C)", "Jazz / Folk (E, H)"]
    twice = name_families((Family("", (1, 2)), Family("", (2, 1))), MEMBERS, [])
    assert len({family.name for family in twice}) == 2


def test_a_family_of_unknown_artists_is_told_apart_by_a_track() -> None:
    groups = {one: Members(9, [], [""], titles=[f"Song of {name}"]) for one, name in enumerate(["A", "B", "C", "D"])}
    named = name_families((Family("", (0, 1)), Family("", (2, 3))), groups, [])
    assert [family.name for family in named] == ['mixed (like "Song of A")', 'mixed (like "Song of C")']


def test_a_family_of_one_is_none() -> None:
    assert name_families((Family("Jazz", (3, 8)), Family("x", (7, 8))), MEMBERS, []) == ()
    assert name_families((), MEMBERS, []) == ()
