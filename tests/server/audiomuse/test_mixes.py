"""Mixes of several tracks and searches by words, as the plugins for Lyrion and Jellyfin ask for them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fake_encoder import FakeEncoder, made_tag_heads
from served import Served, fill_served, serving

from musicemb.io.catalogue.catalogue import open_catalogue
from musicemb.records import ServerTrack, ServerTracks
from musicemb.server.audiomuse.mixes import MOST_SEEDS


@pytest.fixture(scope="module")
def hearing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server whose encoder hears "calm", with a Lyrion server that has the even tracks only."""
    folder = tmp_path_factory.mktemp("hearing")
    path = folder / "library.sqlite"
    fill_served(path, folder / "m", 24)
    with open_catalogue(path, read_only=True) as catalogue:
        even = [track for track in catalogue.tracks() if track.id % 2 == 0]
    rows = tuple(
        ServerTrack(str(1000 + one.id), "/".join(["/data", *one.path.parts[-3:]]), duration=one.duration)
        for one in even
    )
    encoder = FakeEncoder(tag_heads=made_tag_heads(("calm", "mood")))
    with serving(path, encoder=encoder, servers=[ServerTracks("lyrion", "http://localhost:1", 1.5, rows)]) as served:
        yield served


def song(number: int, operation: str = "ADD") -> dict[str, str]:
    return {"id": str(number), "op": operation, "type": "song"}


def mix(server: Served, *items: dict[str, str], n: int = 10) -> list[dict[str, Any]]:
    answer = server.ask("/api/alchemy", document={"items": list(items), "n": n})
    assert answer.status == 200
    assert set(answer.json) == {"results", "filtered_out", "centroid_2d", "projection"}
    rows: list[dict[str, Any]] = answer.json["results"]
    return rows


def test_a_mix_is_like_what_is_added(open_server: Served) -> None:
    library = open_server.live.library
    found = mix(open_server, song(1), song(2))
    expected = library.similar([library.track(1), library.track(2)], n=10)
    assert [row["item_id"] for row in found] == [str(match.track.id) for match in expected]
    assert [row["distance"] for row in found] == pytest.approx(
        [1 - match.scaled_similarity for match in expected], abs=1e-6
    )
    assert set(found[0]) == {"item_id", "title", "author", "album", "distance"}
    assert {row["author"] for row in found} == {"Artist 0", "Artist 1"}
    assert {"1", "2"}.isdisjoint(row["item_id"] for row in found)


def test_a_mix_is_unlike_what_is_subtracted(open_server: Served) -> None:
    found = mix(open_server, song(1), song(2), song(8, "subtract"))
    assert {row["author"] for row in found[:8]} == {"Artist 0"}  # 2 and 8 are by Artist 1
    assert "8" not in {row["item_id"] for row in found}


def test_an_artist_stands_for_the_own_tracks(open_server: Served) -> None:
    library = open_server.live.library
    own = [track for track in library.tracks() if track.tags.artist == "Artist 3"]
    found = mix(open_server, {"id": "ARTIST 3", "op": "ADD", "type": "artist"})
    assert [row["item_id"] for row in found] == [str(match.track.id) for match in library.similar(own, n=10)]
    identity = open_server.ask("/api/similar_artists", {"artist": "Artist 1", "n": 50}).json
    key = next(row["artist_id"] for row in identity if row["artist"] == "Artist 3")
    assert mix(open_server, {"id": key, "op": "ADD", "type": "artist"}) == found


def test_what_is_not_known_is_passed_over(open_server: Served) -> None:
    assert mix(open_server, song(999), song(1)) == mix(open_server, song(1))


def test_a_hundred_seeds_are_spread_evenly(open_server: Served) -> None:
    library = open_server.live.library
    found = mix(open_server, *(song(number) for number in range(1, 61)))
    chosen = [library.track(1 + at * 60 // MOST_SEEDS) for at in range(MOST_SEEDS)]
    assert [row["item_id"] for row in found] == [str(match.track.id) for match in library.similar(chosen, n=10)]
    assert len(found) == 10


@pytest.mark.parametrize(
    ("sent", "status", "text"),
    [
        ({}, 400, "nothing to ADD"),
        ({"items": [song(1, "SUBTRACT")]}, 400, "nothing to ADD"),
        ({"items": "1"}, 400, "not a list of objects"),
        ({"items": ["1"]}, 400, "not a list of objects"),
        ({"items": [song(1)], "n": "many"}, 400, "n is not a whole number"),
        ({"items": [{"id": "happy", "op": "ADD", "type": "mood"}]}, 400, "not of type 'mood'"),
        ({"items": [song(999)]}, 404, "no track 999"),
        ({"items": [{"id": "Nobody", "op": "ADD", "type": "artist"}]}, 404, "no track is by 'Nobody'"),
        ({"items": [{"op": "ADD", "type": "artist"}]}, 404, "no track is by ''"),
        ({"items": [song(1), song(1, "SUBTRACT")]}, 422, "both like it and unlike it"),
        ("[1]", 400, "not a JSON object"),
        ("{", 400, "not JSON"),
    ],
)
def test_mixes_that_cannot_be_made(open_server: Served, sent: Any, status: int, text: str) -> None:
    answer = open_server.ask("/api/alchemy", document=sent)
    assert answer.status == status
    assert text in answer.json["error"]


def test_a_search_by_words_gives_the_servers_ids(hearing: Served) -> None:
    answer = hearing.ask("/api/clap/search", document={"query": " calm ", "limit": 4})
    assert answer.status == 200
    assert (answer.json["query"], answer.json["count"]) == ("calm", 4)
    rows = answer.json["results"]
    assert set(rows[0]) == {"item_id", "title", "author", "album", "similarity"}
    heard = hearing.ask("/v1/find", {"words": "calm", "n": 24}).json["matches"]
    even = [match for match in heard if match["id"] % 2 == 0][:4]
    assert [row["item_id"] for row in rows] == [str(1000 + match["id"]) for match in even]
    assert [row["similarity"] for row in rows] == [match["score"] for match in even]
    everything = hearing.ask("/api/clap/search", document={"query": "calm", "limit": 500}).json
    assert everything["count"] == 12


def test_searches_that_cannot_be_made(hearing: Served) -> None:
    assert hearing.ask("/api/clap/search", document={"query": "xyzzy"}).status == 404
    assert hearing.ask("/api/clap/search", document={"query": "  "}).json == {"error": "the parameter query is missing"}
    assert hearing.ask("/api/clap/search", document={"query": "calm", "limit": [1]}).status == 200
    assert hearing.ask("/api/clap/search", {"query": "calm"}).status == 405


def test_what_the_menus_of_the_plugin_for_lyrion_ask(hearing: Served, open_server: Served) -> None:
    assert hearing.ask("/api/clap/warmup", document={}).json["loaded"] is True
    assert open_server.ask("/api/clap/warmup", document={}).json["loaded"] is False  # nothing here hears words
    assert hearing.ask("/api/clap/top_queries").json == {"queries": [], "ready": False}
    told = hearing.ask("/api/dashboard/summary").json
    assert {"content", "workers", "recent_tasks"} <= set(told)
    assert told["content"] == {"total_songs": 12, "distinct_artists": 3, "distinct_albums": 3, "clap_indexed": 12}
