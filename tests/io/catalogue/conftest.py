"""Catalogues to put tracks into."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from made_tracks import fill
from quick_catalogues import as_the_program_makes_them

from musicemb.io.catalogue.catalogue import Catalogue, open_catalogue


@pytest.fixture(autouse=True)
def real_catalogues() -> Iterator[None]:
    """What other tests take from a copy is made here, statement by statement."""
    with as_the_program_makes_them():
        yield


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    with open_catalogue(tmp_path / "library.sqlite") as opened:
        opened.set_active_encoder("first", "tile2vec")
        yield opened


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalogue]:
    with open_catalogue(tmp_path_factory.mktemp("lasting") / "library.sqlite") as opened:
        opened.set_active_encoder("first")
        yield opened


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "library.sqlite"


@pytest.fixture
def filled(path: Path) -> Path:
    fill(path)
    return path
