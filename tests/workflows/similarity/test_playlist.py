"""Filters of similar, and playlists, on made libraries."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import sounds
from fake_encoder import FakeEncoder

from musicemb.core.vectors.pooling import quantise
from musicemb.errors import MusicembError, TrackNotFound
from musicemb.io.catalogue.catalogue import Catalogue, open_catalogue
from musicemb.records import NOISE, Cluster, EmbeddedTrack, FoundFile, Match, Track, TrackTags
from musicemb.workflows.embedding.embed import embed_file
from musicemb.workflows.similarity.library_vectors import open_space, store_neighbourhood_stats
from musicemb.workflows.similarity.playlist import PlaylistLength, playlist_between, playlist_like, playlist_of_cluster
from musicemb.workflows.similarity.ranking import ResultFilters
from musicemb.workflows.similarity.similar import find_similar

ENCODER = "fake00000000"


def put(
    catalogue: Catalogue, number: int, vector: np.ndarray | None = None, *, segments: bool = True, **tags: object
) -> int:
    found = {"artist": f"Artist {number % 7}", "title": f"Song {number}", "album": f"Album {number % 5}", **tags}
    random = np.random.default_rng(number)
    row = random.normal(size=12) + 1 if vector is None else vector
    row = (row / np.linalg.norm(row)).astype(np.float32)
    pieces = quantise(np.arange(10, dtype=np.float32) * 4, row + 0.3 * random.normal(size=(10, 12)).astype(np.float32))
    track = EmbeddedTrack(
        FoundFile(Path(f"/m/{('a', 'b')[number % 2]}/{number}.mp3").absolute(), 1, 1),
        f"payload {number}",
        TrackTags(**found),  # type: ignore[arg-type]
        120.0,
        "soundfile",
        row,
        1.0,
        pieces if segments else None,
    )
    return catalogue.put_track(track, ENCODER)


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    with open_catalogue(tmp_path / "library.sqlite") as made:
        made.set_active_encoder(ENCODER, "fake")
        for number in range(60):
            put(made, number, genres=(("Rock", "Jazz")[number % 2],))
        yield made


def stems(found: list[Track] | list[Match]) -> list[str]:
    return [(item.track if isinstance(item, Match) else item).path.stem for item in found]


def at(catalogue: Catalogue, number: int) -> Track:
    return next(track for track in catalogue.tracks() if track.path.stem == str(number))


def test_what_is_stored_answers_as_what_is_found_on_the_spot(catalogue: Catalogue) -> None:
    before = find_similar(catalogue, at(catalogue, 0), n=20)
    store_neighbourhood_stats(catalogue, ENCODER)
    assert find_similar(catalogue, at(catalogue, 0), n=20) == before
    fresh = put(catalogue, 99)
    space = open_space(catalogue)
    store_neighbourhood_stats(catalogue, ENCODER)
    again = open_space(catalogue)
    row = space.row_of(fresh)
    assert row is not None
    assert space.stats.near[row] == again.stats.near[row]
    assert (space.stats.near[:row] != again.stats.near[:row]).any()  # the others have a neighbour more
    moved = put(catalogue, 98)
    store_neighbourhood_stats(catalogue, ENCODER, altered=[moved])
    third = open_space(catalogue)
    np.testing.assert_array_equal(third.stats.near[: row + 1], again.stats.near)
    store_neighbourhood_stats(catalogue, ENCODER)
    assert open_space(catalogue).stats.near[-1] == pytest.approx(third.stats.near[-1], abs=1e-6)
    assert catalogue.delete_vectors(ENCODER) == 62
    assert len(catalogue.neighbourhood_stats(ENCODER)[0]) == 0


def test_matches_are_ordered_by_scaled_similarity(catalogue: Catalogue) -> None:
    matches = find_similar(catalogue, at(catalogue, 0), n=50)
    values = [match.scaled_similarity for match in matches]
    assert values == sorted(values, reverse=True)
    assert all(0 <= value <= 1 for value in values)


def test_artist_album_genre_and_folder(catalogue: Catalogue) -> None:
    seed = at(catalogue, 0)
    found = find_similar(catalogue, seed, n=60, filters=ResultFilters(same_artist=False))
    assert "Artist 0" not in {match.track.tags.artist for match in found}
    found = find_similar(catalogue, seed, n=60, filters=ResultFilters(same_album=False))
    own = [m for m in found if m.track.tags.album == "Album 0" and m.track.path.parent == seed.path.parent]
    assert not own
    found = find_similar(catalogue, seed, n=60, filters=ResultFilters(within="jazz"))
    assert {match.track.tags.genres for match in found} == {("Jazz",)}
    assert stems(
        find_similar(catalogue, seed, n=60, filters=ResultFilters(within=str(Path("/m/b").absolute())))
    ) == stems(found)
    for nothing in ("polka", "/no/where"):
        with pytest.raises(TrackNotFound):
            find_similar(catalogue, seed, filters=ResultFilters(within=nothing))


def test_several_seeds_and_what_to_be_unlike(tmp_path: Path) -> None:
    with open_catalogue(tmp_path / "two.sqlite") as catalogue:
        catalogue.set_active_encoder(ENCODER)
        corners = np.eye(12)
        for number, vector in enumerate([corners[0], corners[1], corners[0] + corners[1], corners[0] + corners[2]]):
            put(catalogue, number, vector)
        both = find_similar(catalogue, [at(catalogue, 0), at(catalogue, 1)])
        assert stems(both)[0] == "2"
        without = find_similar(catalogue, at(catalogue, 0), unlike=[at(catalogue, 1)])
        assert stems(without) == ["3", "2"]
        with pytest.raises(MusicembError, match="both like it and unlike it"):
            find_similar(catalogue, [at(catalogue, 0), at(catalogue, 1)], unlike=[at(catalogue, 1)])


def test_versions_are_folded_and_unfolded(catalogue: Catalogue) -> None:
    for number, title in ((70, "Song 8 (Live)"), (71, "Song 8 - 2011 Remaster")):
        put(catalogue, number, title=title, artist="Artist 1")
    folded = find_similar(catalogue, at(catalogue, 0), n=80)
    (row,) = [match for match in folded if {match.track, *match.versions} & {at(catalogue, 8)}]
    assert sorted(stems([row.track, *row.versions])) == ["70", "71", "8"]
    assert (
        len(find_similar(catalogue, at(catalogue, 0), n=80, filters=ResultFilters(all_versions=True)))
        == len(folded) + 2
    )
    assert not {"70", "71"} & set(stems(find_similar(catalogue, at(catalogue, 8), n=80)))


def test_where(catalogue: Catalogue) -> None:
    put(catalogue, 80, segments=False)
    matches = find_similar(catalogue, at(catalogue, 0), n=80, where=True)
    for match in matches:
        assert (match.spans is None) == (match.track.path.stem == "80")
        for span in match.spans or ():
            assert 0 <= span.here[0] < span.here[1] <= 40
            assert (span.here[1] - span.here[0]) == (span.there[1] - span.there[0])
    assert find_similar(catalogue, at(catalogue, 0), n=1)[0].spans is None


# ------------------------------------------------------------------------------------- playlists


def test_a_playlist_begins_with_its_seed_and_keeps_artists_apart(catalogue: Catalogue) -> None:
    found = playlist_like(catalogue, [at(catalogue, 0)], PlaylistLength(20), spacing=3)
    assert stems(found)[0] == "0"
    assert len(set(stems(found))) == 20
    artists = [track.tags.artist for track in found]
    assert all(artist not in artists[max(0, place - 3) : place] for place, artist in enumerate(artists))
    assert found == playlist_like(catalogue, [at(catalogue, 0)], PlaylistLength(20), spacing=3)


@pytest.mark.parametrize("minutes", [0.1, 11, 30, 31.1])
def test_minutes_are_kept(catalogue: Catalogue, minutes: float) -> None:
    like = playlist_like(catalogue, [at(catalogue, 0)], PlaylistLength(minutes=minutes))
    way = playlist_between(catalogue, at(catalogue, 0), at(catalogue, 1), PlaylistLength(minutes=minutes))
    assert abs(len(like) * 2 - minutes) <= max(1, 2 - minutes)
    assert abs(len(way) * 2 - minutes) <= max(1, 4 - minutes)


def test_a_way_from_one_track_to_another(catalogue: Catalogue) -> None:
    store_neighbourhood_stats(catalogue, ENCODER)
    start, end = at(catalogue, 3), at(catalogue, 40)
    found = playlist_between(catalogue, start, end, PlaylistLength(12), spacing=2)
    assert (found[0], found[-1], len(found)) == (start, end, 12)
    assert found == playlist_between(catalogue, start, end, PlaylistLength(12), spacing=2)
    with pytest.raises(MusicembError, match="same track"):
        playlist_between(catalogue, start, start, PlaylistLength(5))


def test_a_cluster(catalogue: Catalogue) -> None:
    ids = [track.id for track in catalogue.tracks()]
    labels = {row: (1 if place < 30 else NOISE, 1 - place / 100, 1) for place, row in enumerate(ids)}
    catalogue.put_clusters(ENCODER, [Cluster(1, "one", 30, (ids[7],))], labels)
    found = playlist_of_cluster(catalogue, 1, PlaylistLength(40))
    assert len(found) == 30
    assert found[0].id == ids[7]
    assert len(playlist_of_cluster(catalogue, NOISE, PlaylistLength(5))) == 5
    with pytest.raises(TrackNotFound, match="ids: 1"):
        playlist_of_cluster(catalogue, 9, PlaylistLength(5))


@pytest.mark.parametrize("n", [1, 2, 40])
def test_tiny_and_identical_libraries(tmp_path: Path, n: int) -> None:
    with open_catalogue(tmp_path / "tiny.sqlite") as catalogue:
        catalogue.set_active_encoder(ENCODER)
        for number in range(n):
            put(catalogue, number, np.ones(12))
        store_neighbourhood_stats(catalogue, ENCODER)
        seed = at(catalogue, 0)
        assert len(find_similar(catalogue, seed, n=50, where=True)) == n - 1
        assert stems(playlist_like(catalogue, [seed], PlaylistLength(5)))[0] == "0"
        if n > 1:
            way = playlist_between(catalogue, seed, at(catalogue, 1), PlaylistLength(5))
            assert len(way) == min(n, 5)


def test_a_file_from_elsewhere_in_a_library_of_some_size(tmp_path: Path) -> None:
    with open_catalogue(tmp_path / "heard.sqlite") as heard:
        heard.set_active_encoder(FakeEncoder().id)
        paths = [sounds.write_music(tmp_path / f"{seed}.wav", 5.0, seed=seed) for seed in range(2)]
        for path, times in zip(paths, (34, 0), strict=True):
            status = path.stat()
            track = embed_file(FoundFile(path, status.st_size, status.st_mtime_ns), FakeEncoder())
            assert isinstance(track, EmbeddedTrack)
            for number in range(times):
                copy = replace(track, file=FoundFile(tmp_path / f"copy {number}.wav", 1, 1), payload_hash=str(number))
                heard.put_track(copy, FakeEncoder().id)
        every = ResultFilters(all_versions=True)
        found = find_similar(heard, paths[1], n=40, encoder=FakeEncoder(), where=True, filters=every)
        assert len(found) == 34
        assert all(match.spans for match in found)
        assert find_similar(heard, paths, n=3, encoder=FakeEncoder())
