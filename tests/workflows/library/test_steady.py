"""A file is heard once nobody writes to it any more."""

from __future__ import annotations

import os
from pathlib import Path

from musicemb.records import FoundFile
from musicemb.workflows.library.steady import Steadiness


def found(path: Path) -> FoundFile:
    status = path.stat()
    return FoundFile(path, status.st_size, status.st_mtime_ns)


def test_an_old_file_is_ready_at_once_and_a_new_one_later(tmp_path: Path) -> None:
    path = tmp_path / "a.mp3"
    path.write_bytes(b"x")
    changed = path.stat().st_ctime
    assert Steadiness(5, wall=lambda: changed + 5).ready(found(path))
    young = Steadiness(5, wall=lambda: changed + 4.9)
    assert not young.ready(found(path))
    assert young.waiting == {path}


def test_a_copy_that_keeps_the_time_of_its_original_is_new(tmp_path: Path) -> None:
    path = tmp_path / "a.mp3"
    path.write_bytes(b"x")
    os.utime(path, (1e9, 1e9))
    changed = path.stat().st_ctime
    assert not Steadiness(5, wall=lambda: changed + 1).ready(found(path))


def test_where_the_clock_is_of_no_use_a_second_look_decides(tmp_path: Path) -> None:
    path, now = tmp_path / "a.mp3", [100.0]
    path.write_bytes(b"x")
    server_ahead = path.stat().st_ctime - 3600
    steady = Steadiness(5, clock=lambda: now[0], wall=lambda: server_ahead)
    assert not steady.ready(found(path))
    now[0] += 4
    path.write_bytes(b"xy")  # it grows: the five seconds begin again
    assert not steady.ready(found(path))
    now[0] += 4
    assert not steady.ready(found(path))
    now[0] += 1
    assert steady.ready(found(path))
    assert steady.waiting == set()


def test_a_file_that_changed_since_it_was_found_or_is_gone_waits(tmp_path: Path) -> None:
    path = tmp_path / "a.mp3"
    path.write_bytes(b"x")
    late = Steadiness(5, wall=lambda: path.stat().st_ctime + 60 if path.exists() else 0.0)
    before = found(path)
    path.write_bytes(b"longer")
    assert not late.ready(before)
    path.unlink()
    assert not late.ready(before)


def test_no_time_at_all(tmp_path: Path) -> None:
    path = tmp_path / "a.mp3"
    path.write_bytes(b"x")
    assert Steadiness(0).ready(found(path))
