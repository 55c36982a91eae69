"""What is said follows from what is likely and what the listener wants, without the encoder."""

from __future__ import annotations

from pathlib import Path

import pytest
from made_tracks import put

from musicemb.core.genres.aliases import make_aliases
from musicemb.io.catalogue.catalogue import open_catalogue
from musicemb.records import NO_ALIASES, GenreOdds, Guess, TrackTags
from musicemb.workflows.genres.decide import (
    choose_guess,
    choose_guesses,
    guess_otherwise,
    prefer,
    with_guesses,
    wording_of,
    words_of,
)
from musicemb.workflows.genres.vocabulary import GuessPreferences

PLAIN = GuessPreferences()
ODDS = GenreOdds({"rock": 0.8, "indie": 0.5, "metal": 0.3, "jazz": 0.1}, 0.6, "neighbours")
WORDING = wording_of(["Indie", "metal", "JAZZ"], NO_ALIASES)


@pytest.mark.parametrize(
    ("preferences", "said"),
    [
        (PLAIN, (("Rock",), 0.8)),
        (GuessPreferences(min_confidence=0.5), (("Indie",), 0.5)),
        (GuessPreferences(min_confidence=0.81), None),
        (GuessPreferences(("INDIE", "Jazz")), None),
        (GuessPreferences(("INDIE", "Jazz"), 1, 0.4), (("INDIE",), 0.5)),
        (GuessPreferences(("Indie", "Metal"), 2), (("Indie", "Metal"), 0.8)),
    ],
)
def test_the_deepest_word_that_is_sure_enough(
    preferences: GuessPreferences, said: tuple[tuple[str, ...], float] | None
) -> None:
    guess = choose_guess(ODDS, WORDING, preferences)
    assert (guess and (guess.genres, guess.confidence)) == said
    assert choose_guesses({7: ODDS}, WORDING, preferences) == ({} if guess is None else {7: guess})


def test_what_the_listener_keeps_apart_is_not_said() -> None:
    odds = GenreOdds({"pop/rock": 0.9, "rock": 0.5, "pop": 0.4}, 0.6, "genre head")
    assert choose_guess(odds, wording_of(["Rock", "Pop"], NO_ALIASES), PLAIN) is None
    assert choose_guess(odds, wording_of(["Rock", "Pop", "Pop/Rock"], NO_ALIASES), PLAIN) == Guess(
        ("Pop Rock",), 0.9, "genre head"
    )
    own = make_aliases({"rock": "Roll"})
    assert choose_guess(ODDS, wording_of(["rock"], own), PLAIN) == Guess(("Rock",), 0.8, "neighbours")


@pytest.mark.parametrize(
    ("worth", "vocabulary", "said"),
    [
        ({"pop/rock": 0.9, "rock": 0.3, "pop": 0.1}, ("Rock", "Pop"), ("Rock", 0.675)),
        ({"pop/rock": 0.9, "rock": 0.3, "pop": 0.1, "jazz": 0.1}, ("Rock", "Jazz"), ("Rock", 0.675)),
        ({"pop/rock": 0.9, "rock": 0.3, "pop": 0.3}, ("Rock", "Pop"), None),  # as likely one as the other
        ({"pop/rock": 0.9}, ("Rock",), None),
        ({"rock": 0.5, "pop": 0.3, "jazz": 0.2}, ("Pop/Rock", "Jazz"), ("Pop/Rock", 0.8)),
        ({"pop/rock": 0.9, "rock": 0.7, "pop": 0.1}, ("Pop/Rock", "Rock"), ("Rock", 0.7)),
    ],
)
def test_pop_rock_is_told_in_the_words_of_the_vocabulary(
    worth: dict[str, float], vocabulary: tuple[str, ...], said: tuple[str, float] | None
) -> None:
    guess = choose_guess(GenreOdds(worth, 0.6, "genre head"), WORDING, GuessPreferences(vocabulary))
    assert guess == (said and Guess((said[0],), said[1], "genre head"))


def test_other_wishes_need_no_scan_and_no_encoder(tmp_path: Path) -> None:
    def never(preferences: GuessPreferences) -> dict[int, Guess]:
        raise AssertionError

    with open_catalogue(tmp_path / "c.sqlite") as catalogue:
        catalogue.set_active_encoder("first", "test")
        track = put(catalogue, 1, tags=TrackTags("A", "A"))
        put(catalogue, 2, tags=TrackTags("A", "B", genres=("Indie",)))
        stored = Guess(("Rock",), 0.8, "neighbours")
        catalogue.put_guesses("first", {track: stored})
        # A library of before: only what is surer can be told.
        assert guess_otherwise(catalogue, never, min_confidence=0.9) == {}
        assert guess_otherwise(catalogue, never, min_confidence=0.3) == {track: stored}
        assert guess_otherwise(catalogue, lambda _: {}, max_genres=2) == {}
        catalogue.put_odds("first", {track: ODDS})
        assert catalogue.odds("first") == {track: ODDS}
        assert guess_otherwise(catalogue, never) is None
        found = guess_otherwise(catalogue, never, min_confidence=0.5)
        assert found == {track: Guess(("Indie",), 0.5, "neighbours")}
        assert [one.guess for one in with_guesses(catalogue.tracks(), found)] == [found[track], None]
        assert [one.guess for one in with_guesses(catalogue.tracks(), None)] == [stored, None]
        assert words_of(catalogue.tracks()) == ["Indie"]
        # Guesses that were made of something else are not overruled by what was likely before.
        catalogue.put_guesses("first", {track: stored})
        assert catalogue.odds("first") == {}
        assert guess_otherwise(catalogue, never, min_confidence=0.0) == {track: stored}


def test_preferences_for_once() -> None:
    kept = GuessPreferences(("Rock",), 2, 0.4)
    assert prefer(kept) == kept
    assert prefer(kept, vocabulary=[], max_genres=1, min_confidence=-1) == GuessPreferences((), 1, None)
