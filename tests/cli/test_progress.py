"""What the commands say while they measure."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from musicemb.cli.progress import follow, plain_size
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
