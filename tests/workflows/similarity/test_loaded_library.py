"""A library in memory answers as the catalogue does."""

from __future__ import annotations

from pathlib import Path

import pytest
from searched_library import ENCODER, put

from musicemb.errors import CatalogueError, MusicembError, TrackNotFound
from musicemb.io.catalogue.catalogue import open_catalogue
from musicemb.library import Library
from musicemb.records import NOISE, Cluster
from musicemb.workflows.similarity.loaded_library import load_library
from musicemb.workflows.similarity.playlist import PlaylistLength
from musicemb.workflows.similarity.ranking import ResultFilters


@pytest.fixture
def library(own_library: Path) -> Path:
    with open_catalogue(own_library) as catalogue:
        catalogue.set_active_encoder(ENCODER, "fake")
        ids = [put(catalogue, number) for number in range(60)]
        catalogue.mark_gone(ids[-1:])
        groups = [Cluster(4, "four", 2, (ids[7], ids[3]))]
        labels = {one: (4, 0.5, 4) if one in (ids[3], ids[7], ids[9]) else (NOISE, 0.1, 4) for one in ids}
        catalogue.put_clusters(ENCODER, groups, labels)
    return own_library


def test_answers_are_those_of_the_catalogue(library: Path) -> None:
    with Library.open(library, read_only=True) as opened:
        loaded = opened.load()
        tracks = loaded.tracks()
        assert tracks == opened.catalogue.tracks()
        for track in tracks[::9]:
            assert loaded.similar(track, n=12) == opened.similar(track, n=12)
        both = [tracks[0], tracks[1]]
        assert loaded.similar(both, n=5, max_per_artist=1) == opened.similar(
            both, n=5, filters=ResultFilters(max_per_artist=1)
        )
        apart = ResultFilters(same_artist=False, same_album=False)
        assert loaded.similar(tracks[0], same_artist=False, same_album=False) == opened.similar(
            tracks[0], filters=apart
        )
        length = PlaylistLength(7)
        ends = (tracks[2], tracks[40])
        assert loaded.between(*ends, n=7) == opened.playlist(ends=ends, length=length)
        against = loaded.similar(both, n=12, unlike=tracks[4:6])
        assert against == opened.similar(both, n=12, unlike=tracks[4:6])
        assert against != loaded.similar(both, n=12)
    assert loaded.similar(tracks[0], n=0) == loaded.similar([], n=3) == []


def test_closeness_is_what_matches_are_ordered_by(library: Path) -> None:
    with open_catalogue(library) as catalogue:
        loaded = load_library(catalogue)
    seed = loaded.tracks()[5]
    matches = loaded.similar(seed, n=10)
    close = loaded.scaled_similarity(seed, [seed, *(match.track for match in matches)])
    assert close == pytest.approx([1.0, *(match.scaled_similarity for match in matches)])
    assert loaded.steps([seed, matches[0].track, seed]) == pytest.approx([close[1], close[1]])
    farthest, least = loaded.farthest(seed)
    assert least == min(loaded.scaled_similarity(seed, loaded.tracks()))
    assert loaded.scaled_similarity(seed, [farthest]) == [least]


def test_groups(library: Path) -> None:
    with open_catalogue(library) as catalogue:
        loaded = load_library(catalogue)
    assert [track.path.stem for track in loaded.members(4)] == ["7", "3", "9"]
    assert len(loaded.members(NOISE)) == 56
    with pytest.raises(TrackNotFound, match="no group 5"):
        loaded.members(5)


def test_what_cannot_be_asked_for(library: Path, tmp_path: Path) -> None:
    with open_catalogue(library) as catalogue:
        loaded = load_library(catalogue)
    gone = loaded.track(60)
    assert gone.gone
    assert [loaded.has_vector(track) for track in (gone, loaded.track(1))] == [False, True]
    with pytest.raises(MusicembError, match="both like it and unlike it"):
        loaded.similar([loaded.track(1), loaded.track(2)], unlike=[loaded.track(2)])
    with pytest.raises(TrackNotFound, match="is gone"):
        loaded.similar(gone)
    with pytest.raises(TrackNotFound, match="no track 61"):
        loaded.track(61)
    with pytest.raises(MusicembError, match="same track"):
        loaded.between(loaded.track(1), loaded.track(1))
    with open_catalogue(tmp_path / "empty.sqlite") as empty, pytest.raises(CatalogueError, match="no tracks yet"):
        load_library(empty)
