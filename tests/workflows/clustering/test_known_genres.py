"""What is known of members' genres: tags for sure, the rest by how likely it is."""

from __future__ import annotations

from pathlib import Path

from musicemb.records import NO_ALIASES, GenreOdds, Guess, Track, TrackTags
from musicemb.workflows.clustering.known_genres import allowed_genres, known_genres


def track(number: int, *genres: str, guess: str = "", ours: bool = False) -> Track:
    tags = TrackTags("A", "T", genres=genres, our_genres=genres if ours else ())
    guessed = Guess((guess,), 0.7, "neighbours") if guess else None
    return Track(number, Path(f"/{number}.mp3"), tags, 180.0, "", guess=guessed)


TRACKS = [
    track(1, "Indie Rock"),
    track(2, guess="House"),
    track(3, guess="Trance"),
    track(4),
    track(5, "Ska", ours=True),
]
GUESSES = {one.id: one.guess for one in TRACKS if one.guess is not None}


def test_groups_are_named_after_what_the_listener_or_a_guess_says_and_what_it_belongs_to() -> None:
    sayable = allowed_genres(TRACKS, GUESSES, NO_ALIASES)
    assert {"indie rock", "rock", "house", "trance", "electronic"} <= sayable
    assert not sayable & {"ska", "jazz", "pop/rock"}


def test_tags_are_sure_and_the_rest_is_as_likely_as_it_is() -> None:
    odds = {
        1: GenreOdds({"jazz": 0.9}, 0.6, "neighbours"),
        2: GenreOdds({"electronic": 0.8, "house": 0.7, "jazz": 0.2}, 0.6, "neighbours"),
        4: GenreOdds({"rock": 0.3}, 0.6, "neighbours"),
    }
    genres, likely = known_genres(TRACKS, odds, GUESSES, allowed_genres(TRACKS, GUESSES, NO_ALIASES), NO_ALIASES)
    assert genres == [("indie rock",)]
    assert likely == [{"electronic": 0.8, "house": 0.7}, {"trance": 0.7, "electronic": 0.7}, {"rock": 0.3}]
