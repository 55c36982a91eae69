"""Frames on disk: whole or not there, and never those of another file or recipe."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from musicemb.errors import MusicembError
from musicemb.io.array_cache import FrameStore, StoredFrames, map_frames, write_frames

CODES = np.arange(60, dtype=np.uint8).reshape(20, 3)


@pytest.fixture
def audio(tmp_path: Path) -> Path:
    path = tmp_path / "song.mp3"
    path.write_bytes(b"audio")
    return path


def test_frames_come_back_as_they_were_written(audio: Path, tmp_path: Path) -> None:
    place = FrameStore(tmp_path / "cache", "recipe").place(audio)
    assert not place.exists()
    write_frames(place, CODES)
    np.testing.assert_array_equal(map_frames(place), CODES)
    assert not map_frames(place).flags.writeable
    assert [path.name for path in place.parent.iterdir()] == [place.name], "no draft is left"


def test_stored_frames_are_read_in_parts(audio: Path, tmp_path: Path) -> None:
    place = FrameStore(tmp_path / "cache", "recipe").place(audio)
    write_frames(place, CODES)
    stored = StoredFrames(place)
    assert (len(stored), stored.shape, stored.ndim) == (20, (20, 3), 2)
    part = stored[5:8]
    part[:] = 0  # a copy: the cache keeps what it has
    np.testing.assert_array_equal(stored[5:8], CODES[5:8])


def test_another_recipe_or_a_changed_file_has_another_place(audio: Path, tmp_path: Path) -> None:
    store = FrameStore(tmp_path / "cache", "recipe")
    first = store.place(audio)
    assert store.place(audio) == first
    assert FrameStore(tmp_path / "cache", "another").place(audio) != first
    os.utime(audio, ns=(1, 1))
    touched = store.place(audio)
    assert touched != first
    audio.write_bytes(b"longer audio")
    os.utime(audio, ns=(1, 1))
    assert store.place(audio) not in (first, touched)


def test_a_cache_that_cannot_be_written_is_one_line(audio: Path, tmp_path: Path) -> None:
    with pytest.raises(MusicembError, match="cannot make the cache folder"):
        FrameStore(audio, "recipe")
    with pytest.raises(MusicembError, match="cannot write to the cache"):
        write_frames(tmp_path / "nowhere" / "x.npy", CODES)
