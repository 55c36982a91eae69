"""Credentials of media servers, of the environment or of a file."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from musicemb.errors import SettingsError
from musicemb.io.media_servers.credentials import Credentials, credentials_file, credentials_for


def kept(tmp_path: Path, text: str, mode: int = 0o600) -> Path:
    path = tmp_path / "credentials.toml"
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return path


def test_credentials_of_the_environment() -> None:
    found = credentials_for("jellyfin", {"MUSICEMB_JELLYFIN_TOKEN": "t", "MUSICEMB_NAVIDROME_USER": "u"})
    assert (found.user, found.token) == ("", "t")
    assert "secret" not in repr(Credentials("me", "secret", "secret"))


def test_the_environment_goes_before_the_file(tmp_path: Path) -> None:
    path = kept(tmp_path, '[navidrome]\nuser = "me"\npassword = "of the file"\n[jellyfin]\ntoken = "key"\n')
    assert credentials_for("navidrome", {}, path) == Credentials("me", "of the file")
    said = {"MUSICEMB_NAVIDROME_PASSWORD": "of the environment"}
    assert credentials_for("navidrome", said, path) == Credentials("me", "of the environment")
    assert credentials_for("jellyfin", {}, path) == Credentials(token="key")
    assert credentials_for("lyrion", {}, path) == Credentials()
    assert credentials_for("lyrion", {}, tmp_path / "absent.toml") == Credentials()


def test_it_lies_beside_the_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUSICEMB_CONFIG", str(tmp_path / "config.toml"))
    path = kept(tmp_path, '[lyrion]\nuser = "me"\n')
    assert credentials_file() == path
    assert credentials_for("lyrion", {}).user == "me"


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_a_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="can be read by others: chmod 600"):
        credentials_for("navidrome", {}, kept(tmp_path, "", 0o640))


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('[navidrom]\nuser = "secret"', "'navidrom' is not a media server; did you mean 'navidrome'"),
        ('[navidrome]\npasword = "secret"', r"\[navidrome\] has no 'pasword'; did you mean 'password'"),
        ('[plex]\ntoken = "secret"', "'plex' is not a media server: there are navidrome, jellyfin, lyrion"),
        ("[navidrome]\npassword = 5", r"password of \[navidrome\] must be text, in quotes"),
        ('navidrome = "secret"', r"navidrome must be a table: \[navidrome\]"),
        ("[navidrome]\npassword = secret", r"is not TOML \(at line 2, column 12\)"),
        ('[navidrome]\npassword = "secret', r"is not TOML \(at [a-z0-9 ,]+\)"),
    ],
)
def test_a_mistake_is_named_and_no_secret_with_it(text: str, complaint: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=complaint) as caught:
        credentials_for("navidrome", {}, kept(tmp_path, text))
    assert "secret" not in str(caught.value).replace(str(tmp_path), "")


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    path = kept(tmp_path, "")
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError, match="cannot be read: it is not text"):
        credentials_for("navidrome", {}, path)
