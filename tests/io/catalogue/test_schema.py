"""The schema: versions, migrations, and that all an encoder makes is keyed by track and encoder."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from made_tracks import embedded

from musicemb.errors import CatalogueError
from musicemb.io.catalogue import schema
from musicemb.io.catalogue.catalogue import open_catalogue

NEXT = ("ALTER TABLE track ADD COLUMN stars INTEGER NOT NULL DEFAULT 3", "CREATE TABLE mood (name TEXT)")


def inspect(path: Path, statement: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(path)
    try:
        return connection.execute(statement).fetchall()
    finally:
        connection.close()


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    path = tmp_path / "library.sqlite"
    with open_catalogue(path) as catalogue:
        catalogue.put_track(embedded(), "first")
        catalogue.set_active_encoder("first")
    return path


def test_new_catalogue_says_whose_it_is(filled: Path) -> None:
    assert inspect(filled, "PRAGMA application_id") == [(schema.APPLICATION_ID,)]
    assert inspect(filled, "PRAGMA user_version") == [(len(schema.MIGRATIONS),)]


@pytest.mark.parametrize("table", ["embedding", "segment", "membership", "guess", "layout"])
def test_what_an_encoder_makes_is_keyed_by_track_and_encoder(filled: Path, table: str) -> None:
    columns = inspect(filled, f"SELECT name FROM pragma_table_info('{table}') WHERE pk > 0 ORDER BY pk")
    assert columns == [("track",), ("encoder",)]


def test_older_catalogue_is_brought_up_to_date(filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, NEXT))
    with open_catalogue(filled) as catalogue:
        assert len(catalogue.tracks()) == 1
        assert len(catalogue.vectors("first")[0]) == 1
    assert inspect(filled, "SELECT stars FROM track") == [(3,)]
    assert inspect(filled, "PRAGMA user_version") == [(len(schema.MIGRATIONS),)]


def test_reading_an_older_catalogue_brings_it_up_to_date(filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, NEXT))
    with open_catalogue(filled, read_only=True) as catalogue:
        assert catalogue.read_only
        assert len(catalogue.tracks()) == 1
    assert inspect(filled, "SELECT stars FROM track") == [(3,)]


def test_failing_migration_leaves_the_version_before(filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = inspect(filled, "SELECT sql FROM sqlite_master")
    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, (*NEXT, "CREATE TABLE track (twice)")))
    with pytest.raises(CatalogueError, match="already exists"):
        open_catalogue(filled)
    assert inspect(filled, "PRAGMA user_version") == [(len(schema.MIGRATIONS) - 1,)]
    assert inspect(filled, "SELECT sql FROM sqlite_master") == before


def test_several_steps_each_count(filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    good, bad = ("CREATE TABLE mood (name TEXT)",), ("CREATE TABLE mood (name TEXT)",)
    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, good, bad))
    with pytest.raises(CatalogueError):
        open_catalogue(filled)
    assert inspect(filled, "PRAGMA user_version") == [(len(schema.MIGRATIONS) - 1,)]


def test_a_new_catalogue_is_made_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, NEXT, NEXT))
        with pytest.raises(CatalogueError):
            open_catalogue(tmp_path / "library.sqlite")
    assert inspect(tmp_path / "library.sqlite", "SELECT name FROM sqlite_master") == []
    with open_catalogue(tmp_path / "library.sqlite") as catalogue:
        assert catalogue.tracks() == []
    assert inspect(tmp_path / "library.sqlite", "PRAGMA user_version") == [(len(schema.MIGRATIONS),)]


def test_newer_catalogue_is_left_alone(filled: Path) -> None:
    connection = sqlite3.connect(filled)
    connection.execute(f"PRAGMA user_version = {len(schema.MIGRATIONS) + 1}")
    connection.close()
    before = filled.read_bytes()
    for read_only in (True, False):
        with pytest.raises(CatalogueError, match=r"written by a newer musicemb: update"):
            open_catalogue(filled, read_only=read_only)
    assert filled.read_bytes() == before


def test_database_of_another_program_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "contacts.sqlite"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE contact (name TEXT)")
    connection.commit()
    connection.close()
    before = path.read_bytes()
    for read_only in (True, False):
        with pytest.raises(CatalogueError, match="another program's database"):
            open_catalogue(path, read_only=read_only)
    assert path.read_bytes() == before
    assert [item.name for item in tmp_path.iterdir()] == ["contacts.sqlite"]


TOGETHER = """
import sys
from pathlib import Path
from musicemb.io.catalogue.catalogue import open_catalogue
for name in "abcdefghijkl":
    print("ready", flush=True)
    sys.stdin.readline()
    with open_catalogue(Path(sys.argv[1], name)) as catalogue:
        catalogue.add_root(Path(sys.argv[2]))
"""


@pytest.mark.processes
def test_processes_that_start_together_make_one_catalogue(tmp_path: Path) -> None:
    started = [
        subprocess.Popen(
            [sys.executable, "-c", TOGETHER, str(tmp_path), f"/music/{n}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for n in range(4)
    ]
    for _ in "abcdefghijkl":  # once or twice they might come one after the other
        assert [process.stdout.readline() for process in started if process.stdout] == ["ready\n"] * 4
        for process in started:
            assert process.stdin
            process.stdin.write("\n")
            process.stdin.flush()
    for process in started:
        process.communicate(timeout=60)
    assert [process.returncode for process in started] == [0] * 4
    for name in "abcdefghijkl":
        with open_catalogue(tmp_path / name, read_only=True) as catalogue:
            assert sorted(catalogue.roots()) == [Path(f"/music/{n}") for n in range(4)]
