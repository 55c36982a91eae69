"""The page of commands says what the commands' help says."""

from __future__ import annotations

from golden.commands_page import HEAD, PAGE, commands_page

from musicemb.cli.app import cli


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == commands_page(), "run: python tests/golden/commands_page.py"


def test_every_command_is_on_it() -> None:
    text = commands_page()
    assert text.startswith(HEAD)
    for name in cli.commands:
        assert f"\n## `musicemb {name}`\n\n```text\nUsage: musicemb {name} " in text
