"""What sets clusters apart is said where it is clear, and only there."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from musicemb.core.clustering.traits import confirm_traits, find_traits
from musicemb.records import NOISE, AcousticDescriptors


def sounds(
    count: int, tempo: float, brightness: float, energy: float, seed: int = 0
) -> list[AcousticDescriptors | None]:
    spread = np.random.default_rng(seed).uniform(0.95, 1.05, (count, 3))
    return [AcousticDescriptors(tempo * a, brightness * b, energy * c) for a, b, c in spread.tolist()]


LABELS = np.array([0] * 20 + [1] * 20)


def words(described: list[AcousticDescriptors | None], labels: np.ndarray = LABELS) -> dict[int, set[str]]:
    return {cluster: {trait.word for trait in traits} for cluster, traits in find_traits(described, labels).items()}


def test_slow_and_dark_beside_fast_and_bright() -> None:
    described = sounds(20, 70, 900, 40) + sounds(20, 140, 1800, 40, seed=1)
    assert words(described) == {0: {"slow", "dark"}, 1: {"fast", "bright"}}
    text = {trait.word: trait.text for trait in find_traits(described, LABELS)[0]}
    assert text["slow"].startswith("slow: ")
    assert "BPM, elsewhere 1" in text["slow"]
    assert "Hz, elsewhere 1,8" in text["dark"]


def test_like_clusters_have_no_traits() -> None:
    described = sounds(20, 100, 1200, 40) + sounds(20, 100, 1200, 40, seed=1)
    assert words(described) == {0: set(), 1: set()}


def test_a_difference_that_nobody_hears_is_not_said() -> None:
    described = sounds(20, 100, 1000, 40) + sounds(20, 100, 1090, 40, seed=1)
    assert words(described) == {0: set(), 1: set()}


def test_slower_than_very_fast_is_not_slow() -> None:
    described = sounds(20, 125, 1000, 40) + sounds(20, 175, 1000, 40, seed=1)
    assert words(described) == {0: set(), 1: {"fast"}}


def test_no_tempo_is_said_where_few_have_one() -> None:
    described = sounds(20, 70, 1000, 40)[:6] + sounds(14, 0, 1000, 40) + sounds(20, 140, 1000, 40, seed=1)
    assert words(described) == {0: {"no steady beat"}, 1: {"fast", "steady beat"}}


def test_sustained_and_percussive() -> None:
    described = sounds(20, 100, 1000, 30) + sounds(20, 100, 1000, 60, seed=1)
    assert words(described) == {0: {"sustained"}, 1: {"percussive"}}


def test_tracks_that_were_not_described_say_nothing() -> None:
    assert words([None] * 40) == {0: set(), 1: set()}
    few: list[AcousticDescriptors | None] = [*sounds(4, 70, 900, 40), *[None] * 16]
    assert words(few + sounds(20, 140, 1800, 40))[0] == set()


def test_noise_is_the_rest_and_has_no_traits() -> None:
    described = sounds(20, 70, 900, 40) + sounds(20, 140, 1800, 40, seed=1)
    assert words(described, np.array([5] * 20 + [NOISE] * 20)) == {5: {"slow", "dark"}}


@settings(deadline=None)
@given(st.permutations(range(40)))
def test_the_order_of_the_tracks_does_not_matter(order: list[int]) -> None:
    described = sounds(20, 70, 900, 40) + sounds(20, 140, 1800, 40, seed=1)
    again = find_traits([described[place] for place in order], LABELS[order])
    assert again == find_traits(described, LABELS)


def test_a_word_for_a_name_holds_for_members_that_did_not_choose_it() -> None:
    slow, fast = AcousticDescriptors(70.0, 1000.0, 5.0), AcousticDescriptors(140.0, 1000.0, 5.0)
    labels = np.repeat([0, 1], 20)
    found = confirm_traits([slow] * 20 + [fast] * 20, labels)
    assert {cluster: [trait.word for trait in traits] for cluster, traits in found.items()} == {
        0: ["slow"],
        1: ["fast"],
    }
    torn = [slow if number % 2 == 0 else fast for number in range(20)]  # one half says slow, the other does not
    assert confirm_traits(torn + [fast] * 20, labels)[0] == ()
