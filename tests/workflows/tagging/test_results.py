"""One file's trouble stays its own; what is not the file's fault ends the run."""

from __future__ import annotations

import errno
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sounds
from tagged_library import add, snapshot

from musicemb.errors import CatalogueError, TagError
from musicemb.io.catalogue.catalogue import Catalogue, open_catalogue
from musicemb.io.tags.reader import read_tags
from musicemb.io.tags.replacing.atomic_replace import Replacement
from musicemb.workflows.tagging.results import fenced
from musicemb.workflows.tagging.tag import apply_tags, plan_tags
from musicemb.workflows.tagging.undo import apply_undo, plan_undo

PATH = Path("/music/a.mp3")
FROM_THE_FILE = [
    RecursionError("too deep"),
    struct.error("unpack requires 4 bytes"),
    OverflowError("Python int too large to convert to SQLite INTEGER"),
    MemoryError(),
    UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid"),
    OSError(errno.EIO, "Input/output error"),
    KeyError("stbl"),
]


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    with open_catalogue(tmp_path / "library.sqlite") as opened:
        yield opened


@pytest.fixture
def music(tmp_path: Path) -> Path:
    folder = tmp_path / "music"
    folder.mkdir()
    return folder


@pytest.mark.parametrize("error", FROM_THE_FILE, ids=lambda error: type(error).__name__)
def test_what_a_file_causes_names_the_file(error: Exception) -> None:
    with pytest.raises(TagError) as caught, fenced(PATH):
        raise error
    assert caught.value.path == PATH and caught.value.transient and "\n" not in caught.value.reason


@pytest.mark.parametrize(
    "error",
    [
        KeyboardInterrupt(),
        CatalogueError("the catalogue is gone"),
        OSError(errno.ENOSPC, "No space left on device"),
        OSError(errno.EDQUOT, "Disk quota exceeded"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_ends_a_run(error: BaseException) -> None:
    with pytest.raises(type(error)), fenced(PATH):
        raise error


@pytest.mark.parametrize("where", ["read_tags", "hold", "edit_tag"])
@pytest.mark.parametrize("error", FROM_THE_FILE, ids=lambda error: type(error).__name__)
def test_tag_goes_on_behind_a_bad_file(
    catalogue: Catalogue, music: Path, monkeypatch: pytest.MonkeyPatch, where: str, error: Exception
) -> None:
    for number in range(3):
        add(catalogue, sounds.write_music(music / f"{number}.mp3", 1.0, seed=number), "jazz")
    changes = plan_tags(catalogue)
    real: Any = getattr(__import__("musicemb.workflows.tagging.tag", fromlist=[where]), where)

    def stumble(path: Path, *arguments: Any, **named: Any) -> Any:
        if path.name == "1.mp3":
            raise error
        return real(path, *arguments, **named)

    with monkeypatch.context() as patch:
        patch.setattr(f"musicemb.workflows.tagging.tag.{where}", stumble)
        if where != "edit_tag":
            planned = {change.track.path.name: change for change in plan_tags(catalogue)}
            assert planned["1.mp3"].failed and planned["1.mp3"].obstacle and not planned["2.mp3"].obstacle
        results = {each.path.name: each for each in apply_tags(catalogue, changes)}
    assert {name: each.status for name, each in results.items()} == {
        "0.mp3": "written",
        "1.mp3": "failed",
        "2.mp3": "written",
    }
    assert results["1.mp3"].reason


def test_undo_goes_on_behind_a_bad_file(catalogue: Catalogue, music: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(3):
        add(catalogue, sounds.write_music(music / f"{number}.mp3", 1.0, seed=number), "jazz")
    before = snapshot(music)
    list(apply_tags(catalogue, plan_tags(catalogue)))
    from musicemb.workflows.tagging import undo

    real = undo.restore_file

    def stumble(path: Path, *arguments: Any) -> Any:
        if path.name == "1.mp3":
            raise RecursionError("too deep")
        return real(path, *arguments)

    with monkeypatch.context() as patch:
        patch.setattr(undo, "restore_file", stumble)
        results = {each.path.name: each.status for each in apply_undo(catalogue, plan_undo(catalogue))}
    assert results == {"0.mp3": "written", "1.mp3": "failed", "2.mp3": "written"}
    assert [entry.path.name for entry in plan_undo(catalogue)] == ["1.mp3"]
    list(apply_undo(catalogue, plan_undo(catalogue)))
    assert snapshot(music) == before


def test_a_full_disk_ends_the_run_and_keeps_what_was_done(
    catalogue: Catalogue, music: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        add(catalogue, sounds.write_music(music / f"{number}.mp3", 1.0, seed=number), "jazz")
    before = snapshot(music)
    commit = Replacement.commit

    def full(self: Replacement) -> Any:
        if self.asked.name == "1.mp3":
            raise OSError(errno.ENOSPC, "No space left on device")
        return commit(self)

    with monkeypatch.context() as patch:
        patch.setattr(Replacement, "commit", full)
        results = apply_tags(catalogue, plan_tags(catalogue))
        assert next(results).status == "written"
        with pytest.raises(OSError, match="No space left") as caught:
            next(results)
    assert caught.value.filename == str(music / "1.mp3")
    assert [read_tags(path).genres for path in before] == [("Jazz",), (), ()]
    list(apply_undo(catalogue, plan_undo(catalogue)))
    assert snapshot(music) == before
