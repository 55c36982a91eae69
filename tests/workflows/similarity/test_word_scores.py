"""How well tracks answer to words, and the part of a library that words choose."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose
from searched_library import HEARING_GENRES, LISTENING

from musicemb.core.sound_tags.query import combine_values, library_ranks
from musicemb.core.sound_tags.ranks import LEAST_GENRE
from musicemb.errors import TrackNotFound
from musicemb.io.catalogue.catalogue import Catalogue
from musicemb.records import NO_ALIASES, SearchTerm
from musicemb.workflows.index.genre_shares import GenreShares
from musicemb.workflows.similarity.library_vectors import open_space
from musicemb.workflows.similarity.word_scores import (
    answer_term,
    choose_by_words,
    genre_finder,
    judge_words,
    tag_probabilities,
)


def chosen(catalogue: Catalogue, words: str) -> set[int]:
    """Numbers of the tracks that words choose."""
    found = choose_by_words(catalogue, open_space(catalogue), words, lambda: LISTENING)
    return {int(track.path.stem) for track in catalogue.tracks() if track.id in found.scores}


def test_the_score_is_the_mean_of_what_each_word_gives(calm_library: Catalogue) -> None:
    judged = judge_words(calm_library, open_space(calm_library), "calm, no piano, xyzzy, polka", lambda: LISTENING)
    assert [term.said for term in judged.used] == ["calm", "no piano"]
    assert [term.name for term in judged.unheard] == ["polka"]
    assert judged.unknown == ("xyzzy",)
    assert np.array_equal(judged.score, combine_values(judged.values))
    assert all(((value > 0) & (value < 1)).all() for value in judged.values)


def test_words_choose_a_third(calm_library: Catalogue) -> None:
    calm = chosen(calm_library, "calm")
    assert len(calm) == 7 and {number % 2 for number in calm} == {0}
    assert not calm & chosen(calm_library, "not calm")


def test_a_genre_is_a_matter_of_yes_and_no(calm_library: Catalogue) -> None:
    assert chosen(calm_library, "jazz") == {1, 3, 5, 7, 9, 10}
    assert chosen(calm_library, "no jazz") == set(range(20)) - {1, 3, 5, 7, 9, 10}


def test_of_a_genre_the_third_that_sounds_so_is_chosen(calm_library: Catalogue) -> None:
    calm = chosen(calm_library, "calm jazz")
    assert len(calm) == 2 and 10 in calm  # the only one of the six that is calm
    found = chosen(calm_library, "piano, deep house")  # none has a piano, but one must come nearest
    assert 1 <= len(found) <= 2 and found <= {0, 2, 4, 6, 8}


def test_a_joint_family_stands_for_what_it_joins() -> None:
    apart, joint = (genre_finder(frozenset(present), NO_ALIASES) for present in (["rock", "pop/rock"], ["pop/rock"]))
    assert (apart("Rock"), joint("Rock"), joint("pop"), joint("indie")) == ("rock", "pop/rock", "pop/rock", "indie")


def test_a_genre_that_no_track_has_is_heard(calm_library: Catalogue) -> None:
    space = open_space(calm_library)
    judged = judge_words(calm_library, space, "death metal, jazz, polka", lambda: HEARING_GENRES)
    calm = judge_words(calm_library, space, "calm, jazz", lambda: LISTENING)
    assert [(term.name, term.tag, term.genre, term.negated) for term in judged.used] == [
        ("metal", "metal", "", False), ("jazz", "", "jazz", False)
    ]  # fmt: skip
    assert [term.name for term in judged.unheard] == ["polka"]
    assert np.array_equal(judged.values, calm.values), "jazz is what tracks are called, not what is heard"
    found = choose_by_words(calm_library, space, "metal", lambda: HEARING_GENRES)
    assert found.scores.keys() == choose_by_words(calm_library, space, "calm", lambda: LISTENING).scores.keys()
    with pytest.raises(TrackNotFound, match="its encoder know: metal"):
        judge_words(calm_library, space, "metal", lambda: LISTENING)


def test_rock_has_its_part_of_what_is_only_known_to_be_pop_or_rock() -> None:
    rock = SearchTerm("rock", "rock", "genre", genre="rock")
    shares = GenreShares.of(
        [
            {"pop/rock": 1.0},
            {"pop/rock": 1.0, "rock": 0.3, "pop": 0.1},
            {"pop/rock": 0.9, "rock": 0.1, "pop": 0.8},
            {"pop/rock": 0.6, "rock": 0.6},
            {"jazz": 1.0},
        ]
    )
    assert_allclose(answer_term(rock, {}, shares), [0.5, 0.75, 0.1, 0.6, 0.02])
    jazz = SearchTerm("jazz", "jazz", "genre", genre="jazz")
    assert_allclose(answer_term(jazz, {}, shares), [0.02] * 4 + [0.98])


def test_what_can_choose_nothing_is_told(calm_library: Catalogue) -> None:
    with pytest.raises(TrackNotFound, match="no track is likely enough to be: jazz, deep house"):
        chosen(calm_library, "jazz, deep house")
    with pytest.raises(TrackNotFound, match="no word of 'xyzzy' is known"):
        chosen(calm_library, "xyzzy")


def test_guesses_of_a_genre_come_in_the_order_of_their_sound_and_tags_stay_first(calm_library: Catalogue) -> None:
    space = open_space(calm_library)
    judged = judge_words(calm_library, space, "jazz", lambda: HEARING_GENRES)
    (value,), heard = judged.values, tag_probabilities(space, HEARING_GENRES.tag_heads)["jazz"]
    tagged = value >= 1 - LEAST_GENRE
    assert 0 < tagged.sum() < len(value)
    assert_allclose(judged.score[tagged], value[tagged])
    rest = np.flatnonzero(~tagged)
    assert_allclose(judged.score[rest], value[rest] * library_ranks(heard)[rest])
    without = judge_words(calm_library, space, "no jazz", lambda: HEARING_GENRES)
    assert_allclose(without.score, 1 - value)
