"""What the calls answer, asked without HTTP; `test_routes` asks over it."""

from __future__ import annotations

import pytest
from served import Served

from musicemb.errors import TrackNotFound
from musicemb.server.client_views import ClientViews
from musicemb.server.credentials import Failures
from musicemb.server.desk import Desk
from musicemb.server.requests import MissingParameter, Parameters
from musicemb.server.site.calls import Place, about, mapping, one_group, tracks


@pytest.fixture
def place(open_server: Served) -> Place:
    shelf = open_server.shelf
    return Place(shelf, ClientViews(lambda: shelf.library), Desk(shelf.open_library, "words"), Failures(total=3))


def test_what_the_calls_answer(place: Place) -> None:
    assert about(place, Parameters({}))["refused"] == 3
    assert tracks(place, Parameters({"count": "0"}))["tracks"] == []
    assert one_group(place, Parameters({"id": "0", "start": "9"}))["tracks"][0]["artist"] == "Artist 0"
    with pytest.raises(MissingParameter):
        one_group(place, Parameters({}))
    with pytest.raises(TrackNotFound, match="no server lyrion was named"):
        mapping(place, Parameters({"kind": "lyrion"}))
