"""What a killed run left goes with the next command, wherever it lies; nothing else does."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import sounds
from tagged_library import add

from musicemb.io.catalogue.catalogue import Catalogue, open_catalogue
from musicemb.workflows.tagging.leftovers import remove_leftovers, writing_beside
from musicemb.workflows.tagging.tag import apply_tags, plan_tags
from musicemb.workflows.tagging.undo import plan_undo

NAME = ".musicemb-00112233445566ff.partial"


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    with open_catalogue(tmp_path / "library.sqlite") as opened:
        yield opened


def leave(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    left = folder / NAME
    left.write_bytes(b"half a file")
    return left


def test_only_our_copies_go(catalogue: Catalogue, tmp_path: Path) -> None:
    left = leave(tmp_path / "music")
    other = left.with_name(".musicemb-0.partial")
    other.write_bytes(b"")
    assert remove_leftovers(catalogue, [tmp_path / "music" / "a.mp3"]) == [left] and other.exists()


def test_a_killed_run_is_remembered_until_its_folder_is_back(catalogue: Catalogue, tmp_path: Path) -> None:
    folder = tmp_path / "drive"
    left = leave(folder)
    run = writing_beside(catalogue, [folder / "a.mp3"])
    run.__enter__()  # and never ended
    folder.rename(tmp_path / "away")
    assert remove_leftovers(catalogue, []) == []
    (tmp_path / "away").rename(folder)
    assert remove_leftovers(catalogue, []) == [left]
    leave(folder)
    assert remove_leftovers(catalogue, []) == [], "looked through once"


def test_a_run_that_ended_is_forgotten(catalogue: Catalogue, tmp_path: Path) -> None:
    left = leave(tmp_path / "music")
    with writing_beside(catalogue, [left]):
        pass
    assert remove_leftovers(catalogue, []) == [] and left.exists()


@pytest.mark.parametrize("plan", [plan_tags, plan_undo])
def test_a_plan_removes_them_even_where_nothing_is_to_be_done(
    catalogue: Catalogue, tmp_path: Path, plan: object
) -> None:
    add(catalogue, sounds.write_music(tmp_path / "music" / "a.mp3", 1.0))
    left = leave(tmp_path / "music")
    assert plan(catalogue) == [] and not left.exists()  # type: ignore[operator]


def test_reading_removes_nothing(catalogue: Catalogue, tmp_path: Path) -> None:
    add(catalogue, sounds.write_music(tmp_path / "music" / "a.mp3", 1.0))
    left = leave(tmp_path / "music")
    with open_catalogue(catalogue.path, read_only=True) as other:
        plan_tags(other)
    assert left.exists()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and SIGKILL")
def test_a_link_into_another_folder_is_cleaned_up_after(
    catalogue: Catalogue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = sounds.write_music(tmp_path / "elsewhere" / "a.mp3", 1.0)
    (tmp_path / "music").mkdir()
    link = tmp_path / "music" / "a.mp3"
    link.symlink_to(real)
    add(catalogue, link, "jazz")
    changes = plan_tags(catalogue)
    path = catalogue.path
    child = os.fork()
    if not child:
        monkeypatch.setattr("musicemb.io.tags.writer._verify", lambda *_: os.kill(os.getpid(), signal.SIGKILL))
        with open_catalogue(path) as own:
            list(apply_tags(own, changes))
        os._exit(1)
    assert os.waitpid(child, 0)[1] == signal.SIGKILL
    assert [each.name[:10] for each in real.parent.iterdir() if each != real] == [".musicemb-"]
    assert plan_undo(catalogue) == []
    assert list(real.parent.iterdir()) == [real]
