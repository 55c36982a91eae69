"""Scans and the state of a library in JSON."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from musicemb.documents.library import problem_document, scan_document, status_document
from musicemb.documents.tracks import track_document
from musicemb.records import Cluster, LibraryStatus, Pair, Problem, Run, ScanSummary, Track, TrackTags

FIRST = Track(7, Path("/music/a.mp3"), TrackTags("Artist", "Title"), 180.0, "f" * 64)
SECOND = replace(FIRST, id=8)
FAILED = Problem(Path("/music/broken.mp3"), "is not audio", "failed", transient=True, size=12)
SUMMARY = ScanSummary(
    new=1, changed=2, moved=3, retagged=4, gone=5, unchanged=6, skipped=(), failed=(FAILED,), tracks=40,
    clusters=(Cluster(2, "Rock", 5, (8, 7, 9)),), noise=7, pairs=(Pair(FIRST, SECOND, 0.98765432),), too_few=False,
    guesses=8, taggable=9, encoder_id="id", elapsed=3.14159, notes=("a note",), remembered=10,
)  # fmt: skip


def test_a_problem() -> None:
    assert problem_document(FAILED) == {
        "path": "/music/broken.mp3",
        "kind": "failed",
        "reason": "is not audio",
        "transient": True,
    }


def test_the_end_of_a_scan() -> None:
    document = scan_document(SUMMARY, Path("/l.sqlite"), {7: FIRST, 8: SECOND})
    counts = ("new", "changed", "moved", "retagged", "gone", "unchanged", "noise", "guesses", "taggable", "remembered")
    assert [document[name] for name in counts] == [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
    assert (document["library"], document["encoder"], document["tracks"]) == ("/l.sqlite", "id", 40)
    assert (document["failed"], document["skipped"]) == ([problem_document(FAILED)], [])
    assert (document["seconds"], document["notes"], document["too_few"]) == (3.142, ["a note"], False)
    assert [track["id"] for track in document["clusters"][0]["typical"]] == [8, 7]
    assert document["pairs"] == [
        {"similarity": 0.987654, "first": track_document(FIRST), "second": track_document(SECOND)}
    ]


def test_a_newer_encoder_is_named_or_null() -> None:
    assert scan_document(SUMMARY, Path("/l"), {})["newer_encoder"] is None
    assert scan_document(replace(SUMMARY, newer_encoder="n1"), Path("/l"), {})["newer_encoder"] == "n1"


def test_the_state_of_a_library() -> None:
    status = LibraryStatus(
        path=Path("/l.sqlite"), size=4096, read_only=False, roots=(Path("/music"),), tracks=40, gone=2,
        duration=7216.0004, encoder_id="", encoder_name="", encoders=(("id", "fake", 40),),
        clusters=(Cluster(0, "Rock", 20), Cluster(1, "Jazz", 19)), noise=1, tagged=30, guesses=9, problems=(FAILED,),
        runs=(Run(1, "tag", "", 3),), notes=("a note",), encoder_origin="VGGish, Apache 2.0",
    )  # fmt: skip
    assert status_document(status) == {
        "library": "/l.sqlite",
        "bytes": 4096,
        "roots": ["/music"],
        "tracks": 40,
        "gone": 2,
        "seconds": 7216.0,
        "encoder": None,
        "encoder_name": "",
        "encoder_origin": "VGGish, Apache 2.0",
        "encoders": [{"encoder": "id", "name": "fake", "tracks": 40}],
        "clusters": 2,
        "noise": 1,
        "notes": ["a note"],
        "tagged": 30,
        "imported": 0,
        "guesses": 9,
        "problems": [problem_document(FAILED)],
        "runs": 1,
        "values": {},
    }
