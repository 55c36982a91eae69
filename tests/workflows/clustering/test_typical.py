"""A group is shown by different artists and recordings."""

from __future__ import annotations

from pathlib import Path

from musicemb.records import Track, TrackTags
from musicemb.workflows.clustering.typical import typical_tracks


def test_different_artists_come_first_and_copies_once() -> None:
    def track(number: int, artist: str, payload: str) -> Track:
        return Track(number, Path(f"/{number}"), TrackTags(artist, "x"), 60.0, payload)

    ranked = [track(1, "A", "a"), track(2, "A", "b"), track(3, "B", "a"), track(4, "", "c"), track(5, "B", "d")]
    assert typical_tracks(ranked, 3) == (1, 4, 5)
    assert typical_tracks(ranked, 9) == (1, 4, 5, 2)
    assert typical_tracks([], 3) == ()
