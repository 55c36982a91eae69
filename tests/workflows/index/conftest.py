"""A library to search in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from searched_library import ENCODER, put

from musicemb.io.catalogue.catalogue import Catalogue, open_catalogue


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    with open_catalogue(tmp_path / "library.sqlite") as made:
        with made.transaction():
            made.set_active_encoder(ENCODER, "fake")
            for number in range(60):
                put(made, number, genres=(("Rock", "Jazz")[number % 2],))
        yield made
