"""undo: what tag wrote is taken back, byte by byte."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest
import sounds
from tagged_library import add, snapshot
from typed_commands import Type

from musicemb.io.catalogue.catalogue import open_catalogue
from musicemb.io.tags.reader import read_tags


@pytest.fixture
def music(tmp_path: Path) -> Path:
    """Three tracks without a genre, in the catalogue with a guess each."""
    root = tmp_path / "music"
    with open_catalogue() as catalogue:
        for number, suffix in enumerate((".mp3", ".flac", ".ogg")):
            path = sounds.write_music(root / f"{number}{suffix}", 1.0, seed=number, artist="A", title=f"T{number}")
            add(catalogue, path, "rock")
    return root


def test_tag_and_undo(music: Path, type_: Type) -> None:
    before = snapshot(music)
    assert type_("tag", "--yes").status == 0
    assert [read_tags(path).genres for path in before] == [("Rock",)] * 3

    refused = type_("undo")
    assert refused.status == 2
    assert "3 files of run 1 would be restored" in refused.text
    undone = type_("undo", "--yes", "--json")
    assert undone.status == 0, undone.err
    assert [result["status"] for result in undone.json["results"]] == ["written"] * 3
    assert snapshot(music) == before
    assert type_("undo", "--yes").text == "nothing to undo\n"

    listed = type_("undo", "--list").text.splitlines()
    assert listed[0].split()[:2] == ["run", "what"]
    assert [run["kind"] for run in type_("undo", "--list", "--json").json["runs"]] == ["tag", "undo"]
    unknown = type_("undo", "99")
    assert unknown.status == 1
    assert "there is no run 99" in unknown.err


def test_the_answer_counts(music: Path, type_: Type, monkeypatch: pytest.MonkeyPatch) -> None:
    before = snapshot(music)
    assert type_("tag", "--yes").status == 0
    written = snapshot(music)
    for answer, files in (("n", written), ("y", before)):
        monkeypatch.setattr(sys, "stdin", io.StringIO(f"{answer}\n"))
        typed = type_("undo", terminal=True)
        assert typed.status == 0
        assert "Restore 3 files? [y/N]" in typed.err
        assert ("nothing was restored" in typed.err) == (answer == "n")
        assert ("3 restored" in typed.text) == (answer == "y")
        assert snapshot(music) == files


def test_no_run_is_listed_before_the_first(music: Path, type_: Type) -> None:
    assert type_("undo", "--list").text == "no run has written to files yet\n"
    assert type_("undo", "--list", "--json").json == {"schema": 1, "runs": []}
    assert type_("undo").text == "nothing to undo\n"


def test_a_question_comes_before_old_entries_are_dropped(library: Path, type_: Type) -> None:
    with open_catalogue(library) as catalogue:
        catalogue.add_journal(catalogue.start_run("tag"), Path("/m/a"), "h", {}, {"TCON": ["Rock"]})
        with catalogue.transaction() as connection:
            connection.execute("UPDATE run SET started = '2020-01-01T00:00:00+00:00'")
    assert "nothing older than 9000 days" in type_("undo", "--prune", "9000").text
    typed = type_("undo", "--prune", "30")
    assert (typed.status, "add --yes" in typed.err) == (2, True)
    typed = type_("undo", "--prune", "30", "--yes", "--json")
    assert typed.json == {"schema": 1, "pruned": 1, "undoable": 1, "unfinished": 0}
    assert type_("undo", "--prune", "30", "--list").status == 2
