"""The command ``serve``, as far as it goes without serving; `server/test_running` runs it."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest
from typed_commands import Type


def test_strangers_take_a_token(type_: Type, library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MUSICEMB_TOKEN", raising=False)
    typed = type_("serve", "--host", "0.0.0.0", "--port", "0")
    assert typed.status == 2
    assert "MUSICEMB_TOKEN" in typed.err
    monkeypatch.setenv("MUSICEMB_TOKEN", "short")
    assert "shorter than 8" in type_("serve", "--host", "0.0.0.0").err


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_token_files(type_: Type, library: Path, tmp_path: Path) -> None:
    file = tmp_path / "token"
    assert "cannot be read: No such file" in type_("serve", "--token-file", file).err
    file.write_text("a long enough token\n")
    file.chmod(0o644)
    typed = type_("serve", "--token-file", file)
    assert (typed.status, typed.err.count("\n")) == (2, 1)
    assert "can be read by others: chmod 600" in typed.err
    file.chmod(0o600)
    file.write_text("\n")
    assert "is empty" in type_("serve", "--token-file", file).err
    file.write_bytes(b"\xff\xfe")
    assert "it is not text" in type_("serve", "--token-file", file).err


def test_a_port_in_use(type_: Type, library: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        typed = type_("serve", "--port", str(port))
    assert (typed.status, typed.err) == (
        1, f"musicemb: port {port} of 127.0.0.1 is in use by another program: choose another one with --port\n"
    )  # fmt: skip


def test_nothing_to_serve(type_: Type, own_library: Path) -> None:
    typed = type_("serve", "--port", "0")
    assert (typed.status, typed.err.count("\n")) == (1, 1)
    assert "nothing scanned yet" in typed.err
