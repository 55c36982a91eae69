"""A server of archives, in a thread of the test."""

from __future__ import annotations

import hashlib
import io
import json
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from musicemb.io.download import RemoteFile, list_record


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
        """How the record lists a file."""
        return next(file for file in list_record(f"{self.address}/records/7") if file.name == name)


class _Answer(BaseHTTPRequestHandler):
    server: Server

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        if self.path.startswith("/records/"):
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


@contextmanager
def serving() -> Iterator[Server]:
    """A server at work."""
    server = Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def zipped(**files: bytes) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, data in files.items():
            archive.writestr(name.replace("__", "/"), data)
    return content.getvalue()


def zipped_folder(folder: Path, *patterns: str) -> bytes:
    """Files of a folder as an archive that holds the folder itself."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for pattern in patterns:
            for path in sorted(folder.glob(pattern)):
                archive.write(path, path.relative_to(folder.parent).as_posix())
    return content.getvalue()
