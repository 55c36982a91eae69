"""Tables: whole where they go to a pipe, fitting where they go to a terminal."""

from __future__ import annotations

import io
import re
import sys
from typing import Literal

import pytest
from rich.cells import cell_len

from musicemb.cli.views import table
from musicemb.cli.views.table import Column, emit_table


class Terminal(io.StringIO):
    """A stdout that somebody looks at."""

    def isatty(self) -> bool:
        return True


def in_terminal(
    width: int,
    monkeypatch: pytest.MonkeyPatch,
    columns: list[Column],
    rows: list[list[str]],
    below: Literal["", "path", "text"] = "",
    last: int = 1,
) -> list[str]:
    """The lines of a table in a terminal of a width."""
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    emit_table(columns, rows, below=below, last=last)
    plain = re.sub(r"\x1b\[[0-9;]*m", "", terminal.getvalue())
    return [line.rstrip() for line in plain.splitlines()]


def test_a_table_in_a_pipe_is_whole(capsys: pytest.CaptureFixture[str]) -> None:
    emit_table([Column("id", right=True), Column("name")], [["1", "x" * 300], ["23", "a\nb\x1b"]])
    assert capsys.readouterr().out == f"id  name\n 1  {'x' * 300}\n23  a b\ufffd\n"


def test_a_table_in_a_terminal_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    columns = [Column("name"), Column("file", end=True)]
    lines = in_terminal(30, monkeypatch, columns, [["a" * 40, "/folder/" + "b" * 30 + ".mp3"]])
    assert [len(line) <= 30 for line in lines] == [True, True]
    name, file = lines[1].split()
    assert name.endswith("…") and name.startswith("aaa")
    assert file.startswith("…") and file.endswith("b.mp3")


def test_paths_stand_below_their_rows_where_it_is_narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    columns = [Column("name"), Column("path")]
    rows = [["one", "/a/" + "x" * 30], ["two", "/b"]]
    folded = ["name", "one", f"      /a/{'x' * 27}", "      xxx", "two", "      /b"]
    assert in_terminal(36, monkeypatch, columns, rows, "path") == folded
    assert in_terminal(80, monkeypatch, columns, rows, "path") == ["name  path", f"one   {rows[0][1]}", "two   /b"]


def test_several_columns_stand_below_their_rows_one_under_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    columns = [Column("id"), Column("sounds"), Column("typical")]
    rows = [["1", "calm", "y" * 40], ["2", "", "short"]]
    lines = in_terminal(30, monkeypatch, columns, rows, "text", last=2)
    assert lines == ["id", "1", "      calm", f"      {'y' * 23}…", "2", "      short"]
    assert in_terminal(80, monkeypatch, columns, rows, "text", last=2)[0].split() == ["id", "sounds", "typical"]


@pytest.mark.parametrize(
    ("width", "titles"),
    [(60, ["score", "title", "album", "genre"]), (34, ["score", "title", "genre"]), (24, ["score", "title"])],
)
def test_the_most_dispensable_column_goes_first_and_no_other_is_lost(
    width: int, titles: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    columns = [Column("score", at_least=5), Column("title", at_least=15), Column("album", at_least=10, spare=2)]
    columns.append(Column("genre", at_least=8, spare=1))
    lines = in_terminal(width, monkeypatch, columns, [["0.90", "t" * 20, "a" * 20, "g" * 20]])
    assert lines[0].split() == titles
    assert len(lines[1].split()) == len(titles)
    assert max(map(len, lines)) <= width


@pytest.mark.parametrize("text", ["", "plain", "caf\xe9", "日本語", "e\u0301", "a\tb", "a\x1bb", "🎵 x", "…"])
def test_a_text_takes_as_many_cells_as_rich_says(text: str) -> None:
    assert table._cells(text) == cell_len(text)
