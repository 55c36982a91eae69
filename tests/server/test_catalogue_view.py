"""The library under ids."""

from __future__ import annotations

import pytest
from served import Served

from musicemb.errors import TrackNotFound
from musicemb.server.catalogue_view import CatalogueView, name_id


def test_own_ids(open_server: Served) -> None:
    view = CatalogueView(open_server.live.library)
    for track in view.library.tracks():
        assert view.track(view.id_of(track) or "") == track
        assert view.artist(view.artist_id(track)) == track.tags.artist
    for strange in ("", "0", "-1", "1.0", " 1", "١", "9" * 30, "ar-1"):
        with pytest.raises(TrackNotFound):
            view.track(strange)
    assert view.artist("Artist 1") is None


def test_ids_of_names() -> None:
    assert name_id("ar", "a") == name_id("ar", "a") != name_id("ar", "b")
    assert name_id("al", "a", "bc") != name_id("al", "ab", "c")
    assert name_id("ar", "\udc80").startswith("ar-")
