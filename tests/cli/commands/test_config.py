"""config as it is typed, and the settings where they act."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

import pytest
from typed_commands import Type

from musicemb.io.catalogue.catalogue import open_catalogue


@pytest.fixture
def config(own_library: Path) -> Path:
    return Path(os.environ["MUSICEMB_CONFIG"])


def settings(type_: Type) -> dict[str, tuple[object, list[str]]]:
    return {one["key"]: (one["value"], one["sources"]) for one in type_("config", "--json").json["settings"]}


def test_what_holds_and_who_says_so(library: Path, config: Path, type_: Type, monkeypatch: pytest.MonkeyPatch) -> None:
    config.write_text('policy = "add"\nworkers = 2\nexclude = ["*/a"]\n')
    monkeypatch.setenv("MUSICEMB_WORKERS", "3")
    with open_catalogue(library) as catalogue:
        catalogue.prefer("min confidence", "0.7")
        catalogue.prefer("exclude", '["*/b"]')
    found = settings(type_)
    assert found["policy"] == ("add", ["file"])
    assert found["workers"] == (3, ["environment"])
    assert found["min_confidence"] == (0.7, ["library"])
    assert found["exclude"] == (["*/a", "*/b"], ["file", "library"])
    assert found["roots"] == (["/music"], ["library"])
    assert found["mixes"] == (False, ["default"])
    shown = type_("config").text
    assert "config.toml + the library" in shown
    assert "(not there)" not in shown
    assert type_("config", "--forget", "min_confidence").status == 0
    assert settings(type_)["min_confidence"] == (None, ["default"])
    assert type_("config", "--forget", "policy").status == 2


def test_without_a_library_or_a_file(config: Path, type_: Type) -> None:
    typed = type_("config")
    assert typed.status == 0
    assert "config.toml (not there)" in typed.text
    rows = {line.split()[0]: line for line in typed.text.splitlines() if line.endswith("default")}
    assert "one per core" in rows["workers"]
    assert "0.60" in rows["min_confidence"].split()
    assert "25" in rows["playlist.tracks"].split()


def test_the_example_is_a_configuration(config: Path, type_: Type) -> None:
    example = type_("config", "--example").text
    assert tomllib.loads(example) == {"playlist": {}}
    config.write_text("\n".join(line[2:] if " = " in line else line for line in example.splitlines()))
    assert {sources[0] for _, sources in settings(type_).values()} == {"file"}


@pytest.mark.parametrize("words", [["config"], ["status"], ["scan"], ["similar", "x"]], ids=" ".join)
def test_a_typo_is_one_line_whatever_is_asked(words: list[str], library: Path, config: Path, type_: Type) -> None:
    config.write_text("worker = 2")
    typed = type_(*words)
    assert (typed.status, typed.err.count("\n")) == (2, 1)
    assert typed.err.endswith("there is no key 'worker'; did you mean 'workers'?\n")


def test_settings_act_where_no_option_says_otherwise(library: Path, config: Path, type_: Type) -> None:
    assert len(type_("playlist", "Even Song 4", "--json").json["tracks"]) == 25
    config.write_text('policy = "add"\n[playlist]\ntracks = 5\nminutes = 60\n')
    assert len(type_("playlist", "Even Song 4", "--json").json["tracks"]) == 5
    assert len(type_("playlist", "Even Song 4", "-n", "3", "--json").json["tracks"]) == 3
    assert type_("tag", "--dry-run", "--json").json["policy"] == "add"
    assert type_("tag", "--dry-run", "--policy", "missing", "--json").json["policy"] == "missing"
    config.write_text("[playlist]\nminutes = 9\n")
    assert len(type_("playlist", "Even Song 4", "--json").json["tracks"]) == 3
