"""What the commands say while they measure."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from musicemb.cli.progress import follow, note, plain_size
from musicemb.records import MeasureStage, Problem


def test_problems_are_told_and_the_result_is_handed_out(capsys: pytest.CaptureFixture[str]) -> None:
    closed = []

    def steps():
        try:
            yield MeasureStage("reading")
            yield MeasureStage("files", 1, 2)
            yield Problem(Path("/m/a.mp3"), "is empty", "failed")
            yield MeasureStage("files", 2, 2)
            yield 42
        finally:
            closed.append(True)

    assert follow(steps(), int) == 42
    assert closed
    told = capsys.readouterr()
    assert (told.out, told.err) == ("", "/m/a.mp3: is empty\n")


@pytest.mark.parametrize(
    ("term", "columns", "size"), [("dumb", "40", (40, 25)), ("unknown", "", (80, 25)), ("xterm", "40", (None, None))]
)
def test_a_terminal_without_colours_is_as_wide_as_it_is(
    term: str, columns: str, size: tuple[int | None, int | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setenv("TERM", term)
    monkeypatch.setenv("COLUMNS", columns)
    assert plain_size(Terminal()) == size
    assert plain_size(io.StringIO()) == plain_size(None) == (None, None)


class Terminal(io.StringIO):
    """A stderr that somebody looks at."""

    def isatty(self) -> bool:
        return True


def test_messages_are_broken_between_words_where_a_terminal_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    monkeypatch.setenv("COLUMNS", "20")
    note("no track matches this, the nearest is that")
    note("  1  A long name  (/a/folder/with-a-name/file.mp3)", hang=3)
    note("needs X: python -m pip install 'y[z]'", whole=True)
    assert terminal.getvalue().splitlines() == [
        "no track matches",
        "this, the nearest is",
        "that",
        "  1  A long name",
        "     (/a/folder/with-a-name/file.mp3)",
        "needs X: python -m pip install 'y[z]'",
    ]


def test_messages_into_a_file_are_one_line_each(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    note("no track matches this, the nearest is that")
    assert capsys.readouterr().err == "no track matches this, the nearest is that\n"
