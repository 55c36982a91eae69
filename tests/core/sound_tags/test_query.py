"""Words of a search: what they mean, what they exclude, and that exclusion is the opposite."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from musicemb.core.sound_tags.query import combine_values, find_tag, library_ranks, parse_query

GENRES = {"jazz": "jazz", "rock": "rock", "drum and bass": "drum & bass", "dance": "dance", "blues": "blues"}


def said(text: str) -> tuple[list[str], list[str]]:
    """Names, with a minus before what is excluded, and unknown words."""
    terms, unknown = parse_query(text, lambda phrase: GENRES.get(phrase, ""))
    return [f"{'-' * term.negated}{term.name}" for term in terms], list(unknown)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("calm piano, no vocals", ["calm", "piano", "-singing"]),
        ("Mellow JAZZ with a female singer", ["calm", "jazz", "female voice"]),
        ("rock without drums or bass, piano", ["rock", "-drums", "-bass guitar", "piano"]),
        ("no vocals or drums", ["-singing", "-drums"]),
        ("no drums and piano", ["-drums", "piano"]),
        ("not too loud", ["-energetic"]),
        ("happy -guitars", ["happy", "-guitar"]),
        ("not instrumental", ["singing"]),
        ("drum and bass", ["drum & bass"]),
        ("something like the 80's", ["eighties"]),
        ("e-piano", ["electric piano"]),
        ("piano/cello", ["piano", "cello"]),
        ("blues", ["blues"]),
        ("piano, quiet piano, no piano", ["piano", "calm"]),
    ],
)
def test_what_is_asked_for(text: str, names: list[str]) -> None:
    assert said(text) == (names, [])


def test_what_nobody_knows_is_told_once() -> None:
    assert said("calm xyzzy, qwert\u0000y xyzzy 🎸") == (["calm"], ["xyzzy", "qwert\x00y", "🎸"])
    assert said("no xyzzy piano") == (["piano"], ["xyzzy"])  # what "no" belonged to is gone
    assert said(" ,;!? - & the music of") == ([], [])


def test_a_style_may_be_a_genre_too() -> None:
    (term,), _ = parse_query("dance", lambda phrase: GENRES.get(phrase, ""))
    assert (term.tag, term.genre, term.kind) == ("dance music", "dance", "style")


def test_plurals_are_looked_for_only_where_asked() -> None:
    assert (find_tag("guitars"), find_tag("guitars", plural=True), find_tag("gas", plural=True)) == ("", "guitar", "")


@settings(deadline=None)
@given(st.text(max_size=80))
def test_any_text_is_read(text: str) -> None:
    terms, unknown = parse_query(text, lambda phrase: "")
    assert all(term.name for term in terms)
    assert all(word.strip() for word in unknown)


@settings(deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=30, unique=True))
def test_a_word_and_its_exclusion_rank_in_opposite_order(probabilities: list[float]) -> None:
    ranks = library_ranks(np.array(probabilities))
    assert ranks.min() > 0 and ranks.max() < 1
    wanted, excluded = np.argsort(combine_values([ranks])), np.argsort(combine_values([1 - ranks]))
    assert wanted.tolist() == excluded[::-1].tolist() == np.argsort(probabilities).tolist()


def test_a_track_must_have_something_of_each_word() -> None:
    one, two = np.array([0.9, 0.5, 0.1]), np.array([0.1, 0.5, 0.9])
    np.testing.assert_allclose(combine_values([one, two]), [0.3, 0.5, 0.3])
    np.testing.assert_allclose(combine_values([one]), one)
