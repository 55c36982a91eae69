"""A file by what the system tells of it."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from musicemb.records import FoundFile


def test_a_file_has_its_size_and_time(tmp_path: Path) -> None:
    path = tmp_path / "a.mp3"
    path.write_bytes(b"12345")
    os.utime(path, ns=(7, 1_700_000_000_123_456_789))
    assert FoundFile.from_status(path, path.stat()) == FoundFile(path, 5, path.stat().st_mtime_ns)


@pytest.mark.parametrize("time", [2**63, -(2**63) - 1, 2**70])
def test_a_time_beyond_64_bits_is_the_nearest_that_fits(time: int) -> None:
    status = SimpleNamespace(st_size=1, st_mtime_ns=time)
    found = FoundFile.from_status(Path("a.mp3"), status)  # type: ignore[arg-type]
    assert found.mtime_ns == (2**63 - 1 if time > 0 else -(2**63))
