"""In a large library few new tracks join the groups that are there; everything else stays as it was."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from fake_encoder import FakeEncoder
from quick_catalogues import filled_copy
from searched_library import ENCODER, put

from musicemb.core.vectors import cells
from musicemb.io.catalogue.catalogue import Catalogue, open_catalogue
from musicemb.io.index import places
from musicemb.records import NOISE
from musicemb.settings import ScanSettings
from musicemb.workflows.clustering import joining
from musicemb.workflows.clustering.cluster import group_library
from musicemb.workflows.clustering.joining import join_newcomers
from musicemb.workflows.clustering.listing import list_clusters
from musicemb.workflows.genres.guess import guess_genres
from musicemb.workflows.index import library_index
from musicemb.workflows.index.library_index import open_index, open_outgrown, stored_vectors
from musicemb.workflows.library.indexing import EditionInputs, prepare_queries
from musicemb.workflows.library.summary import regroup_library

KINDS = 4
TRACKS = 200


def sound(kind: int, number: int) -> np.ndarray:
    return np.eye(12)[kind] + 0.03 * np.random.default_rng(1000 + number).normal(size=12)


def fill(catalogue: Catalogue) -> None:
    catalogue.set_active_encoder(ENCODER, "fake")
    with catalogue.transaction():
        for number in range(TRACKS):
            words = (("Rock", "Jazz", "Folk", "House")[number % KINDS],) if number % 3 else ()
            put(catalogue, number, sound(number % KINDS, number), artist=f"Artist {number}", genres=words)
    guess_genres(catalogue, ENCODER, None)
    assert len(group_library(catalogue, ENCODER, None).clusters) == KINDS


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Catalogue]:
    monkeypatch.setattr(joining, "MANY", 50)
    with filled_copy(tmp_path / "library.sqlite", fill) as catalogue:
        yield catalogue


def homes(catalogue: Catalogue) -> dict[int, int]:
    return {track: cluster for track, (cluster, _, _) in catalogue.memberships(ENCODER).items()}


def test_new_tracks_join_and_nothing_else_moves(library: Catalogue) -> None:
    before, listed = homes(library), list_clusters(library)
    fresh = [put(library, number, sound(number % KINDS, number)) for number in range(TRACKS, TRACKS + 6)]
    odd = put(library, 900, -np.ones(12))
    grouping = join_newcomers(library, ENCODER, None)
    assert grouping is not None and grouping.how == "joined" and grouping.tracks == TRACKS + 7
    after = homes(library)
    assert {track: after[track] for track in before} == before
    assert [after[track] for track in fresh] == [before[1 + number % KINDS] for number in range(TRACKS, TRACKS + 6)]
    assert odd in after
    assert grouping.noise == sum(cluster == NOISE for cluster in after.values())
    assert [(one.id, one.name, one.size) for one in grouping.clusters] == [
        (one.id, one.name, one.size) for one in list_clusters(library)
    ]
    assert {one.id: (one.name, one.typical) for one in grouping.clusters} == {
        one.id: (one.name, one.typical) for one in listed
    }
    assert {track for track, one in library.placements(ENCODER).items() if not one.grouped} == {*fresh, odd}
    again = join_newcomers(library, ENCODER, None)
    assert again is not None and again.how == "unchanged" and homes(library) == after


def test_it_places_tracks_as_a_grouping_with_all_at_hand_does(library: Catalogue, tmp_path: Path) -> None:
    for number in range(TRACKS, TRACKS + 8):
        put(library, number, sound(number % KINDS, number) + 0.4 * sound(0, number))
    library.backup(tmp_path / "copy.sqlite")
    assert join_newcomers(library, ENCODER, None) is not None
    with open_catalogue(tmp_path / "copy.sqlite") as copy:
        assert group_library(copy, ENCODER, None).how == "joined"
        assert copy.placements(ENCODER) == library.placements(ENCODER)


@pytest.mark.parametrize("case", ["too many came", "too many left", "a group is gone", "a small library", "no groups"])
def test_otherwise_all_have_to_be_grouped(library: Catalogue, case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    put(library, TRACKS, sound(0, TRACKS))
    if case == "too many came":
        for number in range(TRACKS + 1, TRACKS + 12):
            put(library, number, sound(0, number))
    elif case == "too many left":
        library.mark_gone(range(1, 12))
    elif case == "a group is gone":
        monkeypatch.setattr(joining, "FEW_CHANGES", 0.5)
        library.mark_gone(range(1, TRACKS + 1, KINDS))
    elif case == "a small library":
        monkeypatch.setattr(joining, "MANY", 1000)
    else:
        library.put_clusters(ENCODER, [], {})
    before = library.placements(ENCODER)
    assert join_newcomers(library, ENCODER, None) is None
    assert library.placements(ENCODER) == before


def test_a_scan_guesses_the_new_tracks_only(library: Catalogue) -> None:
    encoder = FakeEncoder()
    list(regroup_library(library, encoder, ScanSettings(), altered=True))
    before = {track.id: track.guess for track in library.tracks()}
    odds = library.odds(ENCODER)
    fresh = [put(library, number, sound(1, number), artist=f"Artist {number}") for number in range(TRACKS, TRACKS + 5)]
    stages = list(regroup_library(library, encoder, ScanSettings(), altered=True, only_new=True))
    assert any("5 new tracks" in str(stage) for stage in stages)
    after = {track.id: track for track in library.tracks()}
    assert {track: after[track].guess for track in before} == before
    assert {track: one for track, one in library.odds(ENCODER).items() if track in before} == odds
    for track in fresh:
        guess = after[track].guess
        assert guess is not None and guess.genres == ("Jazz",)
    assert set(fresh) <= set(library.neighbourhood_stats(ENCODER)[0].tolist())


@pytest.fixture
def index_beside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(places, "user_cache_folder", lambda: tmp_path / "cache")
    monkeypatch.setattr(library_index, "FEWEST_INDEXED", 50)


def end_of_scan(catalogue: Catalogue, **how: bool) -> EditionInputs | None:
    encoder, kept = FakeEncoder(), list[EditionInputs | None]()

    def steps() -> Iterator[object]:
        kept.append((yield from regroup_library(catalogue, encoder, ScanSettings(), altered=True, **how)))

    list(steps())
    list(prepare_queries(catalogue, encoder, kept[0]))
    return kept[0]


@pytest.mark.usefixtures("index_beside")
def test_neighbours_are_looked_for_in_the_cells_that_the_index_knows(
    library: Catalogue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cells, "MANY", 50)
    end_of_scan(library)
    for number in range(TRACKS, TRACKS + 8):
        put(library, number, sound(number % KINDS, number) + 0.4 * sound(0, number))
    library.backup(tmp_path / "copy.sqlite")
    with monkeypatch.context() as patch:
        patch.setattr(joining, "join_clusters", lambda *_: pytest.fail("all tracks are looked at"))
        end_of_scan(library, only_new=True)
    with open_catalogue(tmp_path / "copy.sqlite") as copy:  # has no index
        end_of_scan(copy, only_new=True)
        assert copy.odds(ENCODER).keys() == library.odds(ENCODER).keys()
        placed, stats = copy.placements(ENCODER), copy.neighbourhood_stats(ENCODER)
    found = library.placements(ENCODER)
    assert {track: one.cluster for track, one in found.items()} == {track: one.cluster for track, one in placed.items()}
    for known, plain in zip(library.neighbourhood_stats(ENCODER), stats, strict=True):
        np.testing.assert_allclose(known, plain, atol=1e-6)


@pytest.mark.usefixtures("index_beside")
def test_what_the_index_knows_is_read_from_there(library: Catalogue, tmp_path: Path) -> None:
    end_of_scan(library)
    for number in range(TRACKS, TRACKS + 8):
        put(library, number, sound(number % KINDS, number) + 0.4 * sound(0, number))
    outgrown = open_outgrown(library)
    assert outgrown is not None and outgrown[1] == TRACKS
    library.backup(tmp_path / "copy.sqlite")
    with open_catalogue(tmp_path / "copy.sqlite") as copy:  # has no index
        assert open_outgrown(copy) is None
        end_of_scan(copy, only_new=True)
        placed = copy.placements(ENCODER)
    joined = join_newcomers(library, ENCODER, None, stored=stored_vectors(library, *outgrown), outgrown=outgrown)
    assert joined is not None and joined.tracks == TRACKS + 8
    for track, one in library.placements(ENCODER).items():
        assert one._replace(strength=placed[track].strength) == placed[track]
        assert one.strength == pytest.approx(placed[track].strength, abs=1e-4)
    put(library, TRACKS + 8, sound(1, 3))
    kept = end_of_scan(library, only_new=True)
    assert kept is not None and kept.edition == library.edition() == library.indexed()[0]
    after = library.placements(ENCODER)
    assert after[TRACKS + 9].cluster == after[2].cluster
    index = open_index(library, make=False)
    assert index is not None and len(index.ids) == TRACKS + 9
