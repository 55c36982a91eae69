"""Find tracks by words: sounds from stored vectors, genres from tags and what is likely."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fake_encoder import FakeEncoder
from searched_library import LISTENING

from musicemb.core.sound_tags.ranks import LEAST_GENRE
from musicemb.errors import BundleError, SettingsError, TrackNotFound
from musicemb.io.catalogue.catalogue import Catalogue
from musicemb.records import Search
from musicemb.workflows.similarity.find_words import search_words
from musicemb.workflows.similarity.ranking import ResultFilters


def numbers(search: Search) -> list[int]:
    return [int(one.track.path.stem) for one in search.found]


def test_sounds_are_found(calm_library: Catalogue) -> None:
    found = search_words(calm_library, "mellow", n=20, encoder=lambda: LISTENING)
    assert {number % 2 for number in numbers(found)[:10]} == {0}
    assert found.found[0].score == pytest.approx(0.975)  # the first of twenty
    assert {number % 2 for number in numbers(search_words(calm_library, "piano", encoder=lambda: LISTENING))} == {1}


@pytest.mark.parametrize("word", ["calm", "piano", "vocals", "instrumental"])
def test_a_word_and_its_exclusion_rank_in_opposite_order(calm_library: Catalogue, word: str) -> None:
    wanted = search_words(calm_library, word, n=20, encoder=lambda: LISTENING)
    excluded = search_words(calm_library, f"no {word}", n=20, encoder=lambda: LISTENING)
    assert numbers(wanted) == numbers(excluded)[::-1]
    assert wanted.used[0].negated is not excluded.used[0].negated


def test_genres_are_found_by_their_family_and_need_no_encoder(calm_library: Catalogue) -> None:
    def never() -> FakeEncoder:
        raise BundleError("no such encoder")

    found = search_words(calm_library, "electronic", n=5, encoder=never)
    assert sorted(numbers(found)) == [0, 2, 4, 6, 8]
    assert found.found[0].values == (pytest.approx(1 - LEAST_GENRE),)
    jazz = search_words(calm_library, "jazz", n=7, encoder=never)
    assert numbers(jazz)[5:] == [10, 11]
    assert [one.score for one in jazz.found[5:]] == pytest.approx([0.7, 0.4])
    assert numbers(search_words(calm_library, "without jazz", n=20, encoder=never))[-5:] != numbers(jazz)[:5]
    inside = search_words(calm_library, "jazz", encoder=never, filters=ResultFilters(within="Deep House"))
    assert sorted(numbers(inside)) == [0, 2, 4, 6, 8]


def test_what_cannot_be_answered_is_told(calm_library: Catalogue) -> None:
    found = search_words(calm_library, "calm xyzzy, banjo, polka", encoder=lambda: LISTENING)
    assert [term.name for term in found.used] == ["calm"]
    assert [term.name for term in found.unheard] == ["banjo", "polka"]
    assert found.unknown == ("xyzzy",)
    assert not found.without_heads
    with pytest.raises(TrackNotFound, match=r"its encoder know: banjo$"):
        search_words(calm_library, "banjo", encoder=lambda: LISTENING)
    with pytest.raises(TrackNotFound, match="no word of 'xyzzy' is known"):
        search_words(calm_library, " xyzzy ", encoder=lambda: LISTENING)
    with pytest.raises(SettingsError, match="at most 100 words"):
        search_words(calm_library, "calm " * 101, encoder=lambda: LISTENING)


@pytest.mark.parametrize("encoder", [FakeEncoder(), replace(LISTENING, id="another00000")])
def test_an_encoder_without_heads_of_the_library(calm_library: Catalogue, encoder: FakeEncoder) -> None:
    with pytest.raises(TrackNotFound, match="scan --reembed"):
        search_words(calm_library, "calm", encoder=lambda: encoder)
    found = search_words(calm_library, "calm jazz", n=5, encoder=lambda: encoder)
    assert ([term.name for term in found.used], found.without_heads) == (["jazz"], True)
