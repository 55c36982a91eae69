"""Membership, matching and naming: what keeps clusters recognisable from scan to scan."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from musicemb.core.clustering.matching import match_clusters
from musicemb.core.clustering.membership import find_typicality, join_clusters, reach_clusters
from musicemb.core.clustering.naming import Members, name_clusters
from musicemb.records import NOISE


def unit(rows: np.ndarray) -> np.ndarray:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def pair_of_groups(n: int = 40) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1], n // 2)
    return unit(np.eye(4)[labels] + 0.05 * rng.normal(size=(n, 4))), labels


def test_newcomers_join_the_cluster_around_them_or_none() -> None:
    known, labels = pair_of_groups()
    newcomers = unit(np.array([[1, 0.02, 0, 0], [0, 1, 0.02, 0], [0, 0, 1, 0], [np.nan] * 4]))
    joined, strengths, near = join_clusters(newcomers, known, labels, np.ones(40))
    # One that lies apart still has its five nearest in one cluster; core.clusters would call it noise.
    assert joined[:2].tolist() == [0, 1]
    assert joined[3] == NOISE
    assert near[3] == NOISE
    assert strengths[:2].tolist() == [1, 1]
    among_noise, weak, reached = join_clusters(
        newcomers[:1], known, np.where(np.arange(40) < 38, NOISE, 1), np.ones(40)
    )
    assert among_noise.tolist() == [NOISE]
    assert reached.tolist() == [1]
    assert 0 < weak[0] < 1


@pytest.mark.parametrize("known", [0, 1, 3])
def test_joining_among_few_or_none(known: int) -> None:
    rows = unit(np.eye(4)[:2] + 0.1)
    labels = np.zeros(known, dtype=np.int64)
    joined, strengths, near = join_clusters(rows, np.repeat(rows[:1], known, axis=0), labels, np.ones(known))
    assert joined.shape == strengths.shape == near.shape == (2,)
    assert (joined == (0 if known else NOISE)).all()


def test_reach_is_nearer_for_what_is_nearer() -> None:
    rows, labels = pair_of_groups()
    strays = unit(np.array([[1, 0.2, 0, 0], [1, 0.5, 0, 0], [1, 0.9, 0, 0]]))
    everyone, homes = np.concatenate([rows, strays]), np.concatenate([labels, [NOISE] * 3])
    near, strengths = reach_clusters(everyone, homes, np.arange(40, 43))
    assert near.tolist() == [0, 0, 0]
    assert strengths[0] > strengths[1] > strengths[2] > 0


def test_no_cluster_no_reach() -> None:
    near, strengths = reach_clusters(np.eye(4), np.full(4, NOISE), np.arange(4))
    assert near.tolist() == [NOISE] * 4
    assert not strengths.any()
    assert_array_equal(find_typicality(np.eye(4), np.full(4, NOISE), np.zeros(4), np.full(4, NOISE)), np.zeros(4))


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 60), st.integers(1, 6), st.integers(0, 1000))
def test_renamed_clusters_are_matched_to_themselves(n: int, clusters: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    old = rng.integers(-1, clusters, size=n)
    names = rng.permutation(100)[:clusters]
    new = np.where(old >= 0, names[old], NOISE)
    matched = match_clusters(old, new)
    assert matched == {int(names[cluster]): int(cluster) for cluster in set(old.tolist()) - {NOISE}}


def test_matches_are_one_to_one_and_keep_the_most_tracks() -> None:
    old = np.repeat([0, 1, 2], [40, 30, 10])
    split = np.concatenate([np.repeat([5, 6], [25, 15]), np.repeat(7, 30), np.repeat(7, 10)])
    # 0 fell in two: the larger part is it. 1 and 2 grew together: 1 brought more.
    assert match_clusters(old, split) == {5: 0, 7: 1}


def test_clusters_that_share_little_are_not_the_same() -> None:
    old = np.repeat([0, NOISE], [40, 100])
    new = np.concatenate([np.repeat(NOISE, 30), np.repeat(3, 60), np.repeat(NOISE, 50)])
    assert match_clusters(old, new) == {}
    assert match_clusters(np.full(5, NOISE), np.zeros(5, dtype=int)) == {}


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
