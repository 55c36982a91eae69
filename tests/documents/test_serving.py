"""What the server's own API answers; `server/site/test_routes` checks it against the schemas."""

from __future__ import annotations

from pathlib import Path

from musicemb.documents.serving import (
    group_document,
    path_document,
    similar_tracks_document,
    tracks_page_document,
)
from musicemb.documents.tracks import track_document
from musicemb.records import Cluster, Match, Track, TrackTags

TRACKS = [Track(at, Path(f"/m/{at}.mp3"), TrackTags("A", f"T {at}"), 60.0, str(at)) for at in range(3)]
SHOWN = [track_document(track) for track in TRACKS]


def test_tracks_stand_as_everywhere() -> None:
    assert tracks_page_document(TRACKS[:2], 7) == {"schema": 1, "total": 7, "tracks": SHOWN[:2]}
    assert path_document(TRACKS, [0.12345678, 1]) == {"schema": 1, "tracks": SHOWN, "steps": [0.123457, 1]}
    (match,) = similar_tracks_document(TRACKS[0], [Match(TRACKS[1], 0.5, 0.25, (TRACKS[2],))])["matches"]
    assert match == {"similarity": 0.5, "closeness": 0.25, "track": SHOWN[1], "versions": SHOWN[2:]}
    group = group_document(Cluster(3, "three", 9, (1,), traits=("slow",)), TRACKS[:1])
    assert group == {"group": 3, "name": "three", "size": 9, "traits": ["slow"], "typical": SHOWN[:1]}
