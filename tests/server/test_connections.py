"""Clients that send nothing, or a part of a request, or come in too many."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from served import Served, serving

from musicemb.server import connections
from musicemb.server.connections import FILES, MOST_CONNECTIONS, connections_with

HEALTH = b"GET /api/health HTTP/1.1\r\nHost: localhost\r\n\r\n"
PATIENCE = 0.25


@pytest.fixture(scope="module")
def hasty(music: Path) -> Iterator[Served]:
    """A server that waits a quarter of a second for a request."""
    with serving(music, patience=PATIENCE) as served:
        yield served


def connect(served: Served) -> socket.socket:
    return socket.create_connection(("127.0.0.1", served.port), timeout=10)


def read_all(client: socket.socket) -> bytes:
    found = b""
    with contextlib.suppress(ConnectionResetError):
        while chunk := client.recv(65_536):
            found += chunk
    return found


def ask_health(client: socket.socket) -> None:
    client.sendall(HEALTH)
    found = b""
    while not found.endswith(b'{"status":"ok"}'):
        found += client.recv(65_536)
    assert found.startswith(b"HTTP/1.1 200 OK")


PARTS = {
    "nothing": b"",
    "half a head": b"GET /api/health HT",
    "half a body": b"POST /rest/ping HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nv=1",
    "half a second head": HEALTH + b"GET /api/hea",
}


def test_half_a_request_is_not_waited_for(hasty: Served) -> None:
    with contextlib.ExitStack() as held:
        begin = time.monotonic()
        clients = {name: held.enter_context(connect(hasty)) for name in PARTS}  # all wait at the same time
        for name, client in clients.items():
            client.sendall(PARTS[name])
        for name, client in clients.items():
            received = read_all(client)
            assert PATIENCE * 0.8 < time.monotonic() - begin < 8, name
            end = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
            assert received.endswith(end), name
            assert received.startswith(b"HTTP/1.1 200 OK") == PARTS[name].startswith(HEALTH), name
    assert hasty.told == []


def test_drops_of_a_head_do_not_hold_a_connection(hasty: Served) -> None:
    with connect(hasty) as client:
        begin = time.monotonic()
        with contextlib.suppress(OSError):
            for byte in HEALTH * 20:
                client.sendall(bytes([byte])[:1] if byte != 13 else b"x")  # the head never ends
                time.sleep(0.02)
        assert time.monotonic() - begin < 8


def test_between_two_requests_a_client_may_wait(hasty: Served) -> None:
    with connect(hasty) as client:
        ask_health(client)
        time.sleep(1.5 * PATIENCE)
        ask_health(client)


def test_a_file_may_be_read_slowly(hasty: Served) -> None:
    with connect(hasty) as client:
        client.sendall(b"GET /v1/tracks/1/audio HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        received = client.recv(100)
        time.sleep(1.5 * PATIENCE)
        assert (received + read_all(client)).endswith(b"sound 000 " * 100)


def test_one_too_many_is_turned_away(music: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "MOST_CONNECTIONS", 5)
    with serving(music) as served, contextlib.ExitStack() as held:
        for _ in range(5):
            client = held.enter_context(connect(served))
            ask_health(client)
        with connect(served) as sixth:
            assert read_all(sixth) == b""
        client.close()
        for _ in range(100):  # until the server has noticed
            with contextlib.suppress(OSError):
                assert served.ask("/api/health").status == 200
                break
            time.sleep(0.02)
        else:
            pytest.fail("the place of the one that left is not given to another")


@pytest.mark.parametrize("room", [64, 256, 1024, FILES])
def test_there_is_a_file_for_each_connection(room: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "_room_for_files", lambda: room)
    most = connections_with(7.5).most
    assert connections_with(7.5).patience == 7.5
    assert 16 <= most <= MOST_CONNECTIONS
    assert most == MOST_CONNECTIONS if room >= 1024 else 2 * most < room
