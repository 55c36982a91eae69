"""bliss-audio is optional: where it is installed its vectors are read, and what it raises is one line."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from musicemb.errors import AudioError
from musicemb.io.audio.bliss import has_bliss, read_bliss


@pytest.fixture
def bliss(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A library of that name that reads any file but "broken.mp3"."""

    def song(path: str) -> SimpleNamespace:
        if path.endswith("broken.mp3"):
            raise Exception("decoding failed")
        return SimpleNamespace(analysis=[0.25] * 23)

    module = ModuleType("bliss_audio")
    module.Song = song  # type: ignore[attr-defined]
    module.__spec__ = SimpleNamespace(name="bliss_audio")  # type: ignore[assignment]
    monkeypatch.setitem(sys.modules, "bliss_audio", module)
    return module


def test_its_descriptors_are_read_as_floats(bliss: ModuleType) -> None:
    assert has_bliss()
    read = read_bliss(Path("song.mp3"))
    assert read.dtype == np.float32
    assert read.tolist() == [0.25] * 23


def test_what_it_raises_is_said_of_the_file(bliss: ModuleType) -> None:
    with pytest.raises(AudioError, match=r"broken\.mp3: bliss-audio cannot read it \(decoding failed\)"):
        read_bliss(Path("broken.mp3"))


def test_it_may_be_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert not has_bliss()
