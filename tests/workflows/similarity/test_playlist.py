"""Filters of similar, and playlists, on made libraries."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import sounds
from fake_encoder import FakeEncoder
from searched_library import ENCODER, at, put, stems

from musicemb.errors import MusicembError, TrackNotFound
from musicemb.io.catalogue.catalogue import Catalogue, open_catalogue
from musicemb.records import NOISE, Cluster, EmbeddedTrack, FoundFile
from musicemb.workflows.embedding.embed import embed_file
from musicemb.workflows.similarity.library_vectors import store_neighbourhood_stats
from musicemb.workflows.similarity.playlist import (
    PlaylistLength,
    playlist_between,
    playlist_like,
    playlist_of_cluster,
    playlists_of_clusters,
)
from musicemb.workflows.similarity.ranking import ResultFilters
from musicemb.workflows.similarity.similar import find_similar


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
    assert playlists_of_clusters(catalogue, PlaylistLength(40)) == [(Cluster(1, "one", 30, (ids[7],)), found)]
    assert [len(tracks) for _, tracks in playlists_of_clusters(catalogue)] == [len(found)]
    assert [len(tracks) for _, tracks in playlists_of_clusters(catalogue, PlaylistLength(2))] == [2]
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
