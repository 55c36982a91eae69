"""Parameters, read with care."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musicemb.errors import SettingsError
from musicemb.server.requests import MissingParameter, Parameters, plain_text


@given(st.integers())
def test_numbers_stay_in_their_bounds(number: int) -> None:
    found = Parameters({"n": str(number)})
    try:
        assert found.number("n", 10, least=1, most=99) == min(max(number, 1), 99)
    except SettingsError:
        assert len(str(number)) >= 20


@pytest.mark.parametrize("text", ["x", "nan", "inf", "-inf", "1e400", "9" * 5000, "--1", "0x10"])
def test_what_is_no_number(text: str) -> None:
    with pytest.raises(SettingsError, match="n is no whole number"):
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
