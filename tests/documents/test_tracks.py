"""Tracks, matches and clusters in JSON, key by key."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from musicemb.documents.tracks import (
    cluster_document,
    families_document,
    match_document,
    track_document,
    values_document,
)
from musicemb.records import Cluster, Guess, Match, MatchingSpan, SoundValues, Track, TrackTags

TRACK = Track(7, Path("/music/a.mp3"), TrackTags("Artist", "Title", "Album", ("Rock", "Pop")), 180.41234, "f" * 64)
DOCUMENT = {
    "id": 7,
    "path": "/music/a.mp3",
    "artist": "Artist",
    "title": "Title",
    "album": "Album",
    "duration": 180.412,
    "genres": ["Rock", "Pop"],
    "imported": [],
    "guess": None,
    "cluster": None,
    "strength": 0.0,
    "nearest": None,
    "mix": False,
    "bpm": None,
    "bpm_confidence": None,
    "key": None,
    "camelot": None,
    "key_confidence": None,
    "loudness": None,
    "loudness_confidence": None,
    "loudness_range": None,
    "loudness_range_confidence": None,
    "peak": None,
    "silence": None,
}


def test_a_track() -> None:
    assert track_document(TRACK) == DOCUMENT
    guessed = replace(TRACK, guess=Guess(("Rock", "Jazz"), 0.87654, "cluster"), cluster=-1, nearest=3, strength=0.98765)
    assert track_document(guessed) == DOCUMENT | {
        "guess": {"genre": "Rock; Jazz", "confidence": 0.8765, "witness": "cluster"},
        "cluster": -1,
        "nearest": 3,
        "strength": 0.9877,
    }
    assert track_document(replace(TRACK, duration=1200.0))["mix"] is False
    assert track_document(replace(TRACK, duration=1200.1))["mix"] is True


def test_a_match_with_its_versions() -> None:
    other = replace(TRACK, id=8)
    assert match_document(Match(TRACK, 0.91234567, 0.5, versions=(other,))) == DOCUMENT | {
        "similarity": 0.912346,
        "closeness": 0.5,
        "values": None,
        "versions": [DOCUMENT | {"id": 8}],
    }


def test_a_match_with_what_is_heard_and_how_it_answers_to_words() -> None:
    heard = SoundValues(("calm",), (), "female", "", "low")
    document = match_document(Match(TRACK, 0.9), values=heard, fit=0.87654321)
    assert document["fit"] == 0.876543
    assert document["values"] == {
        "moods": ["calm"],
        "instruments": [],
        "voice": "female",
        "era": None,
        "energy": "low",
    }


def test_where_a_match_is_alike() -> None:
    span = MatchingSpan((0.0, 4.00049), (8.0, 12.0), 0.9)
    assert match_document(Match(TRACK, 0.9, spans=(span,)), where=True)["where"] == [
        {"here": [0.0, 4.0], "there": [8.0, 12.0], "similarity": 0.9}
    ]
    assert match_document(Match(TRACK, 0.9), where=True)["where"] is None
    assert "where" not in match_document(Match(TRACK, 0.9, spans=(span,)))


def test_a_cluster_has_values_where_they_are_given() -> None:
    cluster = Cluster(2, "Rock", 5)
    heard = SoundValues(energy="high")
    assert cluster_document(cluster, [], {2: heard})["values"] == values_document(heard)
    assert cluster_document(cluster, [], {})["values"] is None
    assert "values" not in cluster_document(cluster, [])


def test_a_cluster() -> None:
    cluster = Cluster(2, "Rock", 5, (7,), given=True, traits=("fast: 138 BPM",))
    assert cluster_document(cluster, [TRACK]) == {
        "cluster": 2,
        "name": "Rock",
        "given": True,
        "size": 5,
        "typical": [DOCUMENT],
        "traits": ["fast: 138 BPM"],
        "parent": None,
    }


def test_families_come_with_their_clusters_the_largest_first() -> None:
    assert families_document([Cluster(1, "Jazz", 9)]) == []
    clusters = [
        Cluster(5, "Techno", 30, parent="Electronic"),
        Cluster(1, "Rock", 20, parent="Pop / Rock"),
        Cluster(2, "Jazz", 19),
        Cluster(4, "Pop", 18, parent="Pop / Rock"),
        Cluster(3, "House", 6, parent="Electronic"),
    ]
    assert families_document(clusters) == [
        {"name": "Pop / Rock", "size": 38, "clusters": [1, 4]},
        {"name": "Electronic", "size": 36, "clusters": [5, 3]},
    ]
