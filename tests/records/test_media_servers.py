"""Identifiers as they compare."""

from __future__ import annotations

import pytest

from musicemb.records import plain_isrc, plain_mbid


def test_identifiers_are_brought_to_one_form() -> None:
    assert plain_mbid(" 0F4B2C1E-90ab-4c0d-9d5e-0123456789AB ") == "0f4b2c1e-90ab-4c0d-9d5e-0123456789ab"
    assert plain_isrc("us-rc1-76-07839") == "USRC17607839"


@pytest.mark.parametrize(
    "text", ["", "x", "0f4b2c1e90ab4c0d9d5e0123456789ab", "g" * 8 + "-1111-1111-1111-111111111111"]
)
def test_what_is_no_mbid(text: str) -> None:
    assert plain_mbid(text) == ""


@pytest.mark.parametrize("text", ["", "USRC1760783", "USRC176078390", "1SRC17607839", "USRC1760783X", "ÜSRC17607839"])
def test_what_is_no_isrc(text: str) -> None:
    assert plain_isrc(text) == ""
