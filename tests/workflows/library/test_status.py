"""Status of a library, and forgetting what is gone."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import sounds
from fake_encoder import FakeEncoder

from musicemb.core.signal.features import make_front_end
from musicemb.encoder.runtime.bundle import write_bundle
from musicemb.errors import CatalogueError, LibraryRootError
from musicemb.io.catalogue.catalogue import Catalogue, open_catalogue
from musicemb.settings import EncoderSettings
from musicemb.workflows.library import encoder_choice
from musicemb.workflows.library.scan import scan_library
from musicemb.workflows.library.status import forget_gone, forget_places, library_status, plan_forgetting


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for seed in range(4):
        genre = {"genre": "Rock"} if seed < 2 else {}
        path = tmp_path / "music" / f"{seed}.flac"
        sounds.write(path, sounds.music(2.0, seed, 16_000, channels=1), 16_000)
        sounds.tag(path, artist="Ada", title=f"Song {seed}", **genre)
    (tmp_path / "music" / "empty.mp3").write_bytes(b"")
    return tmp_path


def scan(folder: Path, catalogue: Catalogue, name: str = "music") -> None:
    list(scan_library([folder / name], catalogue=catalogue, encoder=FakeEncoder(), workers=0))


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


def test_folder_is_forgotten_whether_it_is_there_or_not(folder: Path) -> None:
    music, other = folder / "music", folder / "other"
    shutil.copytree(music, other)
    with open_catalogue(folder / "library.sqlite") as catalogue:
        scan(folder, catalogue)
        scan(folder, catalogue, "other")
        shutil.rmtree(other)
        *_, summary = scan_library([], catalogue=catalogue, encoder=FakeEncoder(), workers=0)
        assert [problem.path for problem in summary.failed] == [other]
        assert "cannot be reached" in summary.failed[0].reason and "musicemb forget FOLDER" in summary.failed[0].reason
        other.mkdir()
        with pytest.raises(LibraryRootError, match=r"other held 4 tracks and now .* musicemb forget FOLDER"):
            scan(folder, catalogue, "other")
        plan = plan_forgetting(catalogue, [other])
        assert (len(plan.tracks), len(plan.problems), plan.roots, plan.back) == (4, 2, (other,), ())
        assert len(catalogue.tracks()) == 8
        forget_places(catalogue, plan)
        assert catalogue.roots() == [music]
        assert {track.path.parent for track in catalogue.tracks(include_gone=True)} == {music}
        assert {problem.path.parent for problem in catalogue.problems()} == {music}


def test_file_in_a_folder_that_stays_would_come_back(folder: Path) -> None:
    with open_catalogue(folder / "library.sqlite") as catalogue:
        scan(folder, catalogue)
        plan = plan_forgetting(catalogue, [folder / "music" / "3.flac"])
        assert (len(plan.tracks), plan.roots, plan.back) == (1, (), (folder / "music" / "3.flac",))
        forget_places(catalogue, plan)
        scan(folder, catalogue)
        assert len(catalogue.tracks()) == 4


def test_folder_that_the_library_does_not_know_is_said(folder: Path) -> None:
    with open_catalogue(folder / "library.sqlite") as catalogue:
        scan(folder, catalogue)
        # The beginning of a name is no folder of it.
        for unknown in ("mus", "music/3", "elsewhere"):
            with pytest.raises(LibraryRootError, match="holds nothing from there"):
                plan_forgetting(catalogue, [folder / "music", folder / unknown])


def test_a_read_only_library_forgets_nothing(folder: Path) -> None:
    with open_catalogue(folder / "library.sqlite") as catalogue:
        scan(folder, catalogue)
    with (
        open_catalogue(folder / "library.sqlite", read_only=True) as catalogue,
        pytest.raises(CatalogueError),
    ):
        forget_gone(catalogue)


def test_status_names_the_model_that_an_encoder_s_weights_started_from(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = EncoderSettings()
    trunk = {"name": "YAMNet", "file": "yamnet.tflite", "sha256": "00", "licence": "Apache-2.0"}
    front_end = make_front_end(settings.front_end, settings.segments)
    for name, about in (("foreign", {"trunk": trunk}), ("own", {})):
        write_bundle(tmp_path / name, name=name, settings=settings, front_end=front_end, weights={}, about=about)
    with open_catalogue(folder / "library.sqlite") as catalogue:
        scan(folder, catalogue)
        for found, expected in (("foreign", "YAMNet, Apache-2.0"), ("own", ""), (None, "")):
            place = None if found is None else tmp_path / found
            monkeypatch.setattr(encoder_choice, "find_shipped", lambda encoder_id, place=place: place)
            assert library_status(catalogue).encoder_origin == expected
