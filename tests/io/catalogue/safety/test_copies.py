"""Copies: whole or not there, all but segments, three at most, none where space is short or the source is damaged."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections import namedtuple
from pathlib import Path

import pytest
from made_tracks import fill

from musicemb.errors import CatalogueError
from musicemb.io.catalogue import schema
from musicemb.io.catalogue.catalogue import open_catalogue
from musicemb.io.catalogue.safety import copies

Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "library.sqlite"
    fill(path)
    return path


def rows(path: Path, table: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(path)
    try:
        return connection.execute(f"SELECT * FROM {table}").fetchall()
    finally:
        connection.close()


def test_todays_copy_holds_all_but_segments(path: Path) -> None:
    with open_catalogue(path) as catalogue:
        catalogue.start_run("tag")
        catalogue.keep_copy()
        catalogue.start_run("tag")
        catalogue.keep_copy()  # once a day
    (copy,) = copies.copies_of(path)
    for table in ("track", "embedding", "journal", "encoder", "sqlite_sequence"):
        assert rows(copy, table) or table == "journal"
        assert rows(copy, table) == rows(path, table) or table == "sqlite_sequence"
    assert len(rows(path, "segment")) == 3
    assert rows(copy, "segment") == []
    with open_catalogue(copy, read_only=True) as catalogue:
        assert (len(catalogue.tracks()), len(catalogue.runs())) == (3, 1)
    with open_catalogue(copy) as catalogue:
        catalogue.keep_copy()
        edition = catalogue.edition()
        catalogue.mark_gone([1])
        assert catalogue.edition() != edition  # a copy in the catalogue's place tells an index of its changes too
    assert sorted(each.name for each in path.parent.iterdir()) == [path.name, copy.name]


def test_three_copies_stay(path: Path) -> None:
    for day in ("2026-01-01", "2026-01-02", "2026-01-03", "2026-01-04"):
        shutil.copy(path, path.with_name(f"{path.name}.backup-{day}"))
    path.with_name(f"{path.name}.backup-mine").touch()
    assert copies.keep_copy(path) == ""
    assert [each.name[-10:] for each in copies.copies_of(path)[1:]] == ["2026-01-04", "2026-01-03"]
    assert path.with_name(f"{path.name}.backup-mine").exists()


def test_short_space_is_told_and_stops_nothing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: Usage(10**9, 10**9, 1000))
    with open_catalogue(path) as catalogue:
        catalogue.keep_copy()
        assert len(catalogue.notices) == 1
        assert "no copy of the catalogue was made: less than 50 MB are free" in catalogue.notices[0]
    assert copies.copies_of(path) == []


def test_an_older_version_is_copied_as_it_is_before_it_changes(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    was = len(schema.MIGRATIONS)
    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, ("CREATE TABLE mood (name TEXT)",)))
    with open_catalogue(path, read_only=True) as catalogue:
        assert catalogue.notices == []
    (copy,) = copies.copies_of(path)
    connection = sqlite3.connect(copy)
    assert connection.execute("PRAGMA user_version").fetchone() == (was,)
    assert connection.execute("PRAGMA application_id").fetchone() == (schema.APPLICATION_ID,)
    connection.close()


def test_a_complete_copy_has_every_table(path: Path, tmp_path: Path) -> None:
    target = tmp_path / "copy"
    with open_catalogue(path) as writer, open_catalogue(path, read_only=True) as catalogue:
        writer.start_run("tag")
        catalogue.backup(target)
        with pytest.raises(CatalogueError, match="exists already"):
            catalogue.backup(target)
        writer.start_run("tag")
        catalogue.backup(target, replace=True)
        with pytest.raises(CatalogueError, match="exists already"):
            catalogue.backup(path, replace=True)
        with pytest.raises(CatalogueError, match="cannot be written"):
            catalogue.backup(tmp_path / "nowhere" / "copy")
    assert len(rows(target, "segment")) == 3
    assert len(rows(target, "run")) == 2


def test_a_damaged_catalogue_replaces_no_backup(tmp_path: Path) -> None:
    path, target = tmp_path / "library.sqlite", tmp_path / "copy"
    fill(path, 200)
    shutil.copy(path, target)
    before = target.read_bytes()
    with path.open("r+b") as stream:
        stream.seek(path.stat().st_size - 4096 * 10)
        stream.write(os.urandom(4096 * 8))
    with open_catalogue(path, read_only=True) as catalogue, pytest.raises(CatalogueError, match="damaged"):
        catalogue.backup(target, replace=True)
    assert target.read_bytes() == before
    assert {each.name for each in tmp_path.iterdir()} == {path.name, target.name}


BACK_UP = """
import sys
from musicemb.io.catalogue.catalogue import open_catalogue
with open_catalogue(sys.argv[1], read_only=True) as catalogue:
    print("ready", flush=True)
    for number in range(10000):
        catalogue.backup(sys.argv[2], replace=True)
"""


@pytest.mark.processes
def test_a_kill_leaves_a_whole_backup_and_what_it_left_is_removed(path: Path, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    target = folder / "copy"
    for pause in (0.02, 0.05, 0.11, 0.17):
        process = subprocess.Popen(
            [sys.executable, "-c", BACK_UP, str(path), str(target)], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(pause)
        process.kill()
        process.communicate()
        if target.exists():
            with open_catalogue(target, read_only=True) as catalogue:
                assert len(catalogue.tracks()) == 3
    for left in folder.iterdir():
        if left != target:
            os.utime(left, (1, 1))
    copies.write_whole(target, lambda connection: connection.execute("CREATE TABLE a (b)"))
    assert list(folder.iterdir()) == [target]
