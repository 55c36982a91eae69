"""What the map's search knows is what find knows."""

from __future__ import annotations

import numpy as np
from searched_library import HEARING_GENRES, LISTENING

from musicemb.core.genres.aliases import squeeze
from musicemb.core.sound_tags.query import combine_values
from musicemb.io.catalogue.catalogue import Catalogue
from musicemb.workflows.mapping.words import gather_words
from musicemb.workflows.similarity.library_vectors import open_space
from musicemb.workflows.similarity.word_scores import genre_finder, judge_words


def test_answers_are_those_of_find(calm_library: Catalogue) -> None:
    space = open_space(calm_library)
    words = gather_words(calm_library, space, LISTENING.tag_heads)
    assert set(words.sounds) == {"calm", "piano", "singing", "no voice"}
    judged = judge_words(calm_library, space, "calm, no piano, jazz", lambda: LISTENING)
    least = words.least_share
    mine = [words.sounds["calm"], 1 - words.sounds["piano"], np.clip(words.shares["jazz"], least, 1 - least)]
    assert np.allclose(combine_values(mine), judged.score)


def test_every_word_for_a_genre_means_what_it_means_to_find(calm_library: Catalogue) -> None:
    words = gather_words(calm_library, open_space(calm_library), None)
    known = genre_finder(frozenset(words.shares), calm_library.aliases)
    for phrase in ("Deep House", "jazz music", "hip hop", "R&B", "drum'n'bass", "synth pop", "xyzzy", "other"):
        assert words.genres.get(squeeze(phrase), "") == known(phrase), phrase
    assert words.sounds == {}
    assert words.spellings["deep house"] == "Deep House"
    assert set(words.spellings) <= set(words.shares)


def test_the_page_hears_the_genres_that_no_track_has(calm_library: Catalogue) -> None:
    words = gather_words(calm_library, open_space(calm_library), HEARING_GENRES.tag_heads)
    assert set(words.sounds) == {"metal", "jazz"} and "jazz" in words.shares
    assert words.orders == {"jazz": "jazz"}
    assert (words.genres["deathmetal"], words.genres["jazz"], words.genres["polka"]) == ("metal", "jazz", "polka")
