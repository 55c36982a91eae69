"""The library under ids."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from served import Served

from musicemb.errors import TrackNotFound
from musicemb.records import Track
from musicemb.server.view import OwnView, known_matches, name_id


@dataclass(frozen=True)
class Few(OwnView):
    """Clients that know every third track only."""

    def id_of(self, track: Track) -> str | None:
        return str(track.id) if track.id % 3 == 0 else None


def test_own_ids(open_server: Served) -> None:
    view = OwnView(open_server.shelf.library)
    for track in view.library.tracks():
        assert view.track(view.id_of(track) or "") == track
        assert view.artist(view.artist_id(track)) == track.tags.artist
    for strange in ("", "0", "-1", "1.0", " 1", "١", "9" * 30, "ar-1"):
        with pytest.raises(TrackNotFound):
            view.track(strange)
    assert view.artist("Artist 1") is None


def test_matches_that_clients_do_not_know_are_passed_over(open_server: Served) -> None:
    library = open_server.shelf.library
    seed = library.track(1)
    everything = [match.track.id for match in library.similar(seed, n=60)]
    found = [match.track.id for match in known_matches(Few(library), [seed], 10)]
    assert found == [one for one in everything if one % 3 == 0][:10]


def test_ids_of_names() -> None:
    assert name_id("ar", "a") == name_id("ar", "a") != name_id("ar", "b")
    assert name_id("al", "a", "bc") != name_id("al", "ab", "c")
    assert name_id("ar", "\udc80").startswith("ar-")
