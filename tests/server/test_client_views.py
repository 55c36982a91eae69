"""What clients see, made anew when the library has changed."""

from __future__ import annotations

from dataclasses import dataclass

from served import Served

from musicemb.records import ServerTrack, ServerTracks, Track
from musicemb.server.catalogue_view import CatalogueView
from musicemb.server.client_views import ClientViews, known_matches


@dataclass(frozen=True)
class Few(CatalogueView):
    """Clients that know every third track only."""

    def id_of(self, track: Track) -> str | None:
        return str(track.id) if track.id % 3 == 0 else None


def test_plugins_see_a_servers_ids_where_there_is_one(open_server: Served) -> None:
    library = open_server.live.library
    alone = ClientViews(lambda: library)
    assert alone.plugins() is alone.own() is alone.own()
    track = library.tracks()[0]
    server = ServerTracks("lyrion", "http://a", 0.0, (ServerTrack("7", str(track.path)),))
    one = ClientViews(lambda: library, [server])
    assert one.plugins().track("7") == track
    assert one.plugins() is one.of("lyrion")
    before = one.of("lyrion")
    one.prepare(library)
    assert one.of("lyrion") is not before
    both = ClientViews(lambda: library, [server, ServerTracks("jellyfin", "http://b", 0.0, ())])
    assert both.plugins() is both.own()


def test_matches_that_clients_do_not_know_are_passed_over(open_server: Served) -> None:
    library = open_server.live.library
    seed = library.track(1)
    everything = [match.track.id for match in library.similar(seed, n=60)]
    found = [match.track.id for match in known_matches(Few(library), [seed], 10)]
    assert found == [one for one in everything if one % 3 == 0][:10]
