"""A library whose tracks are calm or have a piano."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from quick_catalogues import filled_copy
from searched_library import LISTENING
from typed_commands import embedded

from musicemb.io.catalogue.catalogue import Catalogue
from musicemb.records import GenreOdds, Guess


def fill(catalogue: Catalogue) -> None:
    catalogue.set_active_encoder(LISTENING.id, LISTENING.name)
    words = ("Deep House", "Jazz")
    ids = [
        catalogue.put_track(embedded(number, genres=(words[number % 2],) if number < 10 else ()), LISTENING.id)
        for number in range(20)
    ]
    catalogue.put_guesses(LISTENING.id, {ids[10]: Guess(("Jazz",), 0.7, "neighbours")})
    catalogue.put_odds(LISTENING.id, {ids[11]: GenreOdds({"jazz": 0.4}, 0.6, "neighbours")})


@pytest.fixture
def calm_library(own_library: Path) -> Iterator[Catalogue]:
    """Even tracks are calm, odd ones have a piano (see `embedded`); 0 to 9 are tagged, of 10 a genre is guessed."""
    with filled_copy(own_library, fill) as opened:
        yield opened
