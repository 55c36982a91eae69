"""A library to search in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from quick_catalogues import filled_copy
from searched_library import ENCODER, put

from musicemb.io.catalogue.catalogue import Catalogue


def fill(catalogue: Catalogue) -> None:
    with catalogue.transaction():
        catalogue.set_active_encoder(ENCODER, "fake")
        for number in range(60):
            put(catalogue, number, genres=(("Rock", "Jazz")[number % 2],))


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    with filled_copy(tmp_path / "library.sqlite", fill) as made:
        yield made
