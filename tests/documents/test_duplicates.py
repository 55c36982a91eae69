"""Duplicates in JSON."""

from __future__ import annotations

from pathlib import Path

from jsonschema import Draft202012Validator

from musicemb.documents import duplicates_document, read_schema, to_json
from musicemb.records import Copy, DuplicateGroup, Duplicates, Track, TrackTags


def test_what_copies_take_is_counted_without_the_first_of_each_group() -> None:
    tracks = [Track(n, Path(f"/m/{n}.flac"), TrackTags(), 100.0, "f" * 64) for n in range(3)]
    copies = tuple(Copy(track, "FLAC", 1_000_000 * (3 - n), 1.0, 0.0) for n, track in enumerate(tracks))
    found = Duplicates((DuplicateGroup("same audio", copies, ("title",)),), 2, 1)
    document = duplicates_document(found)
    assert (document["files"], document["spare"]) == (3, 3_000_000)
    assert [one["bitrate"] for one in document["groups"][0]["copies"]] == [240, 160, 80]
    Draft202012Validator(read_schema("duplicates")).validate(to_json(found))
