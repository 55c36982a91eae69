"""Rows of clusters."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from musicemb.cli.views.cluster_table import cluster_rows, nearest_group, typical_tracks
from musicemb.records import Cluster, Track, TrackTags

TRACKS = {
    number: Track(number, Path(f"/{number}.mp3"), TrackTags("Artist", f"Song {number}"), 180.0, "")
    for number in (1, 2, 3)
}


def test_typical_tracks_are_those_that_are_known_best_first() -> None:
    assert [track.id for track in typical_tracks(Cluster(0, "Rock", 9, (3, 8, 1)), TRACKS)] == [3, 1]
    assert typical_tracks(Cluster(0, "Rock", 9), TRACKS) == []


def test_the_largest_cluster_comes_first() -> None:
    clusters = [Cluster(4, "Ska", 5, (3,)), Cluster(0, "Rock", 5), Cluster(2, "Jazz", 12, (1, 2))]
    columns, rows = cluster_rows(clusters, TRACKS)
    assert [column.title for column in columns] == ["id", "tracks", "name", "typical tracks"]
    assert rows == [
        ["2", "12", "Jazz", "Artist - Song 1 · Artist - Song 2"],
        ["0", "5", "Rock", ""],
        ["4", "5", "Ska", "Artist - Song 3"],
    ]


def test_the_nearest_cluster_is_named_where_it_is_known() -> None:
    assert nearest_group(replace(TRACKS[1], nearest=2), {2: "Jazz"}) == "2 Jazz"
    assert nearest_group(replace(TRACKS[1], nearest=3), {2: "Jazz"}) == ""
    assert nearest_group(TRACKS[1], {2: "Jazz"}) == ""


def test_families_stand_above_their_clusters() -> None:
    clusters = [
        Cluster(1, "Rock", 20, parent="Pop / Rock"),
        Cluster(2, "Jazz", 39),
        Cluster(4, "Pop", 18, parent="Pop / Rock"),
        Cluster(5, "Techno", 30, parent="Electronic"),
        Cluster(3, "House", 10, parent="Electronic"),
        Cluster(6, "Folk", 3),
    ]
    _, rows = cluster_rows(clusters, TRACKS, tree=True)
    assert [row[:3] for row in rows] == [
        ["", "40", "Electronic"],
        ["5", "30", "  Techno"],
        ["3", "10", "  House"],
        ["2", "39", "Jazz"],
        ["", "38", "Pop / Rock"],
        ["1", "20", "  Rock"],
        ["4", "18", "  Pop"],
        ["6", "3", "Folk"],
    ]
    assert cluster_rows(clusters[1:2], TRACKS, tree=True) == cluster_rows(clusters[1:2], TRACKS)
