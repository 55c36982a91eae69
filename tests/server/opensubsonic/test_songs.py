"""A track as a Child."""

from __future__ import annotations

import json
from pathlib import Path

from served import Served

from musicemb.records import Track, TrackTags
from musicemb.server.catalogue_view import CatalogueView
from musicemb.server.opensubsonic.songs import song


def test_what_is_not_known_is_left_out(open_server: Served) -> None:
    view = CatalogueView(open_server.live.library)
    bare = song(view, Track(7, Path("/home/me/music/x\udc80"), TrackTags(), 1.6, "0"))
    assert bare == {
        "id": "7", "isDir": False, "title": "x?", "duration": 2, "contentType": "application/octet-stream",
        "path": "me/music/x?", "type": "music", "mediaType": "song", "isVideo": False,
    }  # fmt: skip
    json.dumps(bare)
    full = song(view, open_server.live.library.track(2))
    assert (full["artist"], full["album"], full["suffix"]) == ("Artist 1", "Album 1", "mp3")
    assert full["artistId"].startswith("ar-")
