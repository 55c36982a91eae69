"""Fixtures that all tests share."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
import sounds

# A shell starts background jobs ("pytest &") deaf to Ctrl-C, and what they start inherits that: commands that tests
# interrupt would not hear it.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def own_library(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the catalogue of this test lies: no test ever touches the user's own."""
    path = tmp_path_factory.mktemp("catalogue") / "library.sqlite"
    monkeypatch.setenv("MUSICEMB_LIBRARY", str(path))
    return path


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder with real audio (`library/`, `audio/`): MUSICEMB_SHARED, else `shared` beside the checkout."""
    path = Path(os.environ.get("MUSICEMB_SHARED") or Path(__file__).parents[1] / "../shared").resolve()
    if not (path / "library").is_dir():
        pytest.skip(f"no real audio at {path}; MUSICEMB_SHARED names its folder")
    return path


@pytest.fixture
def tmp_library(tmp_path: Path) -> Callable[..., Path]:
    """Makes a small music folder.

    `tmp_library()` gives four tagged tracks by two artists; `tmp_library(n, suffix=".flac",
    seconds=3.0)` gives n. Files lie in `<artist>/<album>/<title><suffix>`.
    """

    def make(n: int = 4, *, suffix: str = ".mp3", seconds: float = 5.0, name: str = "music") -> Path:
        root = tmp_path / name
        for number in range(n):
            artist, album, title = f"Artist {number // 2}", f"Album {number // 2}", f"Track {number}"
            tags = {"artist": artist, "album": album, "title": title, "genre": ("Rock", "Jazz")[number // 2 % 2]}
            sounds.write_music(root / artist / album / f"{title}{suffix}", seconds, seed=number, **tags)
        return root

    return make
