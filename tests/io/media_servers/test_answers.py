"""Servers that answer, refuse, or are something else; `test_fetching` asks stand-ins of each kind."""

from __future__ import annotations

import pytest
from stand_ins import standing_in

from musicemb.errors import MusicembError
from musicemb.io.media_servers.answers import ask_json, check_address, number_of, text_of


@pytest.mark.parametrize("address", ["http://localhost:4533", "https://music.example/base/"])
def test_addresses(address: str) -> None:
    assert check_address(address) == address.rstrip("/")


@pytest.mark.parametrize(
    "address",
    ["", "localhost:4533", "ftp://a", "file:///etc/passwd", "http://", "http://a:x", "http://a/?b", "http://["],
)
def test_what_is_no_address(address: str) -> None:
    with pytest.raises(MusicembError, match="is not a server's address"):
        check_address(address)


def test_credentials_do_not_stand_in_an_address() -> None:
    with pytest.raises(MusicembError, match="use the environment or credentials"):
        check_address("http://me:secret@localhost")


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (200, b"<html>", "does not answer with JSON"),
        (401, b"", "refuses the credentials"),
        (404, b"", "answers with status 404"),
        (302, b"", "redirects to http://evil.example/: give that address"),
    ],
)
def test_failures_are_one_line(status: int, body: bytes, words: str) -> None:
    with standing_in(lambda request: (status, body)) as server, pytest.raises(MusicembError, match=words) as caught:
        ask_json(f"{server.address}/x", {"a": "b"})
    assert "\n" not in str(caught.value)


def test_a_server_that_is_not_there() -> None:
    with standing_in(lambda request: (200, b"{}")) as server:
        address = server.address
    with pytest.raises(MusicembError, match="cannot be reached"):
        ask_json(address)


def test_what_is_sent() -> None:
    with standing_in(lambda request: (200, b"[1]")) as server:
        assert ask_json(f"{server.address}/x", {"q": "é &"}, headers={"A": "b"}) == [1]
        assert ask_json(f"{server.address}/y", body={"c": 1}) == [1]
    first, second = server.requests
    assert (first.method, first.path, first.query, first.headers["A"]) == ("GET", "/x", {"q": "é &"}, "b")
    assert (second.method, second.json) == ("POST", {"c": 1})


def test_values_of_answers() -> None:
    texts = [text_of(value) for value in ("a", 3, ["b", "c"], [], None, {"x": 1}, True)]
    assert texts == ["a", "3", "b", "", "", "", ""]
    numbers = [number_of(value) for value in (3, "4.5", None, "x", -1, float("inf"), float("nan"))]
    assert numbers == [3, 4.5, 0, 0, 0, 0, 0]
