"""Parameters, read with care."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from musicemb.errors import SettingsError
from musicemb.server.requests import MissingParameter, Parameters, plain_text, read_json, scalars


@given(st.integers())
def test_numbers_stay_in_their_bounds(number: int) -> None:
    found = Parameters({"n": str(number)})
    try:
        assert found.number("n", 10, least=1, most=99) == min(max(number, 1), 99)
    except SettingsError:
        assert len(str(number)) >= 20


@pytest.mark.parametrize("text", ["x", "nan", "inf", "-inf", "1e400", "9" * 5000, "--1", "0x10"])
def test_what_is_no_number(text: str) -> None:
    with pytest.raises(SettingsError, match="n is not a whole number"):
        Parameters({"n": text}).number("n", 10)


def test_texts_and_flags() -> None:
    found = Parameters({"a": "1", "b": "TRUE", "c": "no", "d": ""})
    assert (found.get("a"), found.get("z"), found.need("b")) == ("1", "", "TRUE")
    assert [found.flag(name) for name in "abcdz"] == [True, True, False, False, False]
    assert found.number("d", 7) == 7
    for name in ("d", "z"):
        with pytest.raises(MissingParameter, match=f"the parameter {name} is missing"):
            found.need(name)


def test_bytes_that_are_no_text_can_be_told() -> None:
    assert plain_text("a\udc80é") == "a?é"


def posted(body: bytes) -> dict[str, Any]:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body}

    return asyncio.run(read_json(Request({"type": "http", "method": "POST", "headers": []}, receive)))


@given(st.dictionaries(st.text(), st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.integers())))
def test_an_object_of_json_is_read(sent: dict[str, Any]) -> None:
    assert posted(json.dumps(sent).encode()) == sent
    assert set(scalars(sent).values) == {name for name, value in sent.items() if isinstance(value, str | int)}


@pytest.mark.parametrize("body", [b"[1]", b"3", b'"x"', b"{", b"\xff\xfe\x00", b"[" * 60_000, b'{"a":' * 10_000])
def test_what_is_no_object_of_json(body: bytes) -> None:
    with pytest.raises(SettingsError, match="the body of the request is no"):
        posted(body)


def test_no_body_is_an_empty_object() -> None:
    assert posted(b"") == posted(b" \n") == {}
    assert scalars({"n": 3, "limit": 4.0}).number("limit", 1) == 4
