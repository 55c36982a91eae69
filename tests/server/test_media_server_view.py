"""A library under a media server's ids, over HTTP: the plugin of that server asks by them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from served import Served, serving

from musicemb.documents import read_schema
from musicemb.io.catalogue.catalogue import open_catalogue
from musicemb.records import ServerTrack, ServerTracks


def as_server(path: Path, kind: str, prefix: str) -> ServerTracks:
    """Two thirds of a library, as a media server with another root has it, and one track that nobody else has."""
    with open_catalogue(path, read_only=True) as catalogue:
        own = [track for track in catalogue.tracks() if track.id % 3]
    tracks = [
        ServerTrack(
            f"{prefix}{track.id}",
            "/".join(["/data", *track.path.parts[-3:]]),
            title=track.tags.title,
            artist=track.tags.artist,
            duration=track.duration,
            artist_id=f"{prefix}{track.tags.artist}",
        )
        for track in own
    ]
    tracks.append(ServerTrack(f"{prefix}x", "/data/other/x.mp3", title="X"))
    return ServerTracks(kind, "http://localhost:1", 1.5, tuple(tracks))


@pytest.fixture(scope="module")
def mapped(music: Path) -> Iterator[Served]:
    with serving(music, servers=[as_server(music, "navidrome", "nd")]) as served:
        yield served


def test_plugins_ask_by_the_servers_ids(mapped: Served) -> None:
    found = mapped.ask("/api/similar_tracks", {"item_id": "nd1", "n": 30}).json
    assert len(found) == 30
    assert {row["item_id"][:2] for row in found} == {"nd"}
    assert all(int(row["item_id"][2:]) % 3 for row in found)  # the others the server has not got
    path = mapped.ask("/api/find_path", {"start_song_id": "nd1", "end_song_id": "nd4", "max_steps": 8}).json["path"]
    assert [path[0]["item_id"], path[-1]["item_id"]] == ["nd1", "nd4"]
    artists = mapped.ask("/api/similar_artists", {"artist": "ndArtist 1", "n": 2, "include_component_matches": 1}).json
    assert all(row["artist_id"] == f"nd{row['artist']}" for row in artists)
    searched = mapped.ask("/api/search_tracks", {"search_query": "song", "end": 100}).json
    assert len(searched) == 40


def test_ids_that_lead_nowhere(mapped: Served) -> None:
    away = mapped.ask("/api/similar_tracks", {"item_id": "ndx"})
    assert (away.status, "was not found in the library" in away.json["error"]) == (404, True)
    never = mapped.ask("/api/similar_tracks", {"item_id": "1"})
    assert (never.status, "navidrome had no track '1'" in never.json["error"]) == (404, True)


def test_both_dialects_stand_below_the_servers_name(mapped: Served) -> None:
    signed = {"v": "1.16.1", "c": "t", "f": "json", "id": "nd1", "count": 3}
    found = mapped.ask("/navidrome/rest/getSonicSimilarTracks", signed).subsonic["sonicMatch"]
    assert {match["entry"]["id"][:2] for match in found} == {"nd"}
    assert mapped.ask("/navidrome/api/health").status == 200
    assert mapped.rest("getSonicSimilarTracks", id="1", count=1)["status"] == "ok"  # our own ids, as always


def test_the_mapping_can_be_looked_at(mapped: Served) -> None:
    found = mapped.ask("/v1/servers/navidrome").json
    Draft202012Validator(read_schema("serve-mapping")).validate(found)
    assert (found["tracks"], found["found"]["path"], found["unknown"]) == (41, 40, 1)
    assert [track["id"] for track in found["unknown_tracks"]] == ["ndx"]
    assert mapped.ask("/v1/servers/navidrome", {"start": 1}).json["unknown_tracks"] == []
    assert mapped.ask("/v1/servers/lyrion").status == 404


def test_of_two_servers_each_has_its_own_room(music: Path) -> None:
    servers = [as_server(music, "navidrome", "nd"), as_server(music, "lyrion", "")]
    with serving(music, servers=servers, secret="a long secret") as served:
        assert served.ask("/lyrion/api/health").status == 200
        right = {"Authorization": "Bearer a long secret"}
        for room, identity in (("/navidrome", "nd1"), ("/lyrion", "1"), ("", "1")):
            asked = served.ask(f"{room}/api/similar_tracks", {"item_id": identity}, headers=right)
            assert asked.status == 200
            assert served.ask(f"{room}/api/similar_tracks", {"item_id": identity}).status == 401
