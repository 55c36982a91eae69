"""Stand-ins of each media server are asked for all of their tracks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import stand_ins
from stand_ins import standing_in

from musicemb.errors import MusicembError, SettingsError
from musicemb.io.media_servers import fetching, subsonic
from musicemb.io.media_servers.credentials import Credentials
from musicemb.io.media_servers.fetching import fetch_tracks
from musicemb.records import ServerTrack

MBID = "0f4b2c1e-90ab-4c0d-9d5e-0123456789ab"
TRACKS = [
    ServerTrack(str(100 + at), f"/music/A b/C/{at}.mp3", MBID, "USRC17607839", f"T {at}", "A", "C", 61.0 + at, "7")
    for at in range(7)
]
RIGHT = {"navidrome": Credentials("me", "secret"), "jellyfin": Credentials(token="key"), "lyrion": Credentials()}
NOT_TOLD: dict[str, dict[str, str]] = {"navidrome": {}, "jellyfin": {"isrc": ""}, "lyrion": {"mbid": "", "isrc": ""}}


@pytest.mark.parametrize("kind", ["navidrome", "jellyfin", "lyrion"])
@pytest.mark.parametrize("count", [0, 3, 6, 7])
def test_all_tracks_come_page_by_page(kind: str, count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "PAGE", 3)
    monkeypatch.setattr(subsonic, "PAGE", 3)
    make: Any = getattr(stand_ins, kind)
    with standing_in(make(TRACKS[:count])) as server:
        found = fetch_tracks(kind, server.address, RIGHT[kind])
    assert (found.kind, found.address) == (kind, server.address)
    assert list(found.tracks) == [replace(track, **NOT_TOLD[kind]) for track in TRACKS[:count]]
    more = int(kind == "navidrome" and not count)  # a server without tracks is asked for its albums too
    assert len(server.requests) == count // 3 + 1 + more
    for asked in server.requests:
        assert "secret" not in str(asked)


@pytest.mark.parametrize(("kind", "name"), [("navidrome", "NAVIDROME_PASSWORD"), ("jellyfin", "JELLYFIN_TOKEN")])
def test_missing_credentials_are_named(kind: str, name: str) -> None:
    with pytest.raises(SettingsError, match=f"MUSICEMB_{name}"):
        fetch_tracks(kind, "http://localhost:1", Credentials())


def test_wrong_credentials() -> None:
    wrong = Credentials("you", "secret", "other")
    with (
        standing_in(stand_ins.navidrome(TRACKS)) as server,
        pytest.raises(MusicembError, match="refuses: Wrong username or password"),
    ):
        fetch_tracks("navidrome", server.address, wrong)
    with (
        standing_in(stand_ins.jellyfin(TRACKS)) as server,
        pytest.raises(MusicembError, match="refuses the credentials"),
    ):
        fetch_tracks("jellyfin", server.address, wrong)


@pytest.mark.parametrize("kind", ["navidrome", "jellyfin", "lyrion"])
@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b'"x"',
        b'{"subsonic-response": 3, "result": 3, "Items": 3}',
        b'{"Items": [3], "result": {"titles_loop": 3}}',
    ],
)
def test_another_program_is_no_such_server(kind: str, body: bytes) -> None:
    with (
        standing_in(lambda asked: (200, body)) as server,
        pytest.raises(MusicembError, match="does not answer like a server of this kind"),
    ):
        fetch_tracks(kind, server.address, RIGHT[kind])


def test_unknown_kinds() -> None:
    with pytest.raises(SettingsError, match="navidrome, jellyfin, lyrion"):
        fetch_tracks("plex", "http://localhost:1", Credentials())
