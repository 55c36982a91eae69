"""Our own API over HTTP, checked against the description that it gives of itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from fake_encoder import FakeEncoder, made_tag_heads
from jsonschema import Draft202012Validator
from served import SECRET, Served, fill_served, serving

from musicemb.documents import read_schema


def check(name: str, document: Any) -> Any:
    """The document, if it is as its schema says."""
    assert [error.message for error in Draft202012Validator(read_schema(name)).iter_errors(document)] == []
    return document


def test_the_library(open_server: Served) -> None:
    found = check("serve-library", open_server.ask("/v1/library").json)
    assert (found["tracks"], found["groups"], found["trouble"]) == (60, 6, "")


def test_tracks(open_server: Served) -> None:
    everything = check("serve-tracks", open_server.ask("/v1/tracks").json)
    assert (everything["total"], len(everything["tracks"])) == (60, 20)
    found = open_server.ask("/v1/tracks", {"q": "artist 2 song", "start": 5, "count": 3}).json
    assert [track["artist"] for track in found["tracks"]] == ["Artist 2"] * 3
    assert check("serve-track", open_server.ask("/v1/tracks/7").json)["track"]["title"] == "Song 6"


def test_similar(open_server: Served) -> None:
    found = check("serve-similar", open_server.ask("/v1/tracks/1/similar", {"n": 4}).json)
    assert found["seed"]["id"] == 1
    assert {match["track"]["artist"] for match in found["matches"]} == {"Artist 0"}
    others = open_server.ask("/v1/tracks/1/similar", {"n": 4, "same_artist": "false", "max_per_artist": 1}).json
    artists = [match["track"]["artist"] for match in others["matches"]]
    assert "Artist 0" not in artists
    assert len(set(artists)) == 4


def test_a_path(open_server: Served) -> None:
    found = check("serve-path", open_server.ask("/v1/path", {"from": "1", "to": "3", "n": 5}).json)
    assert [found["tracks"][place]["id"] for place in (0, -1)] == [1, 3]
    assert len(found["steps"]) == len(found["tracks"]) - 1


def test_groups(open_server: Served) -> None:
    found = check("serve-groups", open_server.ask("/v1/groups").json)["groups"]
    assert {group["name"] for group in found} == {f"Group {at}" for at in range(6)}
    one = check("serve-group", open_server.ask("/v1/groups/2", {"count": 3}).json)
    assert (one["name"], one["total"], len(one["tracks"])) == ("Group 2", 10, 3)
    assert one["tracks"] == one["typical"]
    alone = check("serve-group", open_server.ask("/v1/groups/-1").json)
    assert [track["title"] for track in alone["tracks"]] == ["Song 59"]


def test_words(tmp_path: Path) -> None:
    path = tmp_path / "library.sqlite"
    fill_served(path, tmp_path / "m", 24)
    with serving(path, encoder=FakeEncoder(tag_heads=made_tag_heads(("calm", "mood")))) as served:
        found = check("find", served.ask("/v1/find", {"words": "calm", "n": 4}).json)
        assert {match["artist"] for match in found["matches"]} == {"Artist 0"}
        assert served.ask("/v1/find", {"words": "xyzzy"}).status == 404
        other = tmp_path / "other.sqlite"
        fill_served(other, tmp_path / "m", 6)
        other.replace(path)
        assert served.ask("/v1/find", {"words": "calm", "n": 24}).json["matches"].__len__() == 6


def test_a_file_is_played(open_server: Served) -> None:
    part = open_server.ask("/v1/tracks/1/audio", headers={"Range": "bytes=0-4"})
    assert (part.status, part.body) == (206, b"sound")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/tracks/0", 404),
        ("/v1/tracks/x/similar", 404),
        ("/v1/tracks/999/audio", 404),
        ("/v1/tracks/1/similar?n=x", 400),
        ("/v1/path?from=1", 400),
        ("/v1/path?from=1&to=1", 422),
        ("/v1/find", 400),
        ("/v1/groups/99", 404),
        ("/v1/groups/x", 404),
        ("/groups/99", 404),
        ("/parts/calls.py", 404),
        ("/parts/..%2fcalls.py", 404),
        ("/v1/tracks?" + "&".join(f"a{number}=1" for number in range(300)), 400),
    ],
)
def test_what_cannot_be_answered(open_server: Served, path: str, status: int) -> None:
    assert open_server.ask(path).status == status


def test_pages_run_no_script_but_their_own(open_server: Served) -> None:
    for path in ("/", "/groups/1"):
        page = open_server.ask(path)
        assert page.status == 200
        assert "script-src 'self'" in page.headers["content-security-policy"]
    for name, kind in (("site.js", "text/javascript"), ("player.js", "text/javascript"), ("site.css", "text/css")):
        assert open_server.ask(f"/parts/{name}").headers["content-type"].startswith(kind)


def test_the_description_fits(open_server: Served, locked_server: Served) -> None:
    described = open_server.ask("/openapi.json").json
    assert described["openapi"].startswith("3.1")
    assert "security" not in described
    assert "/v1/tracks/{id}/audio" in described["paths"]
    right = {"Authorization": f"Bearer {SECRET}"}
    assert locked_server.ask("/openapi.json", headers=right).json["security"] == [{"bearer": []}, {"basic": []}]
    text = json.dumps(described)
    for name in described["components"]["schemas"]:
        assert "$defs" not in json.dumps(described["components"]["schemas"][name])
    assert "common.json" not in text
    examples = {"id": "1", "from": "1", "to": "2", "words": "rock", "q": "song"}
    for path, operations in described["paths"].items():
        names = [one["name"] for one in operations["get"]["parameters"]]
        query = {name: examples[name] for name in names if name in examples and f"{{{name}}}" not in path}
        answer = open_server.ask(path.replace("{id}", "1").replace("{kind}", "lyrion"), query)
        assert str(answer.status) in operations["get"]["responses"], path
        content = operations["get"]["responses"]["200"]["content"].get("application/json")
        if content and answer.status == 200:
            schema = {**content["schema"], "components": described["components"]}
            Draft202012Validator(schema).validate(answer.json)


def test_the_map_is_drawn_once(open_server: Served) -> None:
    page = open_server.ask("/map")
    assert page.status == 200
    assert b"media-src 'self'" in page.body
    assert open_server.ask("/map").body == page.body
