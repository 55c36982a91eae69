"""``check``: a plain summary with what to do, exit status 3 where something is wrong."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
import sounds
from tagged_library import add
from typed_commands import Type

from musicemb.io.catalogue.catalogue import open_catalogue


@pytest.fixture
def small(own_library: Path, tmp_path: Path) -> Path:
    """One file, and an entry of the journal."""
    with open_catalogue(own_library) as catalogue:
        add(catalogue, sounds.write_music(tmp_path / "music" / "a.mp3", 1.0))
        catalogue.add_journal(catalogue.start_run("tag"), tmp_path / "b", "h", {}, {"TCON": ["Rock"]})
    return own_library


def test_all_is_well(small: Path, type_: Type) -> None:
    typed = type_("check")
    assert (typed.status, typed.err) == (0, "")
    assert typed.text.endswith(": 1 track, 1 journal entry\nall is well\n")
    found = type_("check", "--json").json
    assert (found["findings"], found["repair"], found["tracks"]) == ([], None, 1)


def test_damage_is_told_and_repaired(small: Path, type_: Type) -> None:
    with sqlite3.connect(small) as connection:
        connection.execute("UPDATE journal SET after = '{}'")
    connection.close()
    typed = type_("check")
    assert typed.status == 3
    assert "1 of the journal's entries do not match" in typed.text
    assert "check --repair" in typed.text
    typed = type_("check", "--repair")
    assert typed.status == 3  # something was lost
    assert "saved: 1 track, 0 journal entries" in typed.text
    assert "1 journal entry could not be saved (ids 1): undo cannot take these back" in typed.text
    assert ".damaged-" in typed.text
    assert type_("check").status == 0


def test_a_repair_in_json(small: Path, type_: Type) -> None:
    with small.open("r+b") as file:
        file.write(bytes(100))
    typed = type_("check", "--json")
    assert (typed.status, typed.json["findings"][0]["kind"]) == (3, "unreadable")
    typed = type_("check", "--repair", "--json")
    assert typed.status == 0
    assert typed.json["repair"]["saved"]["journal"] == 1
    assert Path(typed.json["repair"]["kept"]).is_file()


def test_files_that_are_gone_are_told(library: Path, type_: Type) -> None:
    typed = type_("check")
    assert typed.status == 3
    assert "/music holds none of its 40 tracks" in typed.text
    assert "and 37 more (--json lists all)" in typed.text
    assert len(type_("check", "--json").json["findings"][0]["paths"]) == 40


def test_no_library_is_one_line(own_library: Path, type_: Type) -> None:
    typed = type_("check")
    assert (typed.status, typed.err.count("\n")) == (1, 1)
