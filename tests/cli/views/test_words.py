"""What a command says of a listener's words."""

from __future__ import annotations

import pytest

from musicemb.cli.views.words import few, meanings, tell_left_out
from musicemb.records import SearchTerm, WordChoice

CALM = SearchTerm("mellow", "calm", "mood", tag="calm")
SUNG = SearchTerm("vocals", "singing", "voice", tag="singing", negated=True)


def test_meanings_say_what_is_excluded() -> None:
    assert meanings([CALM, SUNG]) == "calm, no singing"


def test_a_long_list_and_what_steers_a_terminal_are_cut() -> None:
    assert few(["a" * 90]) == "a" * 40
    assert few(str(number) for number in range(30)).endswith("9, and 20 more")
    assert "\x1b" not in few(["\x1b[31m"])


def test_what_is_left_out_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    tell_left_out(WordChoice((CALM,), (), (), without_heads=False, scores={}))
    assert capsys.readouterr().err == ""
    tell_left_out(WordChoice((), (SUNG,), ("xyzzy",), without_heads=True, scores={}))
    first, second, third = capsys.readouterr().err.splitlines()
    assert first == "not known, and left out: xyzzy"
    assert "scan --reembed" in second
    assert third == "left out, since this library has no data on it: no singing"
