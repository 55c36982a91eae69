"""`Library`: what the commands do, from Python."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import sounds
from fake_encoder import FakeEncoder
from tagged_library import add
from typed_commands import embedded

import musicemb
from musicemb.errors import CatalogueError, SettingsError, TrackNotFound
from musicemb.io.catalogue.catalogue import open_catalogue
from musicemb.io.tags.reader import read_tags
from musicemb.library import Library
from musicemb.records import NOISE, Cluster, Guess, ScanSummary
from musicemb.workflows.genres.vocabulary import GuessPreferences
from musicemb.workflows.similarity import library_vectors
from musicemb.workflows.similarity.playlist import PlaylistLength
from musicemb.workflows.similarity.ranking import ResultFilters

MakeLibrary = Callable[..., Path]


@pytest.fixture
def filled(own_library: Path) -> Path:
    """40 tracks: even ones in one cluster, odd ones in the other; the last 10 without a genre."""
    encoder = FakeEncoder()
    with open_catalogue(own_library) as catalogue:
        catalogue.set_active_encoder(encoder.id, encoder.name)
        tracks = [embedded(number, genres=(("Rock", "Jazz")[number % 2],)[: number < 30]) for number in range(40)]
        ids = [catalogue.put_track(track, encoder.id) for track in tracks]
        labels = {id_: (number % 2, 0.9, number % 2) for number, id_ in enumerate(ids)}
        labels[ids[39]] = (NOISE, 0.0, 1)
        clusters = [Cluster(0, "Rock", 20, (ids[0],)), Cluster(1, "Jazz", 19, (ids[1],))]
        catalogue.put_clusters(encoder.id, clusters, labels)
        catalogue.put_guesses(encoder.id, {ids[30]: Guess("Rock", 0.8, "neighbours")})
    return own_library


@pytest.fixture
def library(filled: Path) -> Iterator[Library]:
    with Library.open(filled, encoder=FakeEncoder(), read_only=True) as opened:
        yield opened


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


def test_queries_answer_as_the_workflows_do(library: Library) -> None:
    seed = library.find("Even Song 0")
    names = [match.track.tags.artist for match in library.similar(seed, n=15)]
    assert names == ["Even"] * 15
    others = library.similar(seed, n=40, filters=ResultFilters(same_artist=False))
    assert {match.track.tags.artist for match in others} == {"Odd"}
    assert [cluster.name for cluster in library.clusters()] == ["Rock", "Jazz"]
    assert library.explain("Even Song 30").track == library.find("Even Song 30")
    assert library.status().tracks == 40
    stages: list[str] = []
    assert len(library.map(on_stage=lambda stage: stages.append(stage.text)).tracks) == 40
    assert stages[0] == "comparing 40 tracks"


def test_playlists(library: Library) -> None:
    short = PlaylistLength(6)
    assert {track.tags.artist for track in library.playlist(["Even Song 0"], length=short, spacing=0)} == {"Even"}
    assert {track.cluster for track in library.playlist(cluster=1, length=short)} == {1}
    way = library.playlist(ends=("Even Song 0", "Odd Song 1"), length=short)
    assert (way[0].tags.title, way[-1].tags.title, len(way)) == ("Song 0", "Song 1", 6)
    for wrong in ({}, {"seeds": ["Song 0"], "cluster": 1}):
        with pytest.raises(SettingsError, match="one of the three"):
            library.playlist(**wrong)  # type: ignore[arg-type]


def test_vectors_are_read_once_until_the_catalogue_changes(
    library: Library, filled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = []
    opened = library_vectors.open_space
    monkeypatch.setattr(library_vectors, "open_space", lambda catalogue: read.append(1) or opened(catalogue))
    before = library.similar("Even Song 0")
    assert library.similar("Even Song 0") == before
    library.playlist(["Even Song 0"])
    assert len(read) == 1
    with open_catalogue(filled) as catalogue:  # as another program would
        new = catalogue.put_track(embedded(40), "fake00000000")
    assert new in [match.track.id for match in library.similar("Even Song 0", n=40)]
    assert len(read) == 2


def test_a_library_that_is_written_to_sees_its_own_changes(filled: Path) -> None:
    with Library.open(filled, encoder=FakeEncoder()) as library:
        assert len(library.similar("Even Song 0", n=50)) == 39
        library.catalogue.put_track(embedded(40), "fake00000000")
        assert len(library.similar("Even Song 0", n=50)) == 40


def test_tags_are_planned_written_and_taken_back(tmp_path: Path) -> None:
    path = sounds.write_music(tmp_path / "plain.mp3", 1.0)
    before = path.read_bytes()
    with Library.open(tmp_path / "own.sqlite") as library:
        add(library.catalogue, path, "jazz", 0.7)
        assert library.plan_tags(min_confidence=0.9) == []
        plan = library.plan_tags()
        assert [change.after for change in plan] == [("Jazz",)]
        assert read_tags(path).genres == ()
        assert [each.status for each in library.apply_tags(plan)] == ["written"]
        assert read_tags(path).genres == ("Jazz",)
        assert [each.status for each in library.apply_undo(library.plan_undo())] == ["written"]
    assert path.read_bytes() == before


def test_guesses_for_a_plan_keep_to_its_own_vocabulary(filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def guess_all(inputs: object, settings: object, preferences: object) -> dict[int, Guess]:
        asked.append(preferences)
        return {}

    monkeypatch.setattr("musicemb.workflows.genres.guess.guess_all", guess_all)
    with Library.open(filled, encoder=FakeEncoder(), read_only=True) as library:
        assert len(library.plan_tags(vocabulary=[], max_genres=1)) == 1  # as the last scan was told: what is stored
        assert asked == []
        assert library.plan_tags(vocabulary=["Rock"], max_genres=2) == []
        assert asked == [GuessPreferences(("Rock",), 2)]


def test_a_plan_to_forget_is_applied_as_it_was_shown(filled: Path) -> None:
    with Library.open(filled, encoder=FakeEncoder()) as library:
        plan = library.plan_forgetting(["/music/Odd"])
        assert library.status().tracks == 40
        assert library.forget(plan) == len(plan.tracks) == 20
        assert library.status().tracks == 20


def test_a_library_for_queries_is_not_written_to(library: Library) -> None:
    with pytest.raises(CatalogueError, match="reading only"):
        list(library.scan(["/music"]))
    with pytest.raises(TrackNotFound):
        library.explain("no such words")


def test_a_closed_library_is_closed(filled: Path) -> None:
    library = Library.open(filled, read_only=True)
    library.close()
    library.close()
    with pytest.raises(CatalogueError):
        library.status()


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
