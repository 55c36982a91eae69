"""Servers of Subsonic's protocol other than Navidrome: without salted tokens, or without an empty search."""

from __future__ import annotations

import pytest
from stand_ins import older_subsonic, standing_in

from musicemb.errors import MusicembError, SettingsError
from musicemb.io.media_servers import subsonic
from musicemb.io.media_servers.credentials import Credentials
from musicemb.io.media_servers.subsonic import subsonic_tracks
from musicemb.records import ServerTrack

TRACKS = [
    ServerTrack(str(at), f"A/C/{at}.mp3", title=f"T {at}", artist="A", album=f"C {at // 2}", duration=60.0 + at)
    for at in range(7)
]
ME = Credentials("me", "secret")


@pytest.mark.parametrize("page", [1, 2, 3, 4, 500])
def test_albums_are_walked_where_an_empty_search_finds_nothing(page: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subsonic, "PAGE", page)
    with standing_in(older_subsonic(TRACKS, tokens=True)) as server:
        assert list(subsonic_tracks(server.address, ME)) == TRACKS
    assert all("p" not in asked.query for asked in server.requests), "a server that knows tokens gets no password"


@pytest.mark.parametrize("code", [10, 41, 42])
def test_a_password_goes_to_a_server_that_knows_no_tokens(code: int) -> None:
    with standing_in(older_subsonic(TRACKS, tokens=False, code=code)) as server:
        assert list(subsonic_tracks(server.address, ME)) == TRACKS
    assert ["t" in asked.query for asked in server.requests].count(True) == 1


def test_a_wrong_password_is_refused() -> None:
    with (
        standing_in(older_subsonic(TRACKS, tokens=False)) as server,
        pytest.raises(MusicembError, match="refuses: No tokens here"),
    ):
        list(subsonic_tracks(server.address, Credentials("me", "wrong")))
    assert len(server.requests) == 2
    with (
        standing_in(older_subsonic(TRACKS, tokens=False, code=40)) as server,
        pytest.raises(MusicembError, match="refuses: No tokens here"),
    ):
        list(subsonic_tracks(server.address, ME))
    assert len(server.requests) == 1, "wrong name or password: the password is not sent in clear on top"


def test_credentials_are_needed() -> None:
    with pytest.raises(SettingsError, match="MUSICEMB_NAVIDROME_USER and MUSICEMB_NAVIDROME_PASSWORD"):
        list(subsonic_tracks("http://localhost:1", Credentials("me")))
