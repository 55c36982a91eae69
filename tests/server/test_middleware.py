"""What is turned away before any dialect sees it."""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from served import SECRET, Served, serving

from musicemb.server.credentials import Failures
from musicemb.server.middleware import RequestChecks
from musicemb.server.settings import ServerSettings


@pytest.fixture(scope="module")
def named(music: Path) -> Iterator[Served]:
    with serving(music, secret=SECRET, allowed_hosts=("music.example",)) as served:
        yield served


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Host": "localhost"}, 200),
        ({"Host": "LOCALHOST:1"}, 200),
        ({"Host": "localhost."}, 200),
        ({"Host": "[::1]:8000"}, 200),
        ({"Host": "evil.example"}, 403),  # a name that was made to mean 127.0.0.1
        ({"Host": "localhost.evil.example"}, 403),
        ({"Host": ""}, 403),
        ({"Host": "[::1"}, 403),
        ({"Host": "localhost:8000", "Origin": "http://localhost:8000"}, 200),
        ({"Host": "localhost:8000", "Origin": "http://localhost:3000"}, 403),
        ({"Host": "localhost:8000", "Origin": "http://evil.example"}, 403),
        ({"Host": "localhost", "Origin": "https://localhost"}, 200),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://localhost:99999999"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}, 200),
        ({"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "no-cors"}, 200),
    ],
)
def test_hosts_and_origins(open_server: Served, headers: dict[str, str], status: int) -> None:
    for path in ("/api/health", "/rest/getOpenSubsonicExtensions"):
        answer = open_server.ask(path, headers=headers)
        assert answer.status == status
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "access-control-allow-origin" not in answer.headers


def test_a_name_can_be_allowed(named: Served) -> None:
    assert named.ask("/api/health", headers={"Host": "Music.Example"}).status == 200
    assert named.ask("/api/health", headers={"Host": "other.example"}).status == 403


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"])
def test_nothing_is_changed(open_server: Served, method: str) -> None:
    assert open_server.ask("/api/health", method=method).status == 405


def test_long_requests(open_server: Served) -> None:
    signed = {"v": "1.16.1", "c": "t", "f": "json"}
    assert open_server.ask("/rest/search3", {**signed, "query": "a" * 10_000}).status == 200
    assert open_server.ask("/rest/search3", {**signed, "query": "a" * 20_000}).status == 414
    assert open_server.ask("/rest/search3", form={**signed, "query": "a" * 60_000}).status == 200
    assert open_server.ask("/rest/search3", form={**signed, "query": "a" * 70_000}).status == 413
    many = {str(number): "1" for number in range(300)}
    assert open_server.ask("/rest/ping", {**signed, **many}).subsonic["error"]["code"] == 0


@pytest.mark.parametrize(
    "request_",
    [
        b"GET /api/search_tracks?search_query=" + b"a" * 10_000_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"POST /rest/search3 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10000000\r\n\r\n" + b"a" * 10_000_000,
        b"POST /rest/search3?v=1&c=t HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
        + b"10000\r\n" + b"a" * 0x10000 + b"\r\n10000\r\n" + b"a" * 0x10000 + b"\r\n0\r\n\r\n",
        b"POST /rest/ping HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"GET /%ff%00/../../etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n",
    ],
    ids=["query", "body", "chunks", "negative", "no host", "tls", "path"],
)  # fmt: skip
def test_ten_megabytes_and_nonsense_end_no_server(open_server: Served, request_: bytes) -> None:
    received = b""
    with socket.create_connection(("127.0.0.1", open_server.port), timeout=10) as client:
        try:
            client.sendall(request_)
            client.shutdown(socket.SHUT_WR)
            while chunk := client.recv(65_536):
                received += chunk
        except OSError:
            pass  # turned away before all was sent
    assert not received or int(received.split(b" ", 2)[1]) in (400, 403, 404, 413, 414)
    assert open_server.ask("/api/health").status == 200


def test_a_wrong_token_is_counted_and_slowed(locked_server: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[int] = []
    monkeypatch.setattr(Failures, "delay", staticmethod(lambda count: waits.append(count) or 0.0))
    wrong = {"Authorization": "Bearer wrong"}
    for _ in range(3):
        answer = locked_server.ask("/api/max_distance", {"item_id": "1"}, headers=wrong)
        assert answer.status == 401
        assert "Basic" in answer.headers["www-authenticate"]  # a browser asks for name and token
    assert locked_server.ask("/rest/ping", {"v": "1", "c": "t", "apiKey": "wrong", "f": "json"}).status == 200
    assert waits == list(range(waits[0], waits[0] + 4))  # earlier tests of this server may have failed to enter too
    right = {"Authorization": f"Bearer {SECRET}"}
    assert locked_server.ask("/api/max_distance", {"item_id": "1"}, headers=right).status == 200
    locked_server.ask("/api/max_distance", {"item_id": "1"}, headers=wrong)
    assert waits[-1] == 1


def test_only_the_dialects_own_rooms_are_open(locked_server: Served) -> None:
    for path in ("/", "/map/rest/ping", "/api", "//rest/ping", "/api/healthy", "/x/api/health", "/openapi.json"):
        assert locked_server.ask(path).status == 401


def test_a_bug_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    sent: list[Any] = []

    async def broken(*_: Any) -> None:
        raise ValueError("two\nlines")

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "http.request"}

    scope = {"type": "http", "method": "GET", "path": "/", "headers": [(b"host", b"localhost")], "query_string": b""}
    asyncio.run(RequestChecks(broken, ServerSettings(), Failures(), on_bug=told.append)(scope, receive, send))
    assert told == ["this is a bug: ValueError: two lines"]
    assert sent[0]["status"] == 500


def test_a_client_that_leaves_is_no_bug(open_server: Served) -> None:
    for _ in range(3):
        with socket.create_connection(("127.0.0.1", open_server.port), timeout=10) as client:
            client.sendall(b"POST /rest/ping HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nv=1")
    assert open_server.ask("/api/health").status == 200
    assert not [line for line in open_server.told if "bug" in line]


def test_a_file_that_breaks_off_is_told_by_name() -> None:
    told: list[str] = []

    async def breaking(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise OSError(errno.EIO, "Input/output error")

    async def send(message: Any) -> None:
        pass

    async def receive() -> Any:
        return {"type": "http.request"}

    scope = {"type": "http", "method": "GET", "path": "/", "headers": [(b"host", b"localhost")], "query_string": b""}
    with pytest.raises(OSError, match="Input"):  # uvicorn closes the connection
        asyncio.run(RequestChecks(breaking, ServerSettings(), Failures(), on_bug=told.append)(scope, receive, send))
    assert told == ["a file could not be sent to its end: Input/output error"]
