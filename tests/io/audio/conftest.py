"""Sound files to decode, hash and spoil."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import sounds


@pytest.fixture(scope="session")
def originals(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """A file of 6 s per format, made when it is first asked for."""
    root, samples = tmp_path_factory.mktemp("originals"), sounds.music(6, seed=3)

    def get(suffix: str) -> Path:
        path = root / f"x.{suffix}"
        if path.exists():
            return path
        if suffix == "wma":
            return sounds.write_av(path, samples, codec="wmav2", container="asf")
        if suffix == "alac.m4a":
            return sounds.write_av(path, samples, codec="alac")
        return sounds.write_music(path, 6.0, seed=3)

    return get
