"""The command line as a whole: its commands, its help, its version."""

from __future__ import annotations

import re

import pytest
from typed_commands import Type

from musicemb import __version__
from musicemb.cli.app import cli


@pytest.mark.parametrize(
    "words", [["nonsense"], ["similar"], ["scan", "--workers", "0"], ["tag", "--policy", "all"], []]
)
def test_wrong_usage(words: list[str], type_: Type) -> None:
    typed = type_(*words)
    assert typed.status == 2
    assert typed.err.startswith("Usage: musicemb")


def test_help_and_version(type_: Type) -> None:
    assert type_("--version").text.startswith("musicemb ")
    for words in (["--help"], ["-h"], ["scan", "--help"]):
        typed = type_(*words)
        assert typed.status == 0
        assert typed.text.startswith("Usage: musicemb")
    shown = type_("--help").text
    assert all(f"  {status} " in shown for status in ("0", "1", "2", "3", "130"))


def test_commands_are_listed_in_the_order_in_which_people_need_them(type_: Type) -> None:
    listed = re.findall(r"^  ([a-z]+) ", type_("--help").text.partition("Commands:\n")[2], re.MULTILINE)
    assert listed == list(cli.commands)
    assert listed[:3] == ["scan", "similar", "find"] and listed[-1] == "schema"
    assert type_("--version").text == f"musicemb {__version__}\n"
