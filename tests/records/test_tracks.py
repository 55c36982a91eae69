"""A guess holds genres, not letters."""

from __future__ import annotations

from typing import Any

import pytest

from musicemb.records import Guess


@pytest.mark.parametrize(
    ("given", "genres"),
    [
        (("Jazz",), ("Jazz",)),
        (("Jazz", "Soul"), ("Jazz", "Soul")),
        ("Jazz", ("Jazz",)),
        ("Jazz; Soul", ("Jazz", "Soul")),
    ],
)
def test_a_text_is_taken_for_genres_not_for_letters(given: Any, genres: tuple[str, ...]) -> None:
    assert Guess(given, 0.9, "genre head").genres == genres
