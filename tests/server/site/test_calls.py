"""What the calls answer, asked without HTTP; `test_routes` asks over it."""

from __future__ import annotations

import pytest
from served import Served

from musicemb.errors import TrackNotFound
from musicemb.server.client_views import ClientViews
from musicemb.server.credentials import Failures
from musicemb.server.library_thread import LibraryThread
from musicemb.server.requests import MissingParameter, Parameters
from musicemb.server.site.calls import ApiContext, about, mapping, one_group, tracks


@pytest.fixture
def context(open_server: Served) -> ApiContext:
    live = open_server.live
    return ApiContext(
        live, ClientViews(lambda: live.library), LibraryThread(live.open_library, "words"), Failures(total=3)
    )


def test_what_the_calls_answer(context: ApiContext) -> None:
    assert about(context, Parameters({}))["refused"] == 3
    assert tracks(context, Parameters({"count": "0"}))["tracks"] == []
    assert one_group(context, Parameters({"id": "0", "start": "9"}))["tracks"][0]["artist"] == "Artist 0"
    with pytest.raises(MissingParameter):
        one_group(context, Parameters({}))
    with pytest.raises(TrackNotFound, match="no server lyrion was named"):
        mapping(context, Parameters({"kind": "lyrion"}))
