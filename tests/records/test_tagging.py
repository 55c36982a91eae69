"""What a listener decided holds for the file and the guess that they were asked about."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from musicemb.records import Change, Decision, Guess, Track, TrackTags, Verdict

TRACK = Track(1, Path("/music/1.mp3"), TrackTags("A", "T", genres=("Polka",)), 180.0, "f" * 64)
DECISION = Decision("chosen", ("Trance",), ("Techno",), ("Polka",), "f" * 64)


@pytest.mark.parametrize(
    ("words", "holds"), [(("Techno",), True), (("Trance",), True), (("Techno", "Trance"), False), (("House",), False)]
)
def test_it_holds_for_the_guess_that_was_asked_about_or_became_what_was_said(
    words: tuple[str, ...], holds: bool
) -> None:
    assert DECISION.holds(TRACK, Guess(words, 0.3, "neighbours")) is holds


def test_no_guess_asks_nothing() -> None:
    assert DECISION.holds(TRACK, None)


def test_another_file_is_asked_about_anew() -> None:
    guess = Guess(("Techno",), 0.9, "neighbours")
    assert not DECISION.holds(replace(TRACK, payload_hash="0" * 64), guess)
    assert not DECISION.holds(replace(TRACK, tags=TrackTags("A", "T")), guess)
    assert DECISION.holds(replace(TRACK, path=Path("/elsewhere.mp3"), tags=replace(TRACK.tags, title="U")), guess)


@pytest.mark.parametrize(
    ("verdict", "own"),
    [(None, False), ("accepted", True), ("chosen", True), ("accepted with its group", False), ("skipped", False)],
)
def test_only_words_for_this_very_track_are_the_listeners_own(verdict: Verdict | None, own: bool) -> None:
    assert Change(TRACK, (), ("Trance",), 1.0, "e", verdict=verdict).own is own
