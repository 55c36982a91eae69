"""The command ``serve``, as far as it goes without serving; `server/test_running` runs it."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest
from stand_ins import navidrome, standing_in
from typed_commands import Type

from musicemb.io.catalogue.catalogue import open_catalogue
from musicemb.io.media_servers import remembered
from musicemb.records import ServerTrack


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


def test_a_mapping_is_shown(type_: Type, library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembered, "user_cache_folder", lambda: tmp_path / "cache")
    monkeypatch.setenv("MUSICEMB_NAVIDROME_USER", "me")
    monkeypatch.setenv("MUSICEMB_NAVIDROME_PASSWORD", "secret")
    with open_catalogue(library, read_only=True) as catalogue:
        own = catalogue.tracks()[:3]
    tracks = [ServerTrack(f"n{track.id}", f"/data{track.path}") for track in own]
    tracks.append(ServerTrack("x", "/data/x/strange.mp3", title="Strange\x1b[31m", artist="Nobody"))
    with standing_in(navidrome(tracks)) as server:
        typed = type_("serve", "--show-map", "--map", f"navidrome={server.address}")
    assert (typed.status, typed.err) == (0, "")
    assert f"navidrome: 4 tracks at {server.address}" in typed.text
    assert "found: 3 by path; not found: 1" in typed.text
    assert "x  Nobody - Strange" in typed.text and "\x1b[31m" not in typed.text.split("Strange")[1][:2]
    # The server is away now: what it said does.
    assert "found: 3 by path" in type_("serve", "--show-map", "--map", f"navidrome={server.address}").text


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        (["--show-map"], 2, "--show-map needs --map"),
        (["--show-map", "--map", "plex=http://a"], 2, "navidrome, jellyfin, lyrion"),
        (["--show-map", "--map", "jellyfin=http://127.0.0.1:1"], 2, "MUSICEMB_JELLYFIN_TOKEN"),
        (["--show-map", "--map", "lyrion=http://127.0.0.1:1"], 1, "cannot be reached"),
        (["--show-map", "--map", "lyrion=http://a", "--map", "lyrion=http://b"], 2, "one server of each kind"),
    ],
)
def test_servers_that_cannot_be_asked(
    type_: Type,
    library: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    words: list[str],
    status: int,
    told: str,
) -> None:
    monkeypatch.setattr(remembered, "user_cache_folder", lambda: tmp_path / "cache")
    monkeypatch.delenv("MUSICEMB_JELLYFIN_TOKEN", raising=False)
    typed = type_("serve", *words)
    assert typed.status == status
    assert told in typed.err
