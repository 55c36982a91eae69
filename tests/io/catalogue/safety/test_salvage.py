"""A salvage brings back what is intact, nothing that is not, and leaves the old catalogue or the new one."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from laws import cases
from made_tracks import fill, group

from musicemb.errors import CatalogueError
from musicemb.io.catalogue.catalogue import open_catalogue
from musicemb.io.catalogue.safety.salvage import is_damage, salvage

PAGE = 4096


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """100 tracks in two pages and more, 150 journal entries, names and wishes."""
    path = tmp_path_factory.mktemp("made") / "library.sqlite"
    fill(path, 100)
    with open_catalogue(path) as catalogue, catalogue.transaction():
        run = catalogue.start_run("tag")
        for number in range(150):
            catalogue.add_journal(run, Path(f"/m/{number}"), f"{number:040x}", {"TCON": []}, {"TCON": ["Rock"]})
        catalogue.mark_undone(7)
        group(catalogue, 1, 2, 3)
        catalogue.give_name("first", 0, "mine")
        catalogue.prefer("wish", "yes")
        catalogue.add_root(Path("/m"))
        catalogue.forget_tracks([100])
    return path


@pytest.fixture
def path(made: Path, tmp_path: Path) -> Path:
    """The test's own copy."""
    return Path(shutil.copyfile(made, tmp_path / "library.sqlite"))


def dump(path: Path) -> dict[str, list[str]]:
    connection = sqlite3.connect(path)
    wanted = "SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'edition' ORDER BY 1"
    names = connection.execute(wanted).fetchall()
    found = {name: sorted(map(repr, connection.execute(f"SELECT * FROM {name}"))) for (name,) in names}
    connection.close()
    return found


def root_of(path: Path, name: str) -> int:
    connection = sqlite3.connect(path)
    (root,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (name,)).fetchone()
    connection.close()
    return int(root)


def overwrite(path: Path, at: int, data: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        file.write(data)


def test_all_of_a_sound_catalogue_comes_back(path: Path) -> None:
    before, content = dump(path), path.read_bytes()
    with open_catalogue(path, read_only=True) as catalogue:
        edition = catalogue.edition()
    repair = salvage(path)
    assert dump(path) == before
    assert not any(repair.lost.values())
    assert repair.saved["journal"] == 150
    assert repair.kept is not None
    assert repair.kept.read_bytes() == content
    with open_catalogue(path) as catalogue:
        assert catalogue.edition() != edition  # an index of before may hold what was lost
        assert catalogue.start_run("tag") == 2


@pytest.mark.parametrize("table", ["journal", "track", "embedding"])
def test_rows_come_back_though_their_tables_first_page_is_gone(path: Path, table: str) -> None:
    before = dump(path)
    overwrite(path, (root_of(path, table) - 1) * PAGE, bytes(PAGE))
    salvage(path)
    assert dump(path) == before


def test_rows_come_back_though_the_files_first_page_is_gone(path: Path) -> None:
    before = dump(path)
    overwrite(path, 0, bytes(PAGE))
    with pytest.raises(CatalogueError) as error:
        open_catalogue(path)
    assert is_damage(error.value, path)
    repair = salvage(path)
    now = dump(path)
    for table in ("journal", "track", "embedding", "segment"):
        assert now[table] == before[table]
    assert repair.saved["track"] == 99
    with open_catalogue(path) as catalogue:
        assert catalogue.active_encoder == "first"


def test_damaged_rows_stay_behind_and_are_told(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("UPDATE journal SET undone = 0 WHERE id = 7")
    connection.execute("UPDATE embedding SET vector = zeroblob(32) WHERE track = 5")
    connection.execute("UPDATE segment SET codes = zeroblob(24) WHERE track = 6")
    connection.execute("UPDATE track SET genres = '{' WHERE id = 9")
    connection.commit()
    connection.close()
    repair = salvage(path)
    assert repair.lost == {"track": (9,), "journal": (7,), "embedding": (5,), "segment": (6,)}
    with open_catalogue(path) as catalogue:
        assert len(catalogue.tracks()) == 98
        assert 5 not in catalogue.vectors("first")[0]
        assert catalogue.segments(6, "first") is None
        assert [row.id for row in catalogue.known_files("first") if not row.embedded] == [5]
        assert catalogue.journal_entries([7]) == []


def test_what_a_killed_process_left_is_saved_too(path: Path, tmp_path: Path) -> None:
    away = tmp_path / "away"
    away.mkdir()
    with open_catalogue(path) as catalogue:
        catalogue.start_run("tag")
        for suffix in ("", "-wal"):
            shutil.copy(f"{path}{suffix}", away / f"library.sqlite{suffix}")
    broken = away / "library.sqlite"
    overwrite(broken, 0, bytes(100))
    salvage(broken)
    with open_catalogue(broken) as catalogue:
        assert [run.id for run in catalogue.runs()] == [1, 2]
    assert len(list(away.iterdir())) == 2


@pytest.mark.parametrize("content", [b"my notes", bytes(9000)])
def test_nothing_is_saved_of_what_is_no_catalogue(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "notes"
    path.write_bytes(content)
    with pytest.raises(CatalogueError, match="nothing could be saved"):
        salvage(path)
    assert path.read_bytes() == content
    assert list(tmp_path.iterdir()) == [path]


def test_another_programs_database_or_a_newer_one_is_not_damaged(path: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    connection = sqlite3.connect(other)
    connection.execute("CREATE TABLE contact (name)")
    connection.close()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 70")
    connection.close()
    for each in (other, path, tmp_path / "none"):
        with pytest.raises(CatalogueError) as error:
            open_catalogue(each, read_only=True)
        assert not is_damage(error.value, each)


SALVAGE = """
import sys
from pathlib import Path
from musicemb.io.catalogue.safety.salvage import salvage
print("ready", flush=True)
salvage(Path(sys.argv[1]))
"""


@pytest.mark.processes
def test_a_kill_leaves_the_old_catalogue_or_the_new_one(path: Path, tmp_path: Path) -> None:
    overwrite(path, (root_of(path, "journal") - 1) * PAGE, bytes(PAGE))
    damaged = path.read_bytes()
    for number in cases(range(8), range(0, 8, 2)):
        folder = tmp_path / str(number)
        folder.mkdir()
        library = Path(shutil.copy(path, folder))
        process = subprocess.Popen([sys.executable, "-c", SALVAGE, str(library)], stdout=subprocess.PIPE)
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(0.015 * number)
        process.kill()
        process.communicate()
        if library.read_bytes() != damaged:
            with open_catalogue(library, read_only=True) as catalogue:
                assert len(catalogue.journal(1)) == 150
        salvage(library)
        with open_catalogue(library, read_only=True) as catalogue:
            assert len(catalogue.journal(1)) == 150
            assert len(catalogue.tracks()) == 99
