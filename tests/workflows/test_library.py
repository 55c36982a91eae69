"""Status of a library, and forgetting what is gone."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import sounds
from fake_encoder import FakeEncoder

from musicemb.errors import CatalogueError
from musicemb.io.catalogue import Catalogue, open_catalogue
from musicemb.workflows.library import forget_gone, library_status
from musicemb.workflows.scan import scan_library


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for seed in range(4):
        genre = {"genre": "Rock"} if seed < 2 else {}
        path = tmp_path / "music" / f"{seed}.flac"
        sounds.write(path, sounds.music(2.0, seed, 16_000, channels=1), 16_000)
        sounds.tag(path, artist="Ada", title=f"Song {seed}", **genre)
    (tmp_path / "music" / "empty.mp3").write_bytes(b"")
    return tmp_path


def scan(folder: Path, catalogue: Catalogue) -> None:
    list(scan_library([folder / "music"], catalogue=catalogue, encoder=FakeEncoder(), workers=0))


def test_status_tells_what_is_there(folder: Path) -> None:
    with open_catalogue(folder / "library.sqlite") as catalogue:
        scan(folder, catalogue)
        (folder / "music" / "3.flac").unlink()
        scan(folder, catalogue)
    with open_catalogue(folder / "library.sqlite", read_only=True) as catalogue:
        status = library_status(catalogue)
    assert (status.path, status.read_only) == (folder / "library.sqlite", True)
    assert status.size == (folder / "library.sqlite").stat().st_size
    assert status.roots == (folder / "music",)
    assert (status.tracks, status.gone, status.tagged) == (3, 1, 2)
    assert status.duration == pytest.approx(6.0, abs=0.1)
    assert (status.encoder_id, status.encoder_name) == ("fake00000000", "fake")
    assert status.encoders == (("fake00000000", "fake", 3),)
    assert (status.clusters, status.noise) == ((), 0)
    assert [(problem.path.name, problem.reason) for problem in status.problems] == [("empty.mp3", "is empty")]
    assert status.runs == ()


def test_status_of_a_new_library(tmp_path: Path) -> None:
    with open_catalogue(tmp_path / "library.sqlite") as catalogue:
        status = library_status(catalogue)
    assert (status.tracks, status.gone, status.duration, status.encoder_id, status.roots) == (0, 0, 0, "", ())


def test_the_newest_run_comes_first(folder: Path) -> None:
    with open_catalogue(folder / "library.sqlite") as catalogue:
        scan(folder, catalogue)
        runs = [catalogue.start_run("tag", "fake00000000"), catalogue.start_run("undo", "fake00000000")]
        assert [run.id for run in library_status(catalogue).runs] == runs[::-1]


def test_gone_tracks_are_forgotten_and_heard_again_if_they_come_back(folder: Path) -> None:
    path, away = folder / "music" / "3.flac", folder / "away.flac"
    with open_catalogue(folder / "library.sqlite") as catalogue:
        scan(folder, catalogue)
        assert forget_gone(catalogue) == 0
        shutil.move(path, away)
        scan(folder, catalogue)
        assert forget_gone(catalogue) == 1
        assert library_status(catalogue).gone == 0
        assert len(catalogue.tracks(include_gone=True)) == 3
        shutil.move(away, path)
        scan(folder, catalogue)
        assert len(catalogue.tracks()) == 4


def test_a_read_only_library_forgets_nothing(folder: Path) -> None:
    with open_catalogue(folder / "library.sqlite") as catalogue:
        scan(folder, catalogue)
    with (
        open_catalogue(folder / "library.sqlite", read_only=True) as catalogue,
        pytest.raises(CatalogueError),
    ):
        forget_gone(catalogue)
