"""A word names a cluster where both halves of its members bear it out, and the rest of the library does not."""

from __future__ import annotations

import numpy as np

from musicemb.core.clustering.sound_words import find_words
from musicemb.records import NOISE

LABELS = np.array([0] * 20 + [1] * 20 + [NOISE] * 10)


def shares(first: float, second: float, others: float = 0.0) -> np.ndarray:
    """A word that so many tracks of each cluster have, spread evenly over both halves."""
    told = [np.arange(count) % 20 < share * 20 for share, count in ((first, 20), (second, 20), (others, 10))]
    return np.concatenate(told)


def test_what_most_members_have_and_others_have_not() -> None:
    told = np.stack([shares(0.9, 0.1), shares(0.7, 0.1), shares(0.1, 0.8)], axis=1)
    found = find_words(["calm", "piano", "rap"], told, LABELS)
    assert [trait.word for trait in found[0]] == ["calm", "piano"]
    assert [trait.word for trait in found[1]] == ["rap"]
    assert found[0][0].text == "calm: 90% of the tracks, elsewhere 7%"


def test_what_all_have_sets_nothing_apart() -> None:
    told = np.stack([shares(1.0, 0.9, 1.0), shares(0.5, 0.0)], axis=1)
    assert find_words(["calm", "piano"], told, LABELS) == {0: (), 1: ()}


def test_the_half_that_did_not_choose_a_word_must_bear_it_out() -> None:
    told = np.zeros((50, 1), dtype=bool)
    told[:20:2] = True  # every second member: half of them all, all of one half
    told[1:8:2] = True
    assert told[:20].mean() == 0.7
    assert find_words(["calm"], told, LABELS)[0] == ()


def test_few_members_and_no_others_say_nothing() -> None:
    told = np.ones((12, 1), dtype=bool)
    told[5:] = False
    assert find_words(["calm"], told, np.array([0] * 5 + [1] * 7))[0] == ()
    assert find_words(["calm"], np.ones((12, 1), dtype=bool), np.zeros(12, dtype=np.int64)) == {0: ()}
    assert find_words((), np.zeros((12, 0), dtype=bool), np.arange(12) % 2) == {0: (), 1: ()}
