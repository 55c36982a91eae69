"""Words and numbers for people."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from laws import trials

from musicemb.cli import wording
from musicemb.records import Track, TrackTags


@settings(deadline=None, max_examples=trials(200))
@given(st.text())
def test_printable_text_is_one_harmless_line(text: str) -> None:
    shown = wording.printable(text)
    assert "\x1b" not in shown and len((shown + "x").splitlines()) == 1
    shown.encode("utf-8")


def test_printable_turns_no_line_round() -> None:
    assert wording.printable("a\u202eb\u2066c") == "abc"
    assert wording.printable("نسم علينا الهوى") == "نسم علينا الهوى"


def test_printable_keeps_what_is_harmless() -> None:
    for text in ("Björk - Jóga", "坂本龍一", "👩‍🎤", "naïve café"):
        assert wording.printable(text) == text
    assert wording.printable("a\x1b[31mb\udcffc\nd") == "a\ufffd[31mb\ufffdc d"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.04, "0.0 s"), (9.94, "9.9 s"), (9.96, "10 s"), (59.6, "1 min"), (185, "3 min 5 s"), (7800, "2 h 10 min")],
)
def test_duration(seconds: float, words: str) -> None:
    assert wording.duration(seconds) == words


@pytest.mark.parametrize(
    ("count", "words"),
    [(1, "1 byte"), (812, "812 bytes"), (3_234_567, "3.2 MB"), (999_700, "1.0 MB"), (5e12, "5000 GB")],
)
def test_size(count: int, words: str) -> None:
    assert wording.size(count) == words


def test_counts() -> None:
    assert wording.plural(1, "track") == "1 track"
    assert wording.plural(0, "guess", "guesses") == "0 guesses"
    assert wording.number(9999) == "9999"
    assert wording.number(1234567) == "1 234 567"


def test_first_few_never_says_and_1_more() -> None:
    assert list(wording.first_few("abcd", 3)) == ["a", "b", "c", "d"]
    assert list(wording.first_few("abcde", 3)) == ["a", "b", "c", "and 2 more"]


def test_paths_below_home_are_short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ann")
    assert wording.short_path(Path("/home/ann/Music/a.mp3")) == "~/Music/a.mp3"
    assert wording.short_path(Path("/home/anna/a.mp3")) == "/home/anna/a.mp3"


@settings(deadline=None, max_examples=trials(200))
@given(st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), max_size=20))
def test_quoted_words_survive_the_shell(text: str) -> None:
    assert shlex.split(wording.quoted(text)) == [text]


def test_seeds_are_told_by_the_artist_or_album_that_they_share() -> None:
    songs = [Track(n, Path(f"/m/{n}.mp3"), TrackTags("Nina", f"Song {n}", "Live"), 1.0, "") for n in range(5)]
    assert wording.seeds_named(songs, "artist") == "Nina"
    assert wording.seeds_named(songs, "album") == "Live"
    other = Track(9, Path("/m/9.mp3"), TrackTags("Nina", "Song 9", "Home"), 1.0, "")
    assert wording.seeds_named([*songs, other], "album") == "Nina"
    assert wording.seeds_named(songs) == "Nina - Song 0 and 4 other tracks"
    assert wording.seeds_named(songs[:2]) == "Nina - Song 0 and Nina - Song 1"
    assert wording.seeds_named(songs[:1], "artist") == "Nina - Song 0"
    assert wording.seeds_named([*songs, Path("/m/x.mp3")], "artist") == "Nina - Song 0 and 5 other tracks"
    unnamed = [Track(n, Path(f"/m/{n}.mp3"), TrackTags(), 1.0, "") for n in range(2)]
    assert wording.seeds_named(unnamed, "artist") == "0 and 1"
