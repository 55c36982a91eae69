"""Servers are asked once a day, and old answers do where they are away."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest
from stand_ins import lyrion, standing_in

from musicemb.errors import MusicembError, SettingsError
from musicemb.io.media_servers import remembered
from musicemb.records import ServerTrack
from musicemb.workflows.media_servers.asking import FRESH, ask_server, parse_server

TRACKS = [ServerTrack("1", "/m/a.mp3", title="a"), ServerTrack("2", "/m/b.mp3", title="b")]


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembered, "user_cache_folder", lambda: tmp_path / "cache")


def test_what_names_a_server() -> None:
    assert parse_server(" Navidrome=http://localhost:4533/ ") == ("navidrome", "http://localhost:4533")
    for text in ("navidrome", "plex=http://a", "navidrome=localhost", "=http://a", ""):
        with pytest.raises(SettingsError):
            parse_server(text)


def test_a_server_is_asked_once_a_day() -> None:
    told: list[str] = []
    with standing_in(lyrion(TRACKS)) as server:
        first = ask_server("lyrion", server.address)
        assert [track.title for track in first.tracks] == ["a", "b"]
        assert ask_server("lyrion", server.address) == first
        assert len(server.requests) == 1
        assert ask_server("lyrion", server.address, anew=True).fetched > first.fetched
        remembered.remember(replace(first, fetched=time.time() - FRESH - 1))
        ask_server("lyrion", server.address)
        assert len(server.requests) == 3
    assert ask_server("lyrion", server.address, anew=True, on_note=told.append).tracks == first.tracks
    assert "cannot be reached" in told[0] and "earlier is used" in told[0]


def test_a_server_that_never_answered() -> None:
    with pytest.raises(MusicembError, match="cannot be reached"):
        ask_server("lyrion", "http://127.0.0.1:1")
