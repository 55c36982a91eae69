"""AudioMuse's calls, as its plugins make them."""

from __future__ import annotations

from typing import Any

import pytest
from served import SECRET, Served


def test_health_is_open(locked_server: Served) -> None:
    answer = locked_server.ask("/api/health")
    assert (answer.status, answer.json) == (200, {"status": "ok"})


def test_a_plugin_needs_the_token(locked_server: Served) -> None:
    assert locked_server.ask("/api/similar_tracks", {"item_id": "1"}).status == 401
    right = {"Authorization": f"Bearer {SECRET}"}
    assert locked_server.ask("/api/similar_tracks", {"item_id": "1"}, headers=right).status == 200


def test_the_plugins_tests_of_the_connection_pass(locked_server: Served) -> None:
    right = {"Authorization": f"Bearer {SECRET}", "Accept": "application/json"}
    for call in ("/api/active_tasks", "/api/last_task"):  # Jellyfin's button; Lyrion polls both
        assert locked_server.ask(call).status == 401, "a connection with a wrong token must not look right"
        answer = locked_server.ask(call, headers=right)
        assert (answer.status, answer.json) == (200, {})
    assert locked_server.ask("/", headers=right).status == 200  # Jellyfin's check of health


def test_similar_tracks(open_server: Served) -> None:
    # As the plugin for Navidrome asks.
    wanted = {"item_id": "1", "n": "5", "eliminate_duplicates": "false", "radius_similarity": "true"}
    found = open_server.ask("/api/similar_tracks", wanted).json
    assert len(found) == 5
    assert all(set(row) == {"item_id", "title", "author", "album", "distance"} for row in found)
    assert {row["author"] for row in found} == {"Artist 0"}  # of one sound with Song 0
    assert "1" not in {row["item_id"] for row in found}
    distances = [row["distance"] for row in found]
    assert distances == sorted(distances)
    assert all(0 <= one <= 1 for one in distances)
    first = open_server.live.library.similar(open_server.live.library.track(1), n=1)[0]
    assert found[0]["item_id"] == str(first.track.id)
    assert distances[0] == pytest.approx(1 - first.scaled_similarity, abs=1e-6)


def test_a_track_can_be_named(open_server: Served) -> None:
    by_id = open_server.ask("/api/similar_tracks", {"item_id": "1", "n": 3}).json
    assert open_server.ask("/api/similar_tracks", {"title": "song 0", "artist": "ARTIST 0", "n": 3}).json == by_id


def test_duplicates_are_held_back(open_server: Served) -> None:
    found = open_server.ask("/api/similar_tracks", {"item_id": "1", "n": 12, "eliminate_duplicates": "true"}).json
    authors = [row["author"] for row in found]
    assert max(authors.count(one) for one in authors) == 3


def test_find_path(open_server: Served) -> None:
    # As the plugin for Navidrome asks.
    wanted = {"start_song_id": "1", "end_song_id": "4", "max_steps": "6", "path_fix_size": "false", "mood_pct": "100"}
    found = open_server.ask("/api/find_path", wanted).json
    path = found["path"]
    assert (path[0]["item_id"], path[-1]["item_id"]) == ("1", "4")
    assert 2 <= len(path) <= 6
    assert all(set(row) == {"item_id", "title", "author", "album"} for row in path)
    assert found["total_distance"] > 0


def test_similar_artists(open_server: Served) -> None:
    wanted = {"artist": "artist 2", "n": "3", "include_component_matches": "true"}
    found = open_server.ask("/api/similar_artists", wanted).json
    assert len(found) == 3
    assert "Artist 2" not in {row["artist"] for row in found}
    divergences = [row["divergence"] for row in found]
    assert divergences == sorted(divergences)
    (component,) = found[0]["component_matches"]
    ours, theirs = component["artist1_representative_songs"], component["artist2_representative_songs"]
    assert all(set(song) == {"item_id", "title"} for song in ours + theirs)
    library = open_server.live.library
    assert {library.track(int(song["item_id"])).tags.artist for song in ours} == {"Artist 2"}
    assert {library.track(int(song["item_id"])).tags.artist for song in theirs} == {found[0]["artist"]}
    again = open_server.ask("/api/similar_artists", {"artist_id": found[0]["artist_id"], "n": 1}).json
    assert again[0]["artist"] != found[0]["artist"]
    assert "component_matches" not in again[0]


def test_search_tracks(open_server: Served) -> None:
    found = open_server.ask("/api/search_tracks", {"search_query": "artist 3 song"}).json
    assert set(found[0]) == {"item_id", "title", "author", "album", "album_artist"}
    assert {row["author"] for row in found[:10]} == {"Artist 3"}
    part = open_server.ask("/api/search_tracks", {"search_query": "song", "start": "40", "end": "55"}).json
    assert len(part) == 15
    assert len(open_server.ask("/api/search_tracks", {"search_query": "song"}).json) == 20
    assert open_server.ask("/api/search_tracks", {"title": "song 7", "artist": "artist 1"}).json[0]["item_id"] == "8"
    assert open_server.ask("/api/search_tracks").json == []


def test_max_distance(open_server: Served) -> None:
    found = open_server.ask("/api/max_distance", {"item_id": "1"}).json
    library = open_server.live.library
    farthest = library.track(int(found["farthest_item_id"]))
    distances = [1 - close for close in library.scaled_similarity(library.track(1), library.tracks())]
    assert found["max_distance"] == pytest.approx(max(distances), abs=1e-6)
    assert farthest.tags.artist != "Artist 0"


@pytest.mark.parametrize(
    ("call", "parameters", "status"),
    [
        ("similar_tracks", {}, 400),
        ("similar_tracks", {"item_id": "999"}, 404),
        ("similar_tracks", {"item_id": "no such id"}, 404),
        ("similar_tracks", {"item_id": "-1"}, 404),
        ("similar_tracks", {"item_id": "9" * 400}, 404),
        ("similar_tracks", {"item_id": "²"}, 404),
        ("similar_tracks", {"item_id": "1", "n": "many"}, 400),
        ("similar_tracks", {"title": "nothing of that name"}, 404),
        ("find_path", {"start_song_id": "1"}, 400),
        ("find_path", {"start_song_id": "1", "end_song_id": "1"}, 422),
        ("find_path", {"start_song_id": "1", "end_song_id": "1000"}, 404),
        ("similar_artists", {}, 400),
        ("similar_artists", {"artist": "Nobody"}, 404),
        ("max_distance", {}, 400),
        ("lyrics/search/text", {}, 501),
        ("hyperbolic/similar", {}, 501),
        ("sem_grove/search", {}, 501),
        ("radios/run", {}, 501),
        ("nothing", {}, 404),
    ],
)
def test_what_cannot_be_answered(open_server: Served, call: str, parameters: dict[str, Any], status: int) -> None:
    answer = open_server.ask(f"/api/{call}", parameters)
    assert answer.status == status
    assert set(answer.json) == {"error"}
    assert open_server.ask("/api/similar_tracks", {"item_id": "1"}).status == 200


def test_numbers_are_drawn_into_their_bounds(open_server: Served) -> None:
    assert len(open_server.ask("/api/similar_tracks", {"item_id": "1", "n": "100000"}).json) == 59
    assert open_server.ask("/api/similar_tracks", {"item_id": "1", "n": "-5"}).json == []
    assert len(open_server.ask("/api/similar_tracks", {"item_id": "1", "n": "3.0"}).json) == 3
    assert open_server.ask("/api/similar_tracks", {"item_id": "1", "n": "1e999"}).status == 400
