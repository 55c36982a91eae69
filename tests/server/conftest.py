"""A made library, served."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from served import SECRET, Served, fill_served, serving


@pytest.fixture(scope="session")
def music(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A catalogue of 60 tracks that no test changes; its files lie beside it."""
    folder = tmp_path_factory.mktemp("served")
    fill_served(folder / "library.sqlite", folder / "music")
    return folder / "library.sqlite"


@pytest.fixture(scope="session")
def open_server(music: Path) -> Iterator[Served]:
    """On loopback, without a token."""
    with serving(music) as served:
        yield served


@pytest.fixture(scope="session")
def locked_server(music: Path) -> Iterator[Served]:
    """One that needs a token."""
    with serving(music, secret=SECRET) as served:
        yield served
