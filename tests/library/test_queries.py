"""What can be asked of a library."""

from __future__ import annotations

import pytest
from fake_encoder import FakeEncoder, made_tag_heads

from musicemb.errors import CatalogueError, TrackNotFound
from musicemb.library import Library
from musicemb.workflows.similarity.ranking import ResultFilters


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


def test_words_are_searched_for(library: Library) -> None:
    found = library.search("jazz", n=5, filters=ResultFilters(max_per_artist=3))
    assert [one.track.tags.artist for one in found.found] == ["Odd"] * 3 + ["Even"] * 2
    with pytest.raises(TrackNotFound, match="scan --reembed"):
        library.search("calm")
    heads = made_tag_heads(("calm", "mood"))
    with Library.open(library.catalogue.path, encoder=FakeEncoder(tag_heads=heads), read_only=True) as listening:
        assert {one.track.tags.artist for one in listening.search("calm", n=20).found} == {"Even"}
        assert [one.name for one in listening.explain("Even Song 30").sounds] == ["calm"]


def test_a_library_for_queries_is_not_written_to(library: Library) -> None:
    with pytest.raises(CatalogueError, match="reading only"):
        list(library.scan(["/music"]))
    with pytest.raises(TrackNotFound):
        library.explain("no such words")


def test_the_tracks_of_the_library_and_of_a_group(library: Library) -> None:
    tracks = library.tracks()
    assert len(tracks) == 40 and [track.id for track in tracks] == sorted(track.id for track in tracks)
    group = library.clusters()[1]
    members = library.tracks(cluster=group.id)
    assert members[0].id == group.typical[0]
    assert {track.id for track in members} == {track.id for track in tracks if track.cluster == group.id}
    assert library.tracks(cluster=99) == []
