"""Names of clusters: what the members agree on, in the listener's words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from musicemb.core.clustering.naming import Members, name_clusters


def members(
    genres: dict[str, int], *, size: int = 0, artists: tuple[str, ...] = ("Nina Simone",), name: str = ""
) -> Members:
    listed = [(genre,) for genre, count in genres.items() for _ in range(count)]
    return Members(size or max(len(listed), 1), listed, artists, name)


@pytest.mark.parametrize(
    ("found", "name"),
    [
        (members({"jazz": 8, "blues": 4}), "Jazz"),
        (members({"jazz": 4, "blues": 3, "soul": 3}), "Jazz / Blues"),
        (members({"jazz": 2}), "around Nina Simone"),
        (members({f"style {number}": 1 for number in range(10)}), "around Nina Simone"),
        (members({"jazz": 5}, size=100), "around Nina Simone"),
        (members({}), "around Nina Simone"),
        (members({}, artists=("Various Artists", "", "Björk\nx")), "around Björk x"),
        (members({}, artists=()), "cluster 7"),
        (members({}, artists=("A" * 1000,)), "around " + "A" * 39 + "…"),
    ],
)
def test_names(found: Members, name: str) -> None:
    assert name_clusters({7: found}) == {7: name}


def test_names_are_in_the_listeners_words() -> None:
    assert name_clusters({1: members({"hip-hop": 5})}, {"hip-hop": "HipHop"}) == {1: "HipHop"}


def test_no_two_names_are_alike_and_the_larger_cluster_has_the_plain_one() -> None:
    rock = {"rock": 5}
    names = name_clusters(
        {
            1: members(rock),
            2: members({"rock": 9}, artists=("Nirvana",)),
            3: members(rock),
            4: members(rock),
            5: members({}, artists=()),
            6: members({}, artists=()),
        }
    )
    assert names[2] == "Rock"
    assert names[1] == "Rock around Nina Simone"
    assert len({name.casefold() for name in names.values()}) == 6


def test_a_name_that_fits_is_kept() -> None:
    # Two of five is too little for a new name, and enough for one that is known.
    wavering = {"jazz": 4, "blues": 5}
    assert name_clusters({1: members(wavering)}) == {1: "Blues"}
    assert name_clusters({1: members(wavering, name="Jazz")}) == {1: "Jazz"}
    assert name_clusters({1: members({"jazz": 1, "blues": 5}, name="Jazz")}) == {1: "Blues"}
    assert name_clusters({1: members({"rock": 5}, name="Rock around Nina Simone")}) == {1: "Rock around Nina Simone"}
    assert name_clusters({1: members({"rock": 5}, name="Rock around Bach")}) == {1: "Rock"}
    assert name_clusters({1: members({}, name="around Nina Simone")}) == {1: "around Nina Simone"}
    assert name_clusters({1: members({"jazz": 5}, name="around Nina Simone")}) == {1: "Jazz"}
    assert name_clusters({1: members({"jazz": 9}, name="Jazz / Blues")}) == {1: "Jazz"}


def test_a_kept_name_is_not_given_to_another() -> None:
    names = name_clusters({1: members({"rock": 50}), 2: members({"rock": 5}, name="Rock")})
    assert names == {1: "Rock around Nina Simone", 2: "Rock"}


def test_what_sets_the_sound_apart_names_where_genres_do_not() -> None:
    apart = Members(12, [], ("Nina Simone",), words=("slow", "dark", "sustained"), still=("slow", "dark", "sustained"))
    other = replace(apart, artists=("Bill Evans",))
    assert name_clusters({1: apart, 2: other}) == {1: "slow, dark", 2: "slow, dark around Bill Evans"}
    assert name_clusters({1: replace(apart, genres=[("jazz",)] * 8)}) == {1: "Jazz"}


def test_artist_of_a_name_is_at_home_in_the_cluster() -> None:
    elsewhere = members({}, artists=("Nina Simone", *["Bill Evans"] * 8), size=9)
    names = name_clusters({1: elsewhere, 2: members({}, artists=("Bill Evans", "Björk", "Bill Evans"), size=3)})
    assert names == {1: "around Nina Simone", 2: "around Björk"}


def test_a_name_by_sound_stays_while_it_fits() -> None:
    wavering = Members(12, [], ("Nina Simone",), "slow, dark", ("bright",), ("bright", "dark", "slow"))
    assert name_clusters({1: wavering}) == {1: "slow, dark"}
    assert name_clusters({1: replace(wavering, still=("bright", "dark"))}) == {1: "bright"}
