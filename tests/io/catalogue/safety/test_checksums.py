"""Checksums: no two rows share one by accident, and each write of a row leaves the right one."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_tracks import embedded

from musicemb.io.catalogue.catalogue import open_catalogue
from musicemb.io.catalogue.safety import checksums

VALUES = st.lists(st.none() | st.integers() | st.floats(allow_nan=False) | st.binary(max_size=8), max_size=5)


@given(VALUES, st.integers(0, 4), st.binary(min_size=1, max_size=4))
def test_another_value_in_place_of_one_is_another_checksum(
    values: list[float | bytes | None], at: int, other: bytes
) -> None:
    before = checksums.row_checksum(*values)
    assert checksums.row_checksum(*values) == before
    changed: list[float | bytes | None] = [*values[:at], other, *values[at + 1 :]]
    if changed != values:
        assert checksums.row_checksum(*changed) != before


def test_values_do_not_run_into_each_other() -> None:
    rows: list[tuple[float | bytes | None, ...]] = [
        (b"ab", b"c"),
        (b"a", b"bc"),
        (b"abc",),
        (b"abc", b""),
        (1, 2),
        (12,),
        (None,),
        (1.0, 2),
    ]
    assert len({checksums.row_checksum(*row) for row in rows}) == len(rows)


def test_every_write_leaves_the_right_checksum(tmp_path: Path) -> None:
    path = tmp_path / "library.sqlite"
    with open_catalogue(path) as catalogue:
        for number in range(3):
            catalogue.put_track(embedded(f"/m/{number}.mp3", seed=number), "first")
        catalogue.put_track(embedded("/m/1.mp3", seed=9), "first")
        run = catalogue.start_run("tag")
        kept, undone, left = (
            catalogue.add_journal(run, Path("/m/\udcff.mp3"), "h", {"TCON": ["\ud800"]}, {}) for _ in range(3)
        )
        catalogue.mark_undone(undone)
        catalogue.mark_left(left)
    connection = sqlite3.connect(path)
    checksums.register(connection)
    for table, count in (("embedding", 3), ("segment", 3), ("journal", 3)):
        statement = f"SELECT checksum IS {checksums.expression(table)} FROM {table}"
        assert connection.execute(statement).fetchall() == [(1,)] * count
    assert len({row for (row,) in connection.execute("SELECT checksum FROM journal")}) == 3
    connection.close()
    assert kept < undone < left


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE embedding SET homogeneity = homogeneity + 1e-9",
        "UPDATE embedding SET vector = x'00' || substr(vector, 2)",
        "UPDATE embedding SET vector = CAST(vector AS TEXT)",
        "UPDATE journal SET undone = CAST(x'ff' AS TEXT)",
        "UPDATE segment SET codes = substr(codes, 2)",
        "UPDATE journal SET undone = 1",
        "UPDATE journal SET before = CAST(x'ff' AS TEXT)",
        "UPDATE journal SET path = CAST(path AS TEXT) || '.'",
    ],
)
def test_a_row_that_was_not_written_by_us_does_not_match(tmp_path: Path, statement: str) -> None:
    path = tmp_path / "library.sqlite"
    with open_catalogue(path) as catalogue:
        catalogue.put_track(embedded("/m/1.mp3"), "first")
        catalogue.add_journal(catalogue.start_run("tag"), Path("/m/1.mp3"), "h", {}, {"TCON": ["Rock"]})
    connection = sqlite3.connect(path)
    checksums.register(connection)
    connection.execute(statement)
    table = statement.split()[1]
    assert connection.execute(f"SELECT checksum IS {checksums.expression(table)} FROM {table}").fetchall() == [(0,)]
    connection.close()
