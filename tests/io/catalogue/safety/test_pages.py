"""Pages read without SQLite hold the very rows that SQLite reads."""

from __future__ import annotations

import os
import shutil
import sqlite3
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from laws import trials

from musicemb.io.catalogue.safety.pages import Pages, Row

VALUE = (
    st.none()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False)
    | st.binary(max_size=40)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
    | st.integers(0, 9000).map(bytes)  # rows of several pages
)


def read(path: Path, name: str, log: Path | None = None) -> list[tuple[int, Row]]:
    pages = Pages(path, log)
    try:
        (root,) = (row[3] for _, row in pages.rows(1, set()) if row[1] == name)
        assert isinstance(root, int)
        return list(pages.rows(root, set()))
    finally:
        pages.close()


@settings(deadline=None, max_examples=trials(30))
@given(rows=st.lists(st.tuples(VALUE, VALUE), max_size=80), size=st.sampled_from([512, 4096, 65536]))
def test_rows_are_read_as_sqlite_reads_them(
    rows: list[Row], size: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("pages") / "a.sqlite"
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA page_size = {size}")
    connection.execute("CREATE TABLE one (a, b)")
    connection.execute("CREATE TABLE two (a, n INTEGER, b, PRIMARY KEY (a, n)) WITHOUT ROWID")
    connection.executemany("INSERT INTO one VALUES (?, ?)", rows)
    keyed = [(value if value is not None else 0, number, other) for number, (value, other) in enumerate(rows)]
    connection.executemany("INSERT INTO two VALUES (?, ?, ?)", keyed)
    connection.execute("DELETE FROM one WHERE rowid % 3 = 0")
    connection.commit()
    expected = [(row[0], row[1:]) for row in connection.execute("SELECT rowid, a, b FROM one ORDER BY rowid")]
    connection.close()
    assert sorted(read(path, "one")) == expected
    assert sorted((row for _, row in read(path, "two")), key=lambda row: row[1]) == keyed


def test_the_log_of_a_killed_process_is_read_too(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("CREATE TABLE one (a)")
    connection.executemany("INSERT INTO one VALUES (?)", [(number,) for number in range(500)])
    connection.execute("BEGIN")
    connection.execute("INSERT INTO one VALUES (-1)")  # never committed
    for suffix in ("", "-wal"):
        shutil.copy(f"{path}{suffix}", f"{tmp_path}/copy{suffix}")
    connection.close()
    found = read(tmp_path / "copy", "one", tmp_path / "copy-wal")
    assert [row for _, row in sorted(found)] == [(number,) for number in range(500)]


def test_damage_costs_the_rows_of_its_page_only(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE one (a)")
    connection.executemany("INSERT INTO one VALUES (?)", [(os.urandom(400),) for _ in range(200)])
    connection.commit()
    expected = {row[0]: row[1:] for row in connection.execute("SELECT rowid, a FROM one")}
    connection.close()
    data = bytearray(path.read_bytes())
    for page in range(2, len(data) // 4096):
        broken = data.copy()
        broken[page * 4096 : page * 4096 + 4096] = os.urandom(4096)
        path.write_bytes(broken)
        found = dict(read(path, "one"))
        assert len(found) > 180
        assert all(expected.get(rowid) == row for rowid, row in found.items())


def test_rows_that_nothing_leads_to_are_found(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE one (a)")
    connection.executemany("INSERT INTO one VALUES (?)", [(os.urandom(400),) for _ in range(200)])
    connection.commit()
    connection.close()
    data = bytearray(path.read_bytes())
    data[4096:8192] = bytes(4096)  # the table's first page
    path.write_bytes(data)
    assert read(path, "one") == []
    pages = Pages(path)
    assert {rowid for rowid, _ in pages.lost_rows({1, 2})} == set(range(1, 201))
    pages.close()


@pytest.mark.parametrize("content", [b"", b"x", bytes(5000), os.urandom(9000), b"SQLite format 3\0" + bytes(200)])
def test_what_is_no_database_has_no_rows(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a"
    path.write_bytes(content)
    pages = Pages(path)
    assert list(pages.rows(1, set())) == []
    list(pages.lost_rows(set()))
    pages.close()
