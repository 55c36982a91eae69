"""tag on real files, and what scan --write does."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import numpy as np
import pytest
import sounds
from fake_encoder import FakeEncoder
from typed_commands import Type

from musicemb.io.catalogue.catalogue import open_catalogue
from musicemb.io.tags.reader import read_tags
from musicemb.records import GenreHead, MusicalKey, TrackValues
from musicemb.workflows.library.scan import scan_library

HEAD = GenreHead(
    labels=("jazz", "rock"),
    weights=np.zeros((16, 2), np.float32),
    bias=np.array([0.0, 3.0], np.float32),
    mean=np.zeros(16, np.float32),
    scale=np.ones(16, np.float32),
    threshold=0.5,
)
"""Says rock, 0.95 sure, of everything."""

ENCODER = FakeEncoder(genre_head=HEAD)


@pytest.fixture
def music(tmp_path: Path) -> Path:
    """Three tracks without a genre and one with, scanned."""
    root = tmp_path / "music"
    for number, suffix in enumerate((".mp3", ".flac", ".ogg")):
        sounds.write_music(root / f"{number}{suffix}", 2.0, seed=number, artist="A", title=f"T{number}")
    sounds.write_music(root / "own.mp3", 2.0, seed=9, artist="A", title="Own", genre="Polka")
    with open_catalogue() as catalogue:
        list(scan_library([root], catalogue=catalogue, encoder=ENCODER, workers=0))
    return root


def genres(music: Path) -> list[tuple[str, ...]]:
    return [read_tags(path).genres for path in sorted(music.iterdir())]


def bytes_of(music: Path) -> list[bytes]:
    return [path.read_bytes() for path in sorted(music.iterdir())]


def test_a_dry_run_writes_nothing(music: Path, type_: Type) -> None:
    before = bytes_of(music)
    typed = type_("tag", "--dry-run")
    assert typed.status == 0, typed.err
    assert typed.text.startswith("3 files would get a genre: Rock 3\n")
    assert "0.89  A - T0" in typed.text
    assert typed.text.endswith("nothing was written; run the same command without --dry-run to write\n")
    document = type_("tag", "--dry-run", "--json").json
    assert [change["after"] for change in document["changes"]] == [["Rock"]] * 3
    assert document["results"] == []
    assert bytes_of(music) == before
    assert type_("tag", "--dry-run", "--min-confidence", "0.99").text.startswith("nothing to write")


def test_without_a_terminal_and_consent_nothing_is_written(music: Path, type_: Type) -> None:
    before = bytes_of(music)
    for words in (["tag"], ["tag", "--json"]):
        typed = type_(*words)
        assert typed.status == 2
        assert "--yes" in typed.err
    assert bytes_of(music) == before


def test_what_is_written_is_not_written_again(music: Path, type_: Type) -> None:
    typed = type_("tag", "--yes")
    assert typed.status == 0, typed.err
    assert "3 written\nrun musicemb undo to take it back\n" in typed.text
    assert genres(music) == [("Rock",), ("Rock",), ("Rock",), ("Polka",)]
    assert type_("tag", "--yes").text.startswith("nothing to write")


def test_the_answer_counts(music: Path, type_: Type, monkeypatch: pytest.MonkeyPatch) -> None:
    before = bytes_of(music)
    monkeypatch.setattr(sys, "stdin", io.StringIO("n\n"))
    typed = type_("tag", terminal=True)
    assert typed.status == 0
    assert "Write to 3 files? [y/N]" in typed.err and "nothing was written" in typed.err
    assert bytes_of(music) == before
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))
    assert type_("tag", terminal=True).status == 0
    assert bytes_of(music) != before


def test_an_end_of_input_at_the_question_is_an_interruption(
    music: Path, type_: Type, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    typed = type_("tag", terminal=True)
    assert typed.status == 130
    assert typed.err.splitlines()[-1] == "musicemb: interrupted; nothing was changed"


def test_a_file_that_changed_meanwhile_is_said(music: Path, type_: Type) -> None:
    sounds.write_music(music / "0.mp3", 2.0, seed=77, artist="A", title="Other")
    typed = type_("tag", "--yes")
    assert "2 written, 1 skipped" in typed.text
    assert "0.mp3" in typed.text and "other audio" in typed.text


def test_files_that_are_away_are_told_and_not_that_guesses_are_unsure(music: Path, type_: Type) -> None:
    music.rename(music.with_name("away"))
    typed = type_("tag", "--yes")
    assert typed.status == 3
    assert typed.text.startswith("3 files cannot be written\n  does not exist; is its drive mounted?: 3 files\n")
    typed = type_("tag", "--yes", "--json")
    assert [change["obstacle"] for change in typed.json["changes"]] == ["does not exist; is its drive mounted?"] * 3
    shown = type_("tag", "--dry-run").text
    assert "is its drive mounted?" in shown
    assert "without --dry-run" not in shown  # nothing would be written without --dry-run either
    assert "nothing to write: 3 files cannot be written" in typed.err


def test_scan_can_write_at_the_end(music: Path, type_: Type) -> None:
    typed = type_("scan", music, "--write", "--yes", encoder=ENCODER)
    assert typed.status == 0, typed.err
    assert "3 written" in typed.text
    assert genres(music)[0] == ("Rock",)
    again = type_("scan", music, "--write", "--yes", "--json", encoder=ENCODER)
    assert again.json["changes"] == again.json["results"] == []
    assert again.json["unchanged"] == 4


def test_a_vocabulary_is_remembered_by_scan_until_any_genre_may_be_guessed(
    music: Path, type_: Type, tmp_path: Path
) -> None:
    words = tmp_path / "words.txt"
    words.write_text("Polka\n")
    scan = ("scan", "--json", "--workers", "1")
    assert type_(*scan, "--vocabulary", words, encoder=ENCODER).json["guesses"] == 0
    words.unlink()
    later = type_(*scan, encoder=ENCODER)
    assert later.json["guesses"] == 0
    assert "vocabulary of 1 genre; --any-genre lifts the limit" in later.err
    assert type_("tag", "--dry-run", "--any-genre", "--json", encoder=ENCODER).json["changes"]
    assert type_("tag", "--dry-run", "--json", encoder=ENCODER).json["changes"] == []
    assert type_(*scan, "--any-genre", encoder=ENCODER).json["guesses"] == 3
    broken = type_(*scan, "--vocabulary", words, encoder=ENCODER)
    assert (broken.status, broken.out) == (2, b"")
    assert broken.err.count("\n") == 1


def test_values_are_planned_written_and_undone(music: Path, type_: Type) -> None:
    with open_catalogue() as catalogue:
        for track in catalogue.tracks():
            catalogue.put_values(track.payload_hash, TrackValues(128.0, 0.9, MusicalKey(9, minor=True), 0.8, -9.0, 1.0))
    before = bytes_of(music)
    document = type_("tag", "--values", "bpm,key", "--dry-run", "--json").json
    assert document["values"] == ["bpm", "key"]
    assert {"TBPM": ["128"], "TKEY": ["Am"]} in [change["after"] for change in document["changes"]]
    typed = type_("tag", "--values", "bpm, key", "--yes")
    assert typed.status == 0, typed.err
    assert typed.text.startswith("4 files would get values\n")
    assert "128, Am" in typed.text
    assert "4 written" in typed.text
    assert "nothing to write" in type_("tag", "--values", "bpm,key", "--yes").text
    assert type_("undo", "--yes").status == 0
    assert bytes_of(music) == before


@pytest.mark.parametrize("words", [["--values", "mood"], ["--values", "bpm", "--policy", "add"]])
def test_values_that_there_are_not_are_refused(music: Path, type_: Type, words: list[str]) -> None:
    typed = type_("tag", *words, "--dry-run")
    assert typed.status in (1, 2)
    assert "values" in typed.err
