"""Names of clusters: what the members bear out, in the listener's words."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musicemb.core.clustering.naming import MIXED, Members, agreed_genres, name_clusters
from musicemb.core.genres.families import ancestors_of


def members(genres: dict[str, int], *, size: int = 0, artists: tuple[str, ...] = ("Nina Simone",)) -> Members:
    listed = [(genre,) for genre, count in genres.items() for _ in range(count)]
    return Members(size or max(len(listed), 1), listed, artists)


@pytest.mark.parametrize(
    ("found", "name"),
    [
        (members({"jazz": 8, "blues": 4}), "Jazz"),
        (members({"jazz": 5, "blues": 4, "folk": 1}), "Jazz / Blues"),
        (members({"jazz": 4, "blues": 3, "country": 3}), "Jazz / Blues"),
        (members({"jazz": 3, "blues": 2, "country": 2, "latin": 2}), MIXED),
        (members({"jazz": 3, "blues": 3, "country": 3, "latin": 3, "folk": 3, "ska": 3}), MIXED),
        (members({"jazz": 2}), MIXED),
        (members({"metal": 4, "punk": 3, "indie rock": 3}), "Rock"),
        (members({"metal": 4, "punk": 2, "jazz": 4}), "Rock"),
        (members({"doom metal": 7, "rock": 1, "metal": 2}), "Doom Metal"),
        (members({"rock": 4, "pop": 4, "jazz": 2}), "Pop / Rock"),
        (members({"pop/rock": 6, "rock": 2, "jazz": 2}), "Pop Rock"),
        (members({f"style {number}": 1 for number in range(10)}), MIXED),
        (members({"jazz": 5}, size=100), MIXED),
        (members({}), MIXED),
    ],
)
def test_names(found: Members, name: str) -> None:
    assert name_clusters({7: found}) == {7: name}


def test_names_are_in_the_listeners_words() -> None:
    assert name_clusters({1: members({"hip-hop": 5})}, {"hip-hop": "HipHop"}) == {1: "HipHop"}


def test_nothing_is_said_twice() -> None:
    found = replace(members({"hip-hop": 9}), words=("rap", "male voice", "energetic"))
    assert name_clusters({1: found}) == {1: "Hip-Hop, male voice, energetic"}
    assert name_clusters({1: replace(members({"jazz": 9}), words=("rap", "slow"))}) == {1: "Jazz, rap, slow"}


def test_what_sets_the_sound_apart_comes_next_then_two_typical_artists() -> None:
    slow = replace(members({"blues": 9}, artists=("James Campbell", "Little Walter")), words=("slow", "dark", "x"))
    assert name_clusters({1: slow}) == {1: "Blues, slow, dark"}
    assert name_clusters({1: slow, 2: members({"blues": 3})}) == {1: "Blues, slow, dark", 2: "Blues"}
    other = replace(slow, size=3, artists=("Various Artists", "", "Björk\nx"))
    assert name_clusters({1: slow, 2: other}) == {
        1: "Blues, slow, dark (James Campbell, Little Walter)",
        2: "Blues, slow, dark (Björk x)",
    }
    nobody = replace(slow, artists=())
    assert set(name_clusters({1: nobody, 2: nobody, 3: nobody}).values()) == {
        "Blues, slow, dark",
        "Blues, slow, dark, another",
        "Blues, slow, dark, another, another",
    }
    long = replace(slow, artists=("A" * 1000,))
    assert name_clusters({1: long, 2: slow})[1] == "Blues, slow, dark (" + "A" * 39 + "…)"


def test_a_typical_track_tells_groups_apart_whose_artists_are_unknown() -> None:
    titles = ("Track 07", "12", "\udcffx und mehr", "Nine\nLives", "A" * 90)
    nobody = replace(members({}, artists=("", "Unknown Artist"), size=4), titles=titles)
    found = name_clusters({1: nobody, 2: replace(nobody, size=3), 3: replace(nobody, size=2)})
    assert found == {1: 'mixed (like "Nine Lives")', 2: f'mixed (like "{"A" * 39}…")', 3: "mixed"}
    known = replace(nobody, artists=("Björk",))
    assert name_clusters({1: known, 2: nobody})[1] == "mixed (Björk)"


def test_artists_of_a_name_are_at_home_in_the_cluster() -> None:
    elsewhere = members({}, artists=("Nina Simone", *["Bill Evans"] * 8), size=9)
    names = name_clusters({1: elsewhere, 2: members({}, artists=("Bill Evans", "Björk", "Bill Evans"), size=3)})
    assert names == {1: "mixed (Nina Simone, Bill Evans)", 2: "mixed (Björk, Bill Evans)"}


GENRES = st.sampled_from(["rock", "metal", "punk", "pop", "jazz", "bebop", "soul", "unheard of"])


@given(st.lists(st.lists(st.lists(GENRES, max_size=2), min_size=1, max_size=12), min_size=1, max_size=8))
def test_no_number_no_name_twice_and_each_borne_out(clusters: list[list[list[str]]]) -> None:
    found = {
        place: Members(len(rows), [tuple(row) for row in rows if row], [f"Artist {chr(65 + place)}"] * len(rows))
        for place, rows in enumerate(clusters)
    }
    names = name_clusters(found)
    assert len({name.casefold() for name in names.values()}) == len(found)
    assert not any(re.search(r"\d", name) for name in names.values())
    for one in found.values():
        agreed = set(agreed_genres(one))
        carrying = sum(any(agreed & {genre, *ancestors_of(genre)} for genre in genres) for genres in one.genres)
        assert not agreed or carrying >= 0.6 * len(one.genres)


def likely(*chances: dict[str, float], tagged: int = 0, size: int = 0) -> Members:
    return Members(size or len(chances) + tagged, [("jazz",)] * tagged, (), likely=chances)


@pytest.mark.parametrize(
    ("found", "words"),
    [
        # Sure guesses are as good as tags; less sure ones only together, and never beyond what is to be expected.
        (likely(*[{"jazz": 0.9}] * 20), ("jazz",)),
        (likely(*[{"jazz": 0.58}] * 20), ()),
        (likely(*[{"jazz": 0.69}] * 20), ()),
        (likely(*[{"jazz": 0.65}] * 200), ("jazz",)),
        (likely(*[{"jazz": 0.5}] * 10, tagged=10), ("jazz",)),
        (likely(*[{"jazz": 0.1}] * 10, tagged=10), ()),
        (likely(*[{"rock": 0.95, "indie rock": 0.4}] * 20), ("rock",)),
        (likely(*[{"rock": 0.95, "indie rock": 0.9}] * 20), ("indie rock",)),
        (likely(*[{"jazz": 0.4, "blues": 0.4, "folk": 0.1}] * 20), ("blues", "jazz")),
        (likely(*[{"jazz": 0.3, "blues": 0.25, "folk": 0.22, "latin": 0.1}] * 30), ()),
        (likely(*[{"jazz": 0.2, "blues": 0.2, "folk": 0.2, "latin": 0.2}] * 30), ()),
        (likely(*[{}] * 9), ()),
        # Few of many are known: the others may be anything.
        (likely(*[{"jazz": 1.0}] * 7, *[{}] * 4, size=11), ("jazz",)),
        (likely(*[{"jazz": 1.0}] * 7, *[{}] * 4, size=100), ()),
    ],
)
def test_what_is_likely_counts_for_as_much_as_it_is(found: Members, words: tuple[str, ...]) -> None:
    assert agreed_genres(found) == words


def test_names_that_are_taken_are_not_given_again() -> None:
    found = members({"jazz": 9}, artists=("A", "B"))
    assert name_clusters({1: found}, taken=["JAZZ"]) == {1: "Jazz (A, B)"}
    assert name_clusters({1: found}, taken=["Jazz", "Jazz (A, B)", "Blues"]) == {1: "Jazz (A)"}


HEARD = replace(likely(*[{"rock": 0.5, "metal": 0.2}] * 10), heard=("children's", "metal"))


@pytest.mark.parametrize(
    ("found", "words"),
    [
        # Of what is heard the first that the guesses lean to, or what it belongs to.
        (HEARD, ("rock",)),
        (replace(HEARD, likely=[{"rock": 0.55, "metal": 0.45}] * 10), ("metal",)),
        (replace(HEARD, likely=[{"children's": 0.5}] * 10), ("children's",)),
        (replace(HEARD, likely=[{"rock": 0.3}] * 10), ()),
        (replace(HEARD, likely=[{"jazz": 0.5}] * 10), ()),
        # What is sure, and what the listener says, comes first.
        (replace(HEARD, likely=[{"pop/rock": 0.95, "rock": 0.5}] * 10), ("pop/rock",)),
        (replace(HEARD, genres=[("jazz",)], size=11), ("rock",)),
        (replace(HEARD, genres=[("jazz",)] * 2, size=12), ()),
        (replace(HEARD, likely=[], size=10), ()),
        (replace(HEARD, likely=[{}] * 10), ()),
        (replace(HEARD, likely=[{"metal": 1.0}] * 2, size=2), ()),
    ],
)
def test_groups_without_tags_are_named_by_what_is_heard_and_likely(found: Members, words: tuple[str, ...]) -> None:
    assert agreed_genres(found) == words
