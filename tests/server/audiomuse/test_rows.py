"""Rows of tracks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from served import Served

from musicemb.server.audiomuse.rows import told
from musicemb.server.catalogue_view import CatalogueView


def test_a_row_has_the_title_or_else_the_files_name(open_server: Served) -> None:
    view = CatalogueView(open_server.live.library)
    track = view.track("1")
    wanted = {"item_id": "1", "title": "Song 0", "author": "Artist 0", "album": "Album 0"}
    assert told(view, track) == wanted
    bare = replace(track, path=Path("/m/na\udcefve.mp3"), tags=replace(track.tags, title=""))
    assert told(view, bare)["title"] == "na?ve"
