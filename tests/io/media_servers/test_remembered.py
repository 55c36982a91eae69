"""What a server said, kept in the cache."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from musicemb.io.media_servers import remembered
from musicemb.io.media_servers.remembered import place_of, recall, remember
from musicemb.records import ServerTrack, ServerTracks

SERVER = ServerTracks("lyrion", "http://a", 12.5, (ServerTrack("1", "/m/é\udc80.mp3", title="t", duration=3.0),))


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(remembered, "user_cache_folder", lambda: tmp_path / "cache")
    return tmp_path / "cache"


def test_it_comes_back_as_it_was() -> None:
    assert recall("lyrion", "http://a") is None
    assert remember(SERVER)
    assert recall("lyrion", "http://a") == SERVER
    assert recall("lyrion", "http://b") is None
    if os.name == "posix":
        assert place_of("lyrion", "http://a").stat().st_mode & 0o077 == 0
    assert [path.suffix for path in place_of("lyrion", "http://a").parent.iterdir()] == [".json"]


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"version": 1}', "\0"])
def test_what_cannot_be_read_is_nothing(content: str) -> None:
    remember(SERVER)
    place_of("lyrion", "http://a").write_text(content)
    assert recall("lyrion", "http://a") is None


def test_no_place_to_keep_it_is_no_failure(cache: Path) -> None:
    cache.write_text("a file where the folder should be")
    assert not remember(SERVER)
