"""`Library`: what the commands do, from Python."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import sounds
from fake_encoder import FakeEncoder

import musicemb
from musicemb.records import ScanSummary

MakeLibrary = Callable[..., Path]


def test_a_scan_and_what_can_be_asked_of_it(tmp_library: MakeLibrary, tmp_path: Path) -> None:
    music = tmp_library(4)
    with musicemb.Library.open(tmp_path / "own.sqlite", encoder=FakeEncoder()) as library:
        *_, summary = library.scan([music], workers=0, max_genres=2)
        assert isinstance(summary, ScanSummary)
        assert (summary.new, summary.encoder_id) == (4, "fake00000000")
        assert library.status().tracks == 4
        assert len(library.similar("Track 0", n=3)) == 3
        assert library.clusters() == []
        assert len(library.map().tracks) == 4
        *_, again = library.scan(workers=0)
        assert (again.new, again.unchanged) == (0, 4)
        assert library.forget([music / "Artist 0"]) == 2
        (music / "Artist 1" / "Album 1" / "Track 2.mp3").unlink()
        *_, summary = library.scan([music / "Artist 1"], workers=0)
        assert (summary.gone, summary.tracks) == (1, 1)
        assert library.forget() == 1
        assert library.status().gone == 0


def test_one_file_is_embedded_without_a_library(tmp_path: Path) -> None:
    path = sounds.write_music(tmp_path / "a.mp3", 5.0, title="A")
    track = musicemb.embed(path)
    assert track.tags.title == "A"
    assert np.linalg.norm(track.vector) == pytest.approx(1, abs=1e-6)
    assert np.array_equal(musicemb.embed(str(path), musicemb.load_encoder()).vector, track.vector)
    with pytest.raises(musicemb.MusicembError, match="cannot be read: No such file"):
        musicemb.embed(tmp_path / "b.mp3")
    (tmp_path / "c.mp3").write_bytes(b"no music")
    with pytest.raises(musicemb.MusicembError, match=r"c\.mp3"):
        musicemb.embed(tmp_path / "c.mp3")
