"""Inspection finds each kind of damage, and none where there is none."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from made_tracks import fill, group

from musicemb.io.catalogue.catalogue import open_catalogue
from musicemb.io.catalogue.safety.inspection import Damage, inspect


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "library.sqlite"
    fill(path)
    with open_catalogue(path) as catalogue:
        group(catalogue, 1, 2)
        catalogue.add_journal(catalogue.start_run("tag"), Path("/m/a"), "h", {"T": ["\ud800"]}, {"T": ["Rock"]})
    return path


def look(path: Path) -> Damage:
    with open_catalogue(path, read_only=True) as catalogue, catalogue.reading() as connection:
        return inspect(connection)


def test_nothing_is_found_where_nothing_is(path: Path) -> None:
    assert not look(path)


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("UPDATE journal SET undone = 1", {"journal": [1]}),
        ("UPDATE embedding SET homogeneity = 0.1 WHERE track > 1", {"embedding": [2, 3]}),
        ("UPDATE embedding SET checksum = NULL WHERE track = 1", {"embedding": [1]}),
        ("UPDATE segment SET codes = x'00' WHERE track = 3", {"segment": [3]}),
        ("UPDATE segment SET checksum = NULL", {}),
    ],
)
def test_checksums_are_compared(path: Path, statement: str, expected: dict[str, list[int]]) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute(statement)
    connection.close()
    assert look(path).checksums == expected


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("UPDATE track SET size = 'big' WHERE id = 1", ["1 in table track"]),
        ("UPDATE track SET genres = '{}'", ["3 in table track"]),
        ("UPDATE track SET title = CAST(x'ff' AS TEXT) WHERE id = 2", ["1 in table track"]),
        ("UPDATE cluster SET typical = 'x'", ["1 in table cluster"]),
        ("UPDATE guess SET confidence = 'sure' WHERE track = 1", ["1 in table guess"]),
        ("INSERT INTO odds VALUES (1, 'first', '[]', 0.5, 'x')", ["1 in table odds"]),
        ("INSERT INTO odds VALUES (1, 'first', '{\"Rock\": 0.5}', 0.5, 'x')", []),
    ],
)
def test_values_that_nobody_writes_are_counted(path: Path, statement: str, expected: list[str]) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute(statement)
    connection.close()
    assert look(path).values == expected


def test_rows_that_belong_to_nothing_are_found(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("DELETE FROM track WHERE id = 1")
    connection.close()
    (line,) = look(path).structure
    assert "rows belong to nothing" in line


def test_a_damaged_page_is_found(path: Path) -> None:
    connection = sqlite3.connect(path)
    (root,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'journal'").fetchone()
    connection.close()
    with path.open("r+b") as file:
        file.seek((root - 1) * 4096)
        file.write(bytes(4096))
    assert look(path).structure
