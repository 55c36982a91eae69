"""Where a server may listen without a token."""

from __future__ import annotations

import pytest

from musicemb.errors import SettingsError
from musicemb.server.settings import ServerSettings, is_loopback


@pytest.mark.parametrize("host", ["localhost", "LocalHost", "127.0.0.1", "127.8.9.1", "::1", "[::1]"])
def test_loopback(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.2", "example.org", "localhost.example.org", ""])
def test_no_loopback(host: str) -> None:
    assert not is_loopback(host)


def test_strangers_take_a_token() -> None:
    ServerSettings().check()
    ServerSettings(allowed_hosts=("127.0.0.1",)).check()
    ServerSettings("0.0.0.0", secret="long enough").check()
    for settings in (ServerSettings("0.0.0.0"), ServerSettings(allowed_hosts=("music.example.org",))):
        with pytest.raises(SettingsError, match="MUSICEMB_TOKEN"):
            settings.check()
    with pytest.raises(SettingsError, match="shorter than 8"):
        ServerSettings(secret="short").check()


def test_names() -> None:
    assert ServerSettings(allowed_hosts=("Music.example",)).names == {"localhost", "127.0.0.1", "::1", "music.example"}
    assert ServerSettings("0.0.0.0", secret="long enough").names is None
    assert "nas" in (ServerSettings("0.0.0.0", secret="long enough", allowed_hosts=("nas",)).names or ())


def test_the_secret_is_not_shown() -> None:
    assert "horse" not in repr(ServerSettings(secret="horse battery"))
