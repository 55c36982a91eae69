"""Find tracks by words: sounds from stored vectors, genres from tags and what is likely."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fake_encoder import FakeEncoder, made_tag_heads
from typed_commands import embedded

from musicemb.errors import SettingsError, TrackNotFound
from musicemb.io.catalogue.catalogue import Catalogue, open_catalogue
from musicemb.records import GenreOdds, Guess, Search
from musicemb.workflows.similarity.find_words import LEAST_GENRE, search_words
from musicemb.workflows.similarity.ranking import ResultFilters

HEADS = made_tag_heads(("calm", "mood"), ("piano", "instrument"), ("singing", "voice"), ("no voice", "voice"))
LISTENING = FakeEncoder(tag_heads=HEADS)


@pytest.fixture
def catalogue(own_library: Path) -> Iterator[Catalogue]:
    """Even tracks are calm, odd ones have a piano (see `embedded`); 0 to 9 are tagged, of 10 a genre is guessed."""
    with open_catalogue(own_library) as opened:
        opened.set_active_encoder(LISTENING.id, LISTENING.name)
        words = ("Deep House", "Jazz")
        ids = [
            opened.put_track(embedded(number, genres=(words[number % 2],) if number < 10 else ()), LISTENING.id)
            for number in range(20)
        ]
        opened.put_guesses(LISTENING.id, {ids[10]: Guess(("Jazz",), 0.7, "neighbours")})
        opened.put_odds(LISTENING.id, {ids[11]: GenreOdds({"jazz": 0.4}, 0.6, "neighbours")})
        yield opened


def numbers(search: Search) -> list[int]:
    return [int(one.track.path.stem) for one in search.found]


def test_sounds_are_found(catalogue: Catalogue) -> None:
    found = search_words(catalogue, "mellow", n=20, encoder=lambda: LISTENING)
    assert {number % 2 for number in numbers(found)[:10]} == {0}
    assert found.found[0].score == pytest.approx(0.975)  # the first of twenty
    assert {number % 2 for number in numbers(search_words(catalogue, "piano", encoder=lambda: LISTENING))} == {1}


@pytest.mark.parametrize("word", ["calm", "piano", "vocals", "instrumental"])
def test_a_word_and_its_exclusion_rank_in_opposite_order(catalogue: Catalogue, word: str) -> None:
    wanted = search_words(catalogue, word, n=20, encoder=lambda: LISTENING)
    excluded = search_words(catalogue, f"no {word}", n=20, encoder=lambda: LISTENING)
    assert numbers(wanted) == numbers(excluded)[::-1]
    assert wanted.used[0].negated is not excluded.used[0].negated


def test_genres_are_found_by_their_family_and_need_no_encoder(catalogue: Catalogue) -> None:
    def never() -> FakeEncoder:
        raise AssertionError("genres need no encoder")

    found = search_words(catalogue, "electronic", n=5, encoder=never)
    assert sorted(numbers(found)) == [0, 2, 4, 6, 8]
    assert found.found[0].values == (pytest.approx(1 - LEAST_GENRE),)
    jazz = search_words(catalogue, "jazz", n=7, encoder=never)
    assert numbers(jazz)[5:] == [10, 11]
    assert [one.score for one in jazz.found[5:]] == pytest.approx([0.7, 0.4])
    assert numbers(search_words(catalogue, "without jazz", n=20, encoder=never))[-5:] != numbers(jazz)[:5]
    inside = search_words(catalogue, "jazz", encoder=never, filters=ResultFilters(within="Deep House"))
    assert sorted(numbers(inside)) == [0, 2, 4, 6, 8]


def test_what_cannot_be_answered_is_told(catalogue: Catalogue) -> None:
    found = search_words(catalogue, "calm xyzzy, banjo, polka", encoder=lambda: LISTENING)
    assert [term.name for term in found.used] == ["calm"]
    assert [term.name for term in found.unheard] == ["banjo", "polka"]
    assert found.unknown == ("xyzzy",)
    assert not found.without_heads
    with pytest.raises(TrackNotFound, match=r"cannot hear: banjo$"):
        search_words(catalogue, "banjo", encoder=lambda: LISTENING)
    with pytest.raises(TrackNotFound, match="no word of 'xyzzy' is known"):
        search_words(catalogue, " xyzzy ", encoder=lambda: LISTENING)
    with pytest.raises(SettingsError, match="at most 100 words"):
        search_words(catalogue, "calm " * 101, encoder=lambda: LISTENING)


@pytest.mark.parametrize("encoder", [FakeEncoder(), replace(LISTENING, id="another00000")])
def test_an_encoder_without_heads_of_the_library(catalogue: Catalogue, encoder: FakeEncoder) -> None:
    with pytest.raises(TrackNotFound, match="scan --reembed"):
        search_words(catalogue, "calm", encoder=lambda: encoder)
    found = search_words(catalogue, "calm jazz", n=5, encoder=lambda: encoder)
    assert ([term.name for term in found.used], found.without_heads) == (["jazz"], True)
