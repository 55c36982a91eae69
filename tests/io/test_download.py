"""Fetching archives, against a server of our own."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from archive_server import Server, serving

from musicemb.errors import DatasetError
from musicemb.io.download import DownloadProgress, fetch, list_record, unpack


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as one:
        yield one


def test_a_broken_download_goes_on_where_it_stopped(server: Server, tmp_path: Path) -> None:
    server.files["big.zip"] = bytes(range(256)) * 20_000
    server.break_after = 3_000_000
    with pytest.raises(DatasetError, match="kept in"):
        list(fetch(server.remote("big.zip"), tmp_path))
    kept = (tmp_path / "big.zip.part").stat().st_size
    assert 0 < kept <= 3_000_000
    assert not (tmp_path / "big.zip").exists()
    server.break_after = None
    events = list(fetch(server.remote("big.zip"), tmp_path))
    assert server.asked[-1] == ("big.zip", f"bytes={kept}-")
    assert events[-1] == DownloadProgress(server.remote("big.zip"), 5_120_000)
    assert (tmp_path / "big.zip").read_bytes() == server.files["big.zip"]
    asked = len(server.asked)
    list(fetch(server.remote("big.zip"), tmp_path))
    assert len(server.asked) == asked, "a whole file is not fetched again"


def test_a_server_that_knows_no_ranges_sends_it_all_again(server: Server, tmp_path: Path) -> None:
    server.files["a.zip"] = b"x" * 1000
    server.ranges = False
    (tmp_path / "a.zip.part").write_bytes(b"x" * 400)
    list(fetch(server.remote("a.zip"), tmp_path))
    assert (tmp_path / "a.zip").read_bytes() == b"x" * 1000


def test_damaged_content_is_never_kept(server: Server, tmp_path: Path) -> None:
    server.files["a.zip"] = b"x" * 1000
    server.wrong.add("a.zip")
    with pytest.raises(DatasetError, match="was damaged in transfer"):
        list(fetch(server.remote("a.zip"), tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_no_server_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="cannot be reached"):
        list_record("http://127.0.0.1:9/records/7")


def test_another_answer_is_no_list(server: Server) -> None:
    server.files["list.json"] = b"<html>"
    with pytest.raises(DatasetError, match="did not answer with a list"):
        list_record(f"{server.address}/files/list.json")


@pytest.mark.parametrize("name", ["../outside.wav", "/outside.wav", "a/../../outside.wav", "C:/outside.wav"])
def test_no_archive_writes_outside_its_folder(name: str, tmp_path: Path) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(name, b"evil")
    (tmp_path / "evil.zip").write_bytes(content.getvalue())
    with pytest.raises(DatasetError, match="outside"):
        unpack(tmp_path / "evil.zip", tmp_path / "in")
    assert not list(tmp_path.rglob("outside.wav"))


def test_small_files_come_first(server: Server) -> None:
    server.files = {"a.zip": b"x" * 900, "b.zip": b"x" * 5, "c.zip": b"x" * 50}
    assert [file.name for file in list_record(f"{server.address}/records/7")] == ["b.zip", "c.zip", "a.zip"]
