"""A server as a process: how it begins, and how it ends."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from paths import with_tests_on_path

from musicemb.errors import MusicembError
from musicemb.server.running import address_of, listen

pytestmark = pytest.mark.processes


def test_an_address_that_cannot_be_had() -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        assert address_of(taken) == f"http://127.0.0.1:{port}"
        with pytest.raises(MusicembError, match=f"port {port} of 127.0.0.1 is in use .* --port"):
            listen("127.0.0.1", port)
    with pytest.raises(MusicembError, match="is not an address of this machine"):
        listen("192.0.2.1", 0)
    with pytest.raises(MusicembError, match="is not an address of this machine"):
        listen("no such name.invalid", 0)


@pytest.mark.skipif(not socket.has_ipv6, reason="no IPv6 here")
def test_an_address_of_the_sixth_version() -> None:
    try:
        with listen("::1", 0) as sock:
            assert address_of(sock).startswith("http://[::1]:")
    except MusicembError:
        pytest.skip("IPv6 is switched off")


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_when_told_to(music: Path, how: signal.Signals) -> None:
    command = [sys.executable, "-m", "musicemb", "--library", str(music), "serve", "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=with_tests_on_path()) as process:
        assert process.stderr is not None
        line = process.stderr.readline()
        assert "60 tracks at http://127.0.0.1:" in line
        address = line.split(" at ")[1].split()[0]
        with urllib.request.urlopen(f"{address}/api/health") as answer:
            assert answer.status == 200
        process.send_signal(how)
        rest = process.stderr.read()
        assert (process.wait(timeout=20), rest) == (0, "")
