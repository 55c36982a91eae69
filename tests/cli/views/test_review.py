"""What a review shows: every line fits the terminal, and only keys that are offered are taken."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from musicemb.cli.views.review import ask_key, say, show_group, show_items, show_track
from musicemb.records import Change, ReviewGroup, ReviewItem, Track, TrackTags


def item(number: int, **given: object) -> ReviewItem:
    title = f"A rather long title of a song that would not fit {number}"
    track = Track(number, Path(f"/music/{'folder/' * 9}{number}.mp3"), TrackTags("Artist", title), 180.0, "")
    change = Change(track, (), ("Techno",), 0.9 - number / 100, "id")
    others = (("Electronic", 0.9), ("Drum and Bass", 0.31), ("Progressive Trance", 0.2), ("Jazz", 0.05))
    return ReviewItem(change, ("Techno",), ("Techno",), others)


GROUP = ReviewGroup("Techno, fast (An Artist, Another Artist)", tuple(item(number) for number in range(40)))


@pytest.fixture(params=[40, 80])
def width(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setenv("COLUMNS", str(request.param))
    monkeypatch.setenv("LINES", "24")
    return int(request.param)


def test_every_line_fits(width: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert show_group(GROUP, GROUP.items, 1, 3)
    show_track(GROUP, GROUP.items[0], 1)
    assert not show_items(GROUP.items[:3], 3)
    out, err = capsys.readouterr()
    assert out == ""
    assert max(map(len, err.splitlines())) <= width
    assert "group 1 of 3: Techno, fast (An Artist," in err
    assert "and 28 more, less sure" in err
    assert "1 Electronic 0.90" in err and "2 Drum and Bass 0.31" in err  # not torn apart
    assert "now" not in err


def test_keys_that_are_not_offered_are_passed_over(
    width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pressed = iter(["x", "\x1b[A", "aa", "3", "\r", "A"])
    monkeypatch.setattr(click, "getchar", lambda: next(pressed))
    assert ask_key({"1-2": "take that word", "a": "accept"}, {"1", "2", "a"}) == "a"
    assert capsys.readouterr().err == "(1-2) take that word  (a) accept\n"


def test_enter_after_a_key_is_no_other_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    for typed in ("a\r", "A\n"):
        monkeypatch.setattr(click, "getchar", lambda typed=typed: typed)
        assert ask_key({"a": "accept"}) == "a"


def test_what_could_harm_a_terminal_is_not_said(capsys: pytest.CaptureFixture[str]) -> None:
    say("a\x1b[31mb\nc [bold]d")
    assert capsys.readouterr().err == "a\ufffd[31mb c [bold]d\n"
