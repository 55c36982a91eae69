"""Views, made anew when the library has changed."""

from __future__ import annotations

from served import Served

from musicemb.records.media_servers import ServerTrack, ServerTracks
from musicemb.server.views import Views


def test_plugins_see_a_servers_ids_where_there_is_one(open_server: Served) -> None:
    library = open_server.shelf.library
    alone = Views(lambda: library)
    assert alone.plugins() is alone.own() is alone.own()
    track = library.tracks()[0]
    server = ServerTracks("lyrion", "http://a", 0.0, (ServerTrack("7", str(track.path)),))
    one = Views(lambda: library, [server])
    assert one.plugins().track("7") == track
    assert one.plugins() is one.of("lyrion")
    before = one.of("lyrion")
    one.prepare(library)
    assert one.of("lyrion") is not before
    both = Views(lambda: library, [server, ServerTracks("jellyfin", "http://b", 0.0, ())])
    assert both.plugins() is both.own()
