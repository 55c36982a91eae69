"""The map stays in its place from scan to scan, and shows what the library says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from made_tracks import embedded
from quick_catalogues import filled_copy

from musicemb.errors import CatalogueError
from musicemb.io.catalogue.catalogue import Catalogue, open_catalogue
from musicemb.records import NOISE, Cluster, Guess, MeasureStage, MusicMap, TrackTags
from musicemb.settings import MAP_GREY, MapSettings
from musicemb.workflows.mapping.colours import ALONE, NO_GENRE, OTHER_GENRES
from musicemb.workflows.mapping.map import map_library
from musicemb.workflows.similarity.similar import find_similar

ENCODER = "fake00000000"
QUICK = replace(MapSettings(), early_iterations=50, iterations=75)


def put(catalogue: Catalogue, number: int, *, side: int | None = None, **tags: object) -> int:
    """A track on one of three sides of the space."""
    at = number % 3 if side is None else side
    vector = np.eye(3, 8, dtype=np.float32)[at] + np.random.default_rng(number).normal(0, 0.15, 8).astype(np.float32)
    found = {"artist": f"Artist {number % 7}", "title": f"Song {number}", **tags}
    made = embedded(f"/m/{number}.mp3", seed=number, tags=TrackTags(**found), segments=0)  # type: ignore[arg-type]
    return catalogue.put_track(replace(made, vector=vector / np.linalg.norm(vector)), ENCODER)


def make(catalogue: Catalogue, settings: MapSettings = QUICK, *, again: bool = False) -> MusicMap:
    *stages, last = map_library(catalogue, settings, again=again)
    assert all(isinstance(stage, MeasureStage) for stage in stages)
    assert isinstance(last, MusicMap)
    return last


def fill(catalogue: Catalogue) -> None:
    with catalogue.transaction():
        catalogue.set_active_encoder(ENCODER, "fake")
        for number in range(40):
            put(catalogue, number, genres=(("Rock", "Jazz", "Folk")[number % 3],))


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    with filled_copy(tmp_path / "library.sqlite", fill) as made:
        yield made


def test_a_map_stays_where_it_is(catalogue: Catalogue) -> None:
    first = make(catalogue)
    assert (first.how, first.new, first.stored) == ("laid out", 40, True)
    second = make(catalogue)
    assert (second.how, second.new, second.stored) == ("kept", 0, True)
    assert np.array_equal(first.positions, second.positions)
    assert np.array_equal(first.neighbours, second.neighbours)


def test_few_new_tracks_join_and_nothing_else_moves(catalogue: Catalogue) -> None:
    first = make(catalogue)
    for number in range(40, 46):
        put(catalogue, number)
    second = make(catalogue)
    assert (second.how, second.new) == ("placed", 6)
    assert np.array_equal(second.positions[:40], first.positions)
    for row in range(40, 46):
        distances = np.linalg.norm(second.positions - second.positions[row], axis=1)
        near = [other for other in np.argsort(distances) if other != row][:5]
        assert {second.tracks[other].id % 3 for other in near} == {second.tracks[row].id % 3}
    assert make(catalogue).how == "kept"


def test_many_new_tracks_lay_out_again_near_to_where_it_was(catalogue: Catalogue) -> None:
    first = make(catalogue)
    for number in range(40, 60):
        put(catalogue, number)
    second = make(catalogue)
    assert (second.how, second.new) == ("laid out", 20)
    size = np.linalg.norm(first.positions - first.positions.mean(axis=0), axis=1).mean()
    assert np.linalg.norm(second.positions[:40] - first.positions, axis=1).mean() < size / 2


def test_placed_tracks_add_up_until_all_is_laid_out_again(catalogue: Catalogue) -> None:
    make(catalogue)
    ways = []
    for batch in range(4):
        for number in range(40 + 5 * batch, 45 + 5 * batch):
            put(catalogue, number)
        ways.append(make(catalogue).how)
    assert ways == ["placed", "placed", "laid out", "placed"]  # 5, 10, 15 of 55 (27 %), 5


def test_gone_tracks_keep_their_place_for_when_they_come_back(catalogue: Catalogue) -> None:
    first = make(catalogue)
    gone = first.tracks[:5]
    catalogue.mark_gone([track.id for track in gone])
    second = make(catalogue)
    assert second.how == "kept"
    assert len(second.tracks) == 35
    assert np.array_equal(second.positions, first.positions[5:])


def test_again_is_a_fresh_start(catalogue: Catalogue) -> None:
    first = make(catalogue)
    for number in range(40, 46):
        put(catalogue, number)
    fresh = make(catalogue, again=True)
    assert fresh.how == "laid out"
    assert not np.array_equal(fresh.positions[:40], first.positions)
    assert np.array_equal(make(catalogue).positions, fresh.positions)


def test_a_catalogue_that_cannot_be_written_gives_the_same_map(catalogue: Catalogue) -> None:
    with open_catalogue(catalogue.path, read_only=True) as looking:
        seen = make(looking)
        assert (seen.how, seen.stored) == ("laid out", False)
        assert not len(looking.layout(ENCODER)[0])
    assert np.array_equal(make(catalogue).positions, seen.positions)


def test_a_locked_catalogue_gives_a_map_too(catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(*_: object, **__: object) -> None:
        raise CatalogueError("locked")

    monkeypatch.setattr(catalogue, "put_layout", locked)
    assert not make(catalogue).stored


def test_the_nearest_are_those_of_similar(catalogue: Catalogue) -> None:
    music = make(catalogue)
    agree = []
    for row in range(0, 40, 5):
        found = find_similar(catalogue, music.tracks[row], n=5)
        mine = [music.tracks[other].id for other in music.neighbours[row][:5]]
        agree.append(len(set(mine) & {match.track.id for match in found}))
    assert np.mean(agree) >= 4
    assert (np.diff(music.similarities, axis=1) <= 0).all()  # the best first, by the number that the page shows


def test_they_are_rated_as_similar_rates_them(catalogue: Catalogue) -> None:
    music = make(catalogue)
    rated = {match.track.id: match.scaled_similarity for match in find_similar(catalogue, music.tracks[3], n=30)}
    mine = {music.tracks[row].id: like for row, like in zip(music.neighbours[3], music.similarities[3], strict=True)}
    both = rated.keys() & mine.keys()
    assert len(both) >= 4
    assert [mine[id_] for id_ in both] == pytest.approx([rated[id_] for id_ in both], abs=1e-4)


def test_copies_are_no_neighbours(catalogue: Catalogue) -> None:
    made = embedded("/m/copy.mp3", seed=0, segments=0)
    _, vectors = catalogue.vectors(ENCODER)
    catalogue.put_track(replace(made, vector=vectors[0]), ENCODER)
    music = make(catalogue)
    assert music.tracks[40].payload_hash == music.tracks[0].payload_hash
    assert 40 not in music.neighbours[0]
    assert 0 not in music.neighbours[40]
    assert not np.array_equal(music.positions[0], music.positions[40])


def test_groups_and_genres_colour_it(catalogue: Catalogue) -> None:
    ids = [track.id for track in catalogue.tracks(encoder_id=ENCODER)]
    labels = {id_: (number % 3 if number < 36 else NOISE, 0.9, 0) for number, id_ in enumerate(ids)}
    catalogue.put_clusters(ENCODER, [Cluster(n, f"Style {n}", 12, tuple(ids[n : n + 1])) for n in range(3)], labels)
    put(catalogue, 40, genres=())
    guessed = put(catalogue, 41, genres=())
    catalogue.put_guesses(ENCODER, {guessed: Guess(("jazz",), 0.8, "neighbours")})
    music = make(catalogue)
    clusters = music.colourings["cluster"]
    assert [(group.name, group.size) for group in clusters.groups] == [
        ("Style 0", 12), ("Style 1", 12), ("Style 2", 12), (ALONE, 6),
    ]  # fmt: skip
    assert clusters.groups[-1].colour == MAP_GREY
    assert clusters.members[:3].tolist() == [0, 1, 2]
    assert clusters.members[-1] == 3
    genres = {group.name: group.size for group in music.colourings["genre"].groups}
    assert genres == {"Jazz": 14, "Rock": 14, "Folk": 13, NO_GENRE: 1}
    few = make(catalogue, replace(QUICK, genres=2)).colourings["genre"]
    assert [group.name for group in few.groups] == ["Jazz", "Rock", OTHER_GENRES, NO_GENRE]
    assert np.bincount(few.members).tolist() == [group.size for group in few.groups]


@pytest.mark.parametrize("count", [1, 2, 3, 12])
@pytest.mark.parametrize("same", [True, False])
def test_tiny_and_uniform_libraries_have_a_map(tmp_path: Path, count: int, same: bool) -> None:
    with open_catalogue(tmp_path / "small.sqlite") as small:
        small.set_active_encoder(ENCODER, "fake")
        for number in range(count):
            made = embedded(f"/m/{number}.mp3", seed=number, segments=0, tags=TrackTags())
            vector = np.eye(1, 8, dtype=np.float32)[0] if same else made.vector
            small.put_track(replace(made, vector=vector), ENCODER)
        music = make(small)
    assert music.positions.shape == (count, 2)
    assert np.isfinite(music.positions).all()
    assert (music.neighbours >= 0).sum(axis=1).tolist() == [min(count - 1, QUICK.neighbours)] * count
    assert [group.name for group in music.colourings["genre"].groups] == [NO_GENRE]
    assert [group.name for group in music.colourings["cluster"].groups] == [ALONE]


def test_an_empty_library_is_said(tmp_path: Path) -> None:
    with open_catalogue(tmp_path / "empty.sqlite") as empty, pytest.raises(CatalogueError, match="musicemb scan"):
        list(map_library(empty))
