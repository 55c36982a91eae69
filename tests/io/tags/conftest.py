"""MP3 bytes to put tags around."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import sounds


@pytest.fixture(scope="session")
def audio(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A second of MP3 without any tag."""
    return sounds.write(tmp_path_factory.mktemp("audio") / "plain.mp3", sounds.music(1.0)).read_bytes()


@pytest.fixture
def mp3(tmp_path: Path, audio: bytes) -> Callable[..., Path]:
    """Makes an MP3 of a head and a tail around the audio."""

    def make(head: bytes = b"", tail: bytes = b"", name: str = "song.mp3") -> Path:
        path = tmp_path / name
        path.write_bytes(head + audio + tail)
        return path

    return make
