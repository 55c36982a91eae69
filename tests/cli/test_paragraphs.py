"""Sentences are broken between words."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from laws import trials

from musicemb.cli import paragraphs
from musicemb.cli.paragraphs import emit_paragraph


def narrow(monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    """A terminal of so many columns."""
    monkeypatch.setattr(paragraphs, "stdout_width", lambda: width)


def test_lines_after_the_first_hang(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    narrow(monkeypatch, 24)
    emit_paragraph("tile2vec-genre (the default)", first="Encoder   ", hang=10)
    assert capsys.readouterr().out == "Encoder   tile2vec-genre\n          (the default)\n"


def test_a_path_stays_in_one_piece(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    narrow(monkeypatch, 10)
    emit_paragraph("see /home/someone/Music/a-b.mp3")
    assert capsys.readouterr().out == "see\n/home/someone/Music/a-b.mp3\n"


def test_nothing_is_wrapped_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    emit_paragraph("word " * 100)
    assert capsys.readouterr().out.count("\n") == 1


def test_nothing_to_say_after_a_name(capsys: pytest.CaptureFixture[str]) -> None:
    emit_paragraph("", first="Scanned   ", hang=10)
    assert capsys.readouterr().out == "Scanned\n"


@settings(deadline=None, max_examples=trials(50), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text("abc", min_size=1, max_size=9), min_size=1, max_size=30), st.integers(20, 60))
def test_no_word_is_lost_and_no_line_too_long(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: list[str], width: int
) -> None:
    narrow(monkeypatch, width)
    emit_paragraph(" ".join(words), first="Name  ", hang=6)
    out = capsys.readouterr().out
    assert out.split() == ["Name", *words]
    assert max(map(len, out.splitlines())) <= width
