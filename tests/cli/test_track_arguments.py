"""Tracks that are named on the command line."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from fake_encoder import FakeEncoder

from musicemb.cli.session import Session
from musicemb.cli.track_arguments import OFFERED, ValueRange, find_known, find_named, join_words, read_limits
from musicemb.core.values.limits import ValueLimits
from musicemb.errors import AmbiguousTrack, TrackNotFound
from musicemb.library import Library
from musicemb.records import Track

AWAY = Session(interactive=lambda: False)
THERE = Session(interactive=lambda: True)


@pytest.fixture
def opened(library: Path) -> Iterator[Library]:
    with Library.open(library, encoder=FakeEncoder(), read_only=True) as found:
        yield found


def test_words_that_fit_one_track(opened: Library) -> None:
    assert find_known(AWAY, opened, "even song 30").path == Path("/music/Even/30.mp3")
    assert find_named(AWAY, opened, "/music/Odd/39.mp3") == find_known(AWAY, opened, "odd song 39")


def test_a_file_outside_the_library(opened: Library, tmp_path: Path) -> None:
    outside = tmp_path / "outside.mp3"
    outside.touch()
    assert find_named(AWAY, opened, str(outside)) == outside
    for find in (find_known, find_named):
        with pytest.raises(TrackNotFound):
            find(AWAY, opened, str(tmp_path / "absent.mp3"))


def test_without_a_terminal_candidates_are_listed(opened: Library, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(AmbiguousTrack):
        find_known(AWAY, opened, "odd")
    lines = capsys.readouterr().err.splitlines()
    assert set(lines) == {f"  Odd - Song {number}  (/music/Odd/{number:02}.mp3)" for number in range(1, 40, 2)}
    with pytest.raises(AmbiguousTrack):
        find_known(AWAY, opened, "song")
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == OFFERED + 1
    assert lines[-1] == "and 20 more"


def test_at_a_terminal_one_is_chosen(
    opened: Library, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{OFFERED + 1}\n2\n"))
    chosen = find_known(THERE, opened, "song")
    err = capsys.readouterr().err
    assert isinstance(chosen, Track)
    assert f"  2  {chosen.name}  ({chosen.path})\n" in err
    assert "     and 20 more: add words to narrow it down\n" in err
    assert err.count("Which one") == 2
    assert f"Error: type a number from 1 to {OFFERED}, or q for none of them\n" in err


@pytest.mark.parametrize(
    ("arguments", "seeds"),
    [
        (["code", "monkey"], ["code monkey"]),
        (["code monkey"], ["code monkey"]),
        (["code monkey", "still alive"], ["code monkey", "still alive"]),
        (["code", "monkey", "still alive", "first", "of", "may"], ["code monkey", "still alive", "first of may"]),
        (["a.mp3", "b.MP3"], ["a.mp3", "b.MP3"]),
        (["music/a", "halo"], ["music/a", "halo"]),
    ],
)
def test_quotes_make_one_seed_and_words_without_them_join(arguments: list[str], seeds: list[str]) -> None:
    assert join_words(arguments) == seeds


def test_a_typo_is_told(opened: Library, capsys: pytest.CaptureFixture[str]) -> None:
    assert find_known(AWAY, opened, "evne song 30").tags.title == "Song 30"
    assert capsys.readouterr().err == "'evne song 30' is taken for Even - Song 30\n"
    find_known(AWAY, opened, "even song 30")
    find_known(AWAY, opened, "/music/Even/30.mp3")
    assert capsys.readouterr().err == ""
    with pytest.raises(TrackNotFound, match=r"no track matches 'odd song zappa'; the nearest are: Odd - S"):
        find_known(AWAY, opened, "odd song zappa")


def test_q_leaves_the_question(opened: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    for answer in ("q", "Quit"):
        monkeypatch.setattr(sys, "stdin", io.StringIO(f"{answer}\n"))
        with pytest.raises(click.Abort):
            find_known(THERE, opened, "song")


def test_limits_are_what_was_typed_or_none() -> None:
    assert read_limits(None, None) == ValueLimits()
    keys = ValueRange("key").convert("8A", None, None)
    assert read_limits(ValueRange("bpm").convert("-100", None, None), keys) == ValueLimits(0, 100, keys)
