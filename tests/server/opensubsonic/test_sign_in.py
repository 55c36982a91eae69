"""Signing in; `test_routes` has all ways over HTTP."""

from __future__ import annotations

import pytest

from musicemb.server.credentials import Credentials
from musicemb.server.opensubsonic.envelope import SubsonicError
from musicemb.server.opensubsonic.sign_in import check_credentials, check_protocol
from musicemb.server.requests import Parameters


@pytest.mark.parametrize("version", ["x", "1" * 20, ".", "²"])
def test_versions_that_are_none(version: str) -> None:
    with pytest.raises(SubsonicError, match="not a version"):
        check_protocol(Parameters({"v": version, "c": "t"}))
    check_protocol(Parameters({"v": "1.8.0", "c": "t"}))


def test_without_a_secret_everybody_may() -> None:
    check_credentials(Parameters({"u": "x", "p": "y"}), Credentials(""))


def test_a_bearer_token_serves_as_a_key() -> None:
    check_credentials(Parameters({}), Credentials("secret"), header="Bearer secret")
    with pytest.raises(SubsonicError) as caught:
        check_credentials(Parameters({}), Credentials("secret"), header="Bearer other")
    assert caught.value.code == 44


@pytest.mark.parametrize("password", ["enc:", "enc:zz", "enc:ff", "\udc80"])
def test_passwords_that_are_none(password: str) -> None:
    with pytest.raises(SubsonicError, match="Wrong username or password"):
        check_credentials(Parameters({"u": "musicemb", "p": password}), Credentials("secret"))
