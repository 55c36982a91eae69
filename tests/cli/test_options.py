"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from musicemb.cli import options
from musicemb.cli.app import cli
from musicemb.cli.session import Session
from musicemb.settings import GuessSettings


def told(decorator: Callable[[Any], Any], *words: str) -> dict[str, Any]:
    """What a command with an option is called with."""
    found: dict[str, Any] = {}

    @click.command()
    @decorator
    def command(**given: Any) -> None:
        found.update(given)

    result = CliRunner().invoke(command, words, standalone_mode=False)
    if result.exception is not None:
        raise result.exception
    return found


@pytest.mark.parametrize("form", ["json", "paths", "print0", "m3u8"])
def test_a_listing_has_one_form(form: str) -> None:
    assert told(options.listing_options) == {"form": "table"}
    assert told(options.listing_options, f"--{form}") == {"form": form}


def test_flags() -> None:
    assert told(options.json_option) == {"as_json": False}
    assert told(options.json_option, "--json") == {"as_json": True}
    assert told(options.yes_option("Write."), "-y") == told(options.yes_option("Write."), "--yes") == {"yes": True}
    assert told(options.encoder_option("Encoder."), "--encoder", "x") == {"encoder": "x"}


def test_what_may_be_guessed() -> None:
    plain = {"vocabulary": None, "any_genre": False, "max_genres": None, "min_confidence": None}
    assert told(options.genre_options) == plain
    given = told(options.genre_options, "--vocabulary", "a.txt", "--max-genres", "5", "--min-confidence", "0.4")
    assert given == {"vocabulary": Path("a.txt"), "any_genre": False, "max_genres": 5, "min_confidence": 0.4}
    shown = " ".join(
        CliRunner().invoke(click.command()(options.genre_options(lambda: None)), ["--help"]).output.split()
    )
    assert f'"default" is {GuessSettings().threshold:.2f}' in shown
    for wrong in ("0", "6", "many"):
        with pytest.raises(click.BadParameter):
            told(options.genre_options, "--max-genres", wrong)


def test_words_of_a_vocabulary(tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    path.write_text("Polka\nSka\n")
    assert options.read_words(None, any_genre=False) is None
    assert options.read_words(None, any_genre=True) == ()
    assert options.read_words(path, any_genre=False) == ("Polka", "Ska")
    with pytest.raises(click.UsageError, match="--vocabulary and --any-genre contradict each other"):
        options.read_words(path, any_genre=True)


@pytest.mark.parametrize(
    ("root", "words", "library", "typed"),
    [
        (True, [], "/from/environment", False),
        (False, [], None, False),
        (True, ["--library", "/typed"], "/typed", True),
        (False, ["--library", "/typed"], "/typed", True),
    ],
)
def test_the_library_that_is_typed_wins_over_the_environment(
    root: bool, words: list[str], library: str | None, typed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MUSICEMB_LIBRARY", "/from/environment")
    session = Session()
    command = click.command()(options.library_option(root=root)(lambda: None))
    assert CliRunner().invoke(command, words, obj=session).exit_code == 0
    assert (session.library, session.library_typed) == (library and Path(library), typed)


@pytest.mark.parametrize(
    "words",
    [
        ["scan", ""],
        ["scan", "music", ""],
        ["watch", ""],
        ["forget", ""],
        ["map", "-o", ""],
        ["import", ""],
        ["backup", ""],
        ["--library", "", "status"],
        ["status", "--log-file", ""],
    ],
)
def test_an_empty_path_is_not_the_current_folder(words: list[str]) -> None:
    found = CliRunner().invoke(cli, words, obj=Session())
    assert found.exit_code == 2
    assert found.stderr.splitlines()[-1].endswith('the path is empty; the current folder is "."')
