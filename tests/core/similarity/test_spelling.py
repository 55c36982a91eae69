"""Words that are misspelled mean what they come near to, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musicemb.core.similarity.spelling import match_words, nearest_names

TOKENS = ["ella", "fitzgerald", "monkey", "code", "simone", "bob", "xtc"]
LETTERS = "abcdefghijklmnopqrstuvwxyz"


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("ela", "ella"),
        ("fitzgerlad", "fitzgerald"),
        ("mokney", "monkey"),
        ("simon", "simone"),
        ("rob", None),
        ("xt", "xtc"),  # held by it
        ("tx", None),  # too short to be anything but itself
        ("zappa", None),
    ],
)
def test_a_word_means_what_is_spelled_like_it(word: str, meant: str | None) -> None:
    (found,) = match_words([word], TOKENS)
    assert list(found) == ([meant] if meant else [])


def test_where_a_token_holds_the_word_nothing_else_is_meant() -> None:
    assert match_words(["code", "mon"], ["code", "coda", "decode", "monkey", "moon"]) == [
        {"code": 100.0, "decode": 100.0},
        {"monkey": 100.0},
    ]


@given(st.text(LETTERS, min_size=5, max_size=12), st.data())
def test_one_wrong_letter_in_five_does_no_harm(word: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(word) - 1))
    letter = data.draw(st.sampled_from(LETTERS))
    start, end = word[:place], word[place + 1 :]
    for typed in (start + end, start + letter + word[place:], start + letter + end):
        assert word in match_words([typed], [word, "###"])[0]


def test_the_nearest_names_are_told() -> None:
    names = ["jonathan coulton code monkey", "nina simone feeling good", "jonathan coulton first of may"]
    assert nearest_names("codemonkey", names, 1) == names[:1]
    assert {names[0], names[2]} <= set(nearest_names("jonathan", names, 3))
    assert nearest_names("qqqq", ["xyz"], 3) == []
