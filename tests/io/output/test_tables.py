"""What is written to a table is read back from it, in every format, by the readers that others use."""

from __future__ import annotations

import csv
import io
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from musicemb.errors import MissingExtra, SettingsError
from musicemb.io.output.tables import FORMATS, check_format, write_table
from musicemb.records import LibraryTable, SegmentVectors

TABLE = LibraryTable(
    {
        "id": [1, 2],
        "title": ['a "b", c\nd', "é\udcff"],
        "genres": [["Rock", "Pop"], []],
        "cluster": [3, None],
        "strength": [0.5, 1],
        "mix": [True, False],
        "nothing": [None, None],
    },
    np.array([[0.25, -1e-7], [1 / 3, 3.0]], np.float32),
    {"encoder": "abc"},
)
SEGMENTS = SegmentVectors(
    np.array([0.0, 0.96], np.float32), np.array([[1, -2], [127, 0]], np.int8), np.array([0.5, 0.01], np.float32)
)
DEQUANTISED = [[0.5, -1.0], [1.27, 0.0]]


def written(suffix: str, table: LibraryTable = TABLE, segments: Any = None) -> bytes:
    file = io.BytesIO()
    list(write_table(file, suffix, table, segments))
    return file.getvalue()


def first_only(row: int) -> SegmentVectors | None:
    return SEGMENTS if row == 0 else None


def test_csv() -> None:
    header, *rows = csv.reader(io.StringIO(written(".csv").decode("utf-8"), newline=""))
    assert header == [*TABLE.columns, "vector_0", "vector_1"]
    assert rows[0] == ["1", 'a "b", c\nd', "Rock; Pop", "3", "0.5", "true", "", "0.25", "-1e-07"]
    assert rows[1][1:4] == ["é\\udcff", "", ""]
    assert np.float32(rows[1][7]) == pytest.approx(1 / 3, abs=1e-7)


def test_jsonl() -> None:
    first, second = [json.loads(line) for line in written(".jsonl", segments=first_only).splitlines()]
    assert first["genres"] == ["Rock", "Pop"]
    assert second["title"] == "é\udcff", "JSON can say what UTF-8 cannot"
    assert (first["vector"], first["nothing"]) == ([0.25, -1e-7], None)
    assert [one["vector"] for one in first["segments"]] == DEQUANTISED
    assert [one["start"] for one in first["segments"]] == [0.0, 0.96]
    assert second["segments"] == []
    assert "segments" not in json.loads(written(".jsonl").splitlines()[0])


def test_npz() -> None:
    with np.load(io.BytesIO(written(".npz", segments=first_only))) as found:
        assert found["id"].tolist() == [1, 2]
        assert found["title"].tolist() == ['a "b", c\nd', "é\\udcff"]
        assert found["genres"].tolist() == ["Rock; Pop", ""]
        assert (found["cluster"][0], np.isnan(found["cluster"][1])) == (3, True)
        assert (found["mix"].dtype, str(found["encoder"])) == (np.bool_, "abc")
        np.testing.assert_array_equal(found["vectors"], TABLE.vectors)
        assert found["segment_rows"].tolist() == [0, 0]
        np.testing.assert_allclose(found["segment_starts"], [0.0, 0.96])
        np.testing.assert_allclose(found["segment_vectors"], DEQUANTISED)
    with np.load(io.BytesIO(written(".npz", segments=lambda row: None))) as found:
        assert found["segment_vectors"].shape == (0, 0)


def test_parquet() -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    table = parquet.read_table(io.BytesIO(written(".parquet", segments=first_only)))
    assert table.schema.metadata[b"encoder"] == b"abc"
    first, second = table.to_pylist()
    assert (first["genres"], first["cluster"], second["cluster"]) == (["Rock", "Pop"], 3, None)
    assert (second["title"], second["nothing"], second["mix"]) == ("é\\udcff", None, False)
    np.testing.assert_array_equal(np.array(table["vector"].to_pylist(), np.float32), TABLE.vectors)
    np.testing.assert_allclose([one["vector"] for one in first["segments"]], DEQUANTISED)
    assert second["segments"] == []
    assert "segments" not in parquet.read_table(io.BytesIO(written(".parquet"))).column_names


@pytest.mark.parametrize("suffix", FORMATS)
def test_without_vectors(suffix: str) -> None:
    assert b"vector" not in written(suffix, LibraryTable(TABLE.columns, None))


@given(
    st.lists(st.tuples(st.text(), st.none() | st.floats(allow_nan=False, allow_infinity=False), st.lists(st.text()))),
)
def test_json_lines_lose_nothing(rows: list[tuple[str, float | None, list[str]]]) -> None:
    names = ("text", "number", "words")
    table = LibraryTable({name: [row[place] for row in rows] for place, name in enumerate(names)}, None)
    found = [json.loads(line) for line in written(".jsonl", table).split(b"\n")[:-1]]
    assert [tuple(one[name] for name in names) for one in found] == rows


def test_a_format_is_refused_before_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    assert check_format(Path("a.CSV")) == ".csv"
    with pytest.raises(SettingsError, match=r"one of \.parquet, \.csv, \.npz, \.jsonl"):
        check_format(Path("a.xlsx"))
    with pytest.raises(SettingsError, match="cannot hold segments"):
        check_format(Path("a.csv"), segments=True)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingExtra, match=r"Parquet needs PyArrow: .*\[parquet\]"):
        check_format(Path("a.parquet"))
