"""A file of arrays is there as a whole, as it was written, or not at all."""

from __future__ import annotations

import os
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from laws import trials

from musicemb.io.index.array_file import UNFINISHED, column, damaged_blocks, open_arrays, write_arrays

FACTS = {"edition": -(2**62), "encoder": "abc"}


def write(path: Path, rows: int = 3000) -> np.ndarray:
    vectors = np.random.default_rng(1).normal(size=(rows, 128)).astype(np.float32)
    write_arrays(
        path, FACTS, {"vectors": column(np.float32, [vectors[:1000], vectors[1000:]]), "empty": column(np.int64, [])}
    )
    return vectors


def test_what_is_written_reads_back(tmp_path: Path) -> None:
    path = tmp_path / "a.index"
    vectors = write(path)
    opened = open_arrays(path)
    assert opened is not None
    assert opened.facts == FACTS
    np.testing.assert_array_equal(opened["vectors"], vectors)
    assert opened["vectors"].ctypes.data % 4096 == 0
    assert len(opened["empty"]) == 0
    assert "vectors" in opened
    assert "other" not in opened
    assert damaged_blocks(path) == 0
    assert [each.name for each in tmp_path.iterdir()] == ["a.index"]


@settings(max_examples=trials(25), deadline=None)
@given(arrays(np.float64, st.tuples(st.integers(0, 9), st.integers(0, 5))), st.integers(0, 9))
def test_any_array_reads_back(tmp_path_factory: pytest.TempPathFactory, values: np.ndarray, cut: int) -> None:
    path = tmp_path_factory.mktemp("arrays") / "a"
    write_arrays(path, {}, {"it": column(np.float64, [values[:cut], values[cut:]])})
    opened = open_arrays(path)
    assert opened is not None
    np.testing.assert_array_equal(opened["it"], values)


def test_a_torn_file_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "a.index"
    write(path)
    whole = path.read_bytes()
    for size in (0, 10, 5000, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:size])
        assert open_arrays(path) is None
    path.write_bytes(whole + b"more")
    assert open_arrays(path) is None
    path.write_bytes(whole[:30] + b"?" + whole[31:])
    assert open_arrays(path) is None
    path.write_bytes(b"SQLite format 3\0" + whole[16:])
    assert open_arrays(path) is None
    assert open_arrays(tmp_path / "nothing") is None
    assert open_arrays(tmp_path) is None


def test_damage_inside_is_found(tmp_path: Path) -> None:
    path = tmp_path / "a.index"
    write(path)
    whole = bytearray(path.read_bytes())
    for place in (9000, len(whole) // 2, len(whole) - 2):
        broken = whole.copy()
        broken[place] ^= 1
        path.write_bytes(broken)
        assert open_arrays(path) is not None
        assert damaged_blocks(path) == 1


def test_a_disk_that_fills_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.index"
    vectors = write(path)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write(path, 5)
    opened = open_arrays(path)
    assert opened is not None
    np.testing.assert_array_equal(opened["vectors"], vectors)
    assert [each.name for each in tmp_path.iterdir()] == ["a.index"]


def test_what_killed_runs_left_is_removed_after_an_hour(tmp_path: Path) -> None:
    old, new = tmp_path / f"{UNFINISHED}old", tmp_path / f"{UNFINISHED}new"
    old.touch()
    new.touch()
    before = time.time() - 4000
    os.utime(old, (before, before))
    write(tmp_path / "a.index")
    assert not old.exists()
    assert new.exists()
