"""A library that is served while it changes."""

from __future__ import annotations

from pathlib import Path

import pytest
from served import fill_served, put_served, serving, until

from musicemb.errors import CatalogueError
from musicemb.io.catalogue.catalogue import open_catalogue
from musicemb.library import Library
from musicemb.server.live_library import LiveLibrary


def test_a_rescan_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "library.sqlite"
    fill_served(path, tmp_path / "m", 12)
    with serving(path) as served:
        assert served.ask("/api/similar_tracks", {"item_id": "13"}).status == 404
        with open_catalogue(path) as catalogue:
            put_served(catalogue, tmp_path / "m", 12)
        until(lambda: served.ask("/api/similar_tracks", {"item_id": "13"}).status == 200)
        assert served.told[-1] == "the library has changed: 13 tracks now"


def test_a_catalogue_that_is_replaced_or_taken_away(tmp_path: Path) -> None:
    path, other = tmp_path / "library.sqlite", tmp_path / "other.sqlite"
    fill_served(path, tmp_path / "m", 12)
    fill_served(other, tmp_path / "m", 30)
    with serving(path) as served:
        for beside in tmp_path.glob("library.sqlite-*"):
            beside.unlink()
        other.replace(path)
        until(lambda: served.ask("/api/similar_tracks", {"item_id": "30"}).status == 200)
        path.unlink()
        until(lambda: served.live.trouble)
        assert served.ask("/api/similar_tracks", {"item_id": "30"}).status == 200
        assert "answers come from the library as it was read before" in served.told[-1]
        path.write_bytes(b"this is no catalogue at all, but a text of more than one page" * 100)
        until(lambda: "not a musicemb catalogue" in served.live.trouble)
        path.unlink()
        fill_served(path, tmp_path / "m", 18)
        until(lambda: not served.live.trouble)
        until(lambda: len(served.live.library.tracks()) == 18)


def test_what_cannot_be_read_at_first_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "library.sqlite"
    missing = LiveLibrary(lambda: Library.open(path, read_only=True))
    with pytest.raises(CatalogueError, match="nothing scanned yet"):
        missing.start()
    missing.close()
    open_catalogue(path).close()
    empty = LiveLibrary(lambda: Library.open(path, read_only=True))
    with pytest.raises(CatalogueError, match="holds no tracks yet"):
        empty.start()
    empty.close()
