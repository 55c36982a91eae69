"""Edits of tags in JSON, key by key."""

from __future__ import annotations

from pathlib import Path

from musicemb.documents.tagging import applied_document, change_document, entry_document, run_document
from musicemb.records import Applied, Change, JournalEntry, Run, Track, TrackTags

TRACK = Track(7, Path("/music/a.mp3"), TrackTags(), 180.0, "f" * 64)


def test_a_planned_change() -> None:
    assert change_document(Change(TRACK, ("Pop",), ("Pop", "Rock"), 0.87654, "id", obstacle="is read-only")) == {
        "path": "/music/a.mp3",
        "before": ["Pop"],
        "after": ["Pop", "Rock"],
        "confidence": 0.8765,
        "obstacle": "is read-only",
    }


def test_what_became_of_a_file() -> None:
    assert applied_document(Applied(Path("/a.mp3"), "failed", "disk full")) == {
        "path": "/a.mp3",
        "status": "failed",
        "reason": "disk full",
    }


def test_an_entry_and_a_run() -> None:
    entry = JournalEntry(5, 1, Path("/a.mp3"), "hash", {"TCON": []}, {"TCON": ["Rock"]})
    assert entry_document(entry) == {"path": "/a.mp3", "before": {"TCON": []}, "after": {"TCON": ["Rock"]}}
    assert run_document(Run(1, "tag", "2026-11-26T10:00:00", 3, "id")) == {
        "run": 1,
        "kind": "tag",
        "started": "2026-11-26T10:00:00",
        "files": 3,
        "encoder": "id",
    }
