"""Fetching archives, against a server of our own."""

from __future__ import annotations

import hashlib
import io
import json
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from musicemb.errors import DatasetError
from musicemb.io.download import Fetched, RemoteFile, fetch, list_record, unpack
from musicemb.workflows.download import ArchiveUnpacked, download_dcase


class Server(ThreadingHTTPServer):
    """Serves files and their list; can break off after some bytes, and counts what it sent."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.files: dict[str, bytes] = {}
        self.wrong: set[str] = set()
        self.break_after: int | None = None
        self.ranges = True
        self.asked: list[tuple[str, str | None]] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def remote(self, name: str) -> RemoteFile:
        return next(file for file in list_record(f"{self.address}/records/7") if file.name == name)


class _Answer(BaseHTTPRequestHandler):
    server: Server

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        if self.path == "/records/7":
            listed = [
                {
                    "key": name,
                    "size": len(content),
                    "checksum": "md5:" + ("0" * 32 if name in self.server.wrong else hashlib.md5(content).hexdigest()),
                    "links": {"self": f"{self.server.address}/files/{name}"},
                }
                for name, content in self.server.files.items()
            ]
            return self._send(200, json.dumps({"files": listed}).encode())
        name = self.path.rpartition("/")[2]
        if name not in self.server.files:
            return self._send(404, b"")
        asked = self.headers.get("Range")
        self.server.asked.append((name, asked))
        content = self.server.files[name]
        if asked and self.server.ranges:
            return self._send(206, content[int(asked.removeprefix("bytes=").rstrip("-")) :])
        return self._send(200, content)

    def _send(self, status: int, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        most = self.server.break_after if status != 404 and self.path.startswith("/files") else None
        self.wfile.write(content[:most])


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def zipped(**files: bytes) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, data in files.items():
            archive.writestr(name.replace("__", "/"), data)
    return content.getvalue()


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
    assert events[-1] == Fetched(server.remote("big.zip"), 5_120_000)
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
    with pytest.raises(DatasetError, match="arrived damaged"):
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


def test_a_dataset_is_fetched_unpacked_and_not_fetched_twice(server: Server, tmp_path: Path) -> None:
    server.files = {
        "meta.zip": zipped(DCASE18__meta__txt=b"one"),
        "audio.1.zip": zipped(DCASE18__audio__1=b"two"),
        "readme.md": b"words",
    }
    records = f"{server.address}/records"
    events = list(download_dcase(tmp_path, record=7, records=records))
    assert [event.name for event in events if isinstance(event, ArchiveUnpacked)] == ["audio.1.zip", "meta.zip"]
    assert (tmp_path / "DCASE18" / "audio" / "1").read_bytes() == b"two"
    assert not list(tmp_path.rglob("*.zip")), "archives are deleted once they are unpacked"
    asked = len(server.asked)
    assert list(download_dcase(tmp_path, record=7, records=records)) == []
    assert len(server.asked) == asked
