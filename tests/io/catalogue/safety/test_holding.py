"""One process at a time scans or writes to music; the others are told which one, and readers never wait."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from musicemb.errors import CatalogueError
from musicemb.io.catalogue.catalogue import Catalogue, open_catalogue
from musicemb.io.catalogue.safety import holding

HOLD = """
import sys
from musicemb.io.catalogue.catalogue import open_catalogue
with open_catalogue(sys.argv[1]) as catalogue, catalogue.holding():
    print("held", flush=True)
    if sys.argv[2] == "write":
        catalogue._connection.execute("BEGIN IMMEDIATE")
        print("writing", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "library.sqlite"
    open_catalogue(path).close()
    return path


@pytest.fixture
def other(path: Path) -> Iterator[subprocess.Popen[str]]:
    process = holder_of(path, "scan")
    yield process
    process.kill()
    process.communicate()


def holder_of(path: Path, *words: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path), *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    for expected in ["held\n", "writing\n"][: 1 + ("write" in words)]:
        assert process.stdout.readline() == expected
    return process


@pytest.mark.processes
def test_a_second_process_is_told_who_is_first(path: Path, other: subprocess.Popen[str]) -> None:
    with open_catalogue(path) as catalogue:
        with pytest.raises(CatalogueError, match=rf"held by process {other.pid} \(.*scan\), since 20"):
            catalogue.require_free()
        with pytest.raises(CatalogueError, match="wait until it has finished, then run again"), catalogue.holding():
            raise AssertionError
        catalogue.add_root(path)  # what takes no time is not refused
    with open_catalogue(path, read_only=True) as catalogue:
        assert catalogue.roots() == [path]
    other.communicate("\n")
    with open_catalogue(path) as catalogue, catalogue.holding():
        assert catalogue.holder() is None


@pytest.mark.processes
def test_a_process_that_was_killed_holds_nothing(path: Path, other: subprocess.Popen[str]) -> None:
    other.kill()
    other.wait()
    with open_catalogue(path) as catalogue:
        assert catalogue.holder() is None
        with catalogue.holding():
            pass


@pytest.mark.processes
def test_who_waits_in_vain_is_told_for_whom(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("musicemb.io.catalogue.opening.PATIENCE", 0.1)
    catalogue = open_catalogue(path)
    other = holder_of(path, "write")
    with pytest.raises(CatalogueError, match=rf"another musicemb is writing to .* \(process {other.pid} \("):
        catalogue.add_root(path)
    with pytest.raises(CatalogueError, match=rf"process {other.pid}"):
        open_catalogue(path)
    other.kill()
    other.communicate()
    catalogue.close()


def test_holding_within_holding_is_one(path: Path) -> None:
    with open_catalogue(path) as catalogue, open_catalogue(path) as second:
        with catalogue.holding():
            with catalogue.holding():
                catalogue.require_free()
            with pytest.raises(CatalogueError, match="held by process"), second.holding():
                raise AssertionError
        with second.holding():
            pass


def test_reading_only_holds_nothing(path: Path) -> None:
    with (
        open_catalogue(path, read_only=True) as catalogue,
        pytest.raises(CatalogueError, match="opened for reading only"),
        catalogue.holding(),
    ):
        raise AssertionError


def test_a_sign_of_life_goes_along_with_a_write(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def seen(catalogue: Catalogue) -> str:
        with catalogue.reading() as connection:
            return str(connection.execute("SELECT seen FROM holder").fetchone()[0])

    with open_catalogue(path) as catalogue, catalogue.holding():
        with catalogue.transaction() as connection:
            connection.execute("UPDATE holder SET seen = 'long ago'")
        catalogue.add_root(path)
        assert seen(catalogue) == "long ago"
        monkeypatch.setattr(holding, "_BEAT", -1.0)
        catalogue.add_root(path)
        assert seen(catalogue) > "2026"


def test_a_row_that_is_damaged_is_one_line(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("INSERT INTO holder VALUES ('t', 'no number', 0, 'h', 'c', 's', 's')")
    connection.commit()
    connection.close()
    with open_catalogue(path) as catalogue, pytest.raises(CatalogueError, match="damaged"):
        catalogue.require_free()
