"""Another file, copied over a catalogue that is open, is noticed before music is written, and left alone."""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest
import sounds
from made_tracks import fill
from tagged_library import add, snapshot

from musicemb.errors import CatalogueError
from musicemb.io.catalogue.catalogue import Catalogue, open_catalogue
from musicemb.io.catalogue.safety.contents import Contents
from musicemb.workflows.tagging.tag import apply_tags, plan_tags

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows copies over no file that is open")


@pytest.fixture(autouse=True)
def _hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """What looks wrong is looked at again at once."""
    monkeypatch.setattr("musicemb.io.catalogue.safety.contents._PAUSE", 0.005)


def copy_over(source: Path, target: Path) -> None:
    """As `cp` does: the file stays, its bytes are replaced."""
    with source.open("rb") as old, target.open("r+b") as new:
        new.truncate(0)
        shutil.copyfileobj(old, new)


def write_over(source: Path, target: Path) -> None:
    """As `rsync --inplace --times` does: block by block, and the file's date is set."""
    status = target.stat()
    with target.open("r+b") as new:
        new.write(source.read_bytes())
        new.truncate()
    os.utime(target, ns=(status.st_atime_ns, status.st_mtime_ns))


def another(folder: Path, kind: str) -> Path:
    """A catalogue to copy over: of other music, or an older copy of the same."""
    path = folder / "other.sqlite"
    if kind == "older":
        shutil.copy(folder / "library.sqlite", path)
        with open_catalogue(folder / "library.sqlite") as catalogue:
            catalogue.start_run("tag")
    elif kind == "no catalogue":
        path.write_bytes(b"words " * 3000)
    elif kind == "empty":
        path.touch()
    else:
        fill(path, 7)
    return path


KINDS = ("other", "older", "no catalogue", "empty")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("over", [copy_over, write_over])
def test_a_catalogue_that_is_overwritten_while_held_is_noticed(tmp_path: Path, kind: str, over: object) -> None:
    path = tmp_path / "library.sqlite"
    fill(path)
    other = another(tmp_path, kind)
    with open_catalogue(path) as catalogue:
        run = catalogue.start_run("tag")
        with catalogue.holding():
            catalogue.add_journal(run, Path("/m/1.mp3"), "h", {}, {"TCON": ["Jazz"]})
            catalogue.check_place()
            over(other, path)  # type: ignore[operator]
            for _ in range(2):
                with pytest.raises(CatalogueError, match="copied over") as error:
                    catalogue.add_journal(run, Path("/m/2.mp3"), "h", {}, {})
        assert str(error.value).count("\n") == 0
    assert path.read_bytes() == other.read_bytes(), "what was copied there stays as it is"
    assert not path.with_name("library.sqlite-wal").exists()
    (saved,) = tmp_path.glob("library.sqlite.rescued-*")
    assert saved.name in str(error.value)
    with open_catalogue(saved, read_only=True) as catalogue:
        assert [entry.path for entry in catalogue.journal(run)] == [Path("/m/1.mp3")]


@pytest.mark.parametrize("kind", KINDS)
def test_a_catalogue_that_is_overwritten_before_it_is_held_is_noticed(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "library.sqlite"
    fill(path)
    other = another(tmp_path, kind)
    with open_catalogue(path) as catalogue:
        copy_over(other, path)
        with pytest.raises(CatalogueError, match="copied over"), catalogue.holding():
            pytest.fail("it is held")
    assert path.read_bytes() == other.read_bytes()


def test_no_music_is_written_then(tmp_path: Path) -> None:
    path, music = tmp_path / "library.sqlite", tmp_path / "music"
    music.mkdir()
    fill(tmp_path / "other.sqlite", 5)
    with open_catalogue(path) as catalogue:
        for number in range(3):
            add(catalogue, sounds.write_music(music / f"{number}.mp3", 1.0, seed=number), "Jazz")
        before = snapshot(music)
        writing = apply_tags(catalogue, plan_tags(catalogue))
        assert next(writing).status == "written"
        copy_over(tmp_path / "other.sqlite", path)
        with pytest.raises(CatalogueError, match="copied over"):
            list(writing)
    now = snapshot(music)
    assert [now[each] == before[each] for each in sorted(before)] == [False, True, True]
    (saved,) = tmp_path.glob("library.sqlite.rescued-*")
    with open_catalogue(saved) as catalogue:
        assert [entry.path.name for run in catalogue.runs() for entry in catalogue.journal(run.id)] == ["0.mp3"]


def test_what_other_programs_of_ours_write_is_no_loss(tmp_path: Path) -> None:
    path = tmp_path / "library.sqlite"
    fill(path)
    with open_catalogue(path) as catalogue, catalogue.holding():
        for number in range(3):
            with open_catalogue(path) as other:
                other.prefer("min_confidence", str(number))
                fold(other)
            catalogue.start_run("tag")
            fold(catalogue)
            path.chmod(0o600 + 0o40 * (number % 2))  # another ctime
            catalogue.check_place()
        assert len(catalogue.runs()) == 3


def test_a_reader_that_keeps_the_file_as_it_was_is_no_loss(tmp_path: Path) -> None:
    path = tmp_path / "library.sqlite"
    fill(path)
    with open_catalogue(path) as catalogue, closing(sqlite3.connect(path, isolation_level=None)) as reader:
        catalogue.start_run("tag")
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM run").fetchall()
        with catalogue.holding():
            catalogue.start_run("tag")
            fold(catalogue)
            catalogue.check_place()
            reader.execute("COMMIT")
            fold(catalogue)
            catalogue.check_place()


@pytest.mark.parametrize("mode", ["WAL", "DELETE"])
def test_own_writes_are_no_loss_in_either_mode(tmp_path: Path, mode: str) -> None:
    path = tmp_path / "library.sqlite"
    fill(path)
    with open_catalogue(path) as catalogue:
        with catalogue.reading() as connection:
            connection.execute(f"PRAGMA journal_mode = {mode}")
        catalogue.start_run("tag")
        with catalogue.holding():
            for _ in range(3):
                catalogue.start_run("tag")
        catalogue.start_run("tag")
        assert len(catalogue.runs()) == 5


def test_a_file_that_nobody_touched_is_looked_at_only(tmp_path: Path) -> None:
    path = tmp_path / "library.sqlite"
    fill(path)
    with closing(sqlite3.connect(path)) as connection:
        contents = Contents(path, connection)
        contents.mark = "not there"
        assert not contents.are_lost()
        path.touch()
        assert contents.are_lost()


def fold(catalogue: Catalogue) -> None:
    with catalogue.reading() as connection:
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
