"""OpenSubsonic's calls, in JSON and XML, by hand and through a client that people use."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from served import SECRET, Served, put_served, serving

from musicemb.io.catalogue.catalogue import open_catalogue
from musicemb.records import TrackTags
from musicemb.server.credentials import Failures

NS = {"s": "http://subsonic.org/restapi"}


@pytest.fixture
def client(locked_server: Served) -> Iterator[Any]:
    """py-opensonic: it posts forms, and signs in with a salted token."""
    libopensonic = pytest.importorskip("libopensonic", reason="py-opensonic is not installed")
    connection = libopensonic.Connection(
        "http://127.0.0.1", username="musicemb", password=SECRET, port=locked_server.port
    )
    yield connection
    connection.cleanup()
    connection._loop.close()  # which it leaves open


def test_a_real_client(client: Any) -> None:
    assert client.ping()
    found = client.get_sonic_similar_tracks("1", 5)
    assert len(found) == 5
    assert {match.entry.artist for match in found} == {"Artist 0"}
    assert [match.similarity for match in found] == sorted((match.similarity for match in found), reverse=True)
    path = client.find_sonic_path("1", "4", 8)
    assert (path[0].entry.id, path[0].similarity, path[-1].entry.id) == ("1", 1.0, "4")
    assert client.get_song("2").title == "Song 1"
    assert len(client.get_similar_songs("1", count=7)) == 7
    assert {song.artist for song in client.get_similar_songs2("1", count=4)} == {"Artist 0"}
    assert client.search3("song 7").song[0].id == "8"
    names = {one.name for one in client.get_open_subsonic_extensions()}
    assert names == {"apiKeyAuthentication", "formPost", "sonicSimilarity"}


def test_the_extensions_are_open(locked_server: Served) -> None:
    answer = locked_server.ask("/rest/getOpenSubsonicExtensions", {"f": "json"}).subsonic
    assert answer["status"] == "ok"
    assert {"name": "sonicSimilarity", "versions": [1]} in answer["openSubsonicExtensions"]
    envelope = {name: answer[name] for name in ("version", "type", "openSubsonic")}
    assert envelope == {"version": "1.16.1", "type": "musicemb", "openSubsonic": True}


def test_similar_tracks_stand_directly_in_the_envelope(open_server: Served) -> None:
    found = open_server.rest("getSonicSimilarTracks", id="1", count="3")["sonicMatch"]
    assert len(found) == 3
    assert all(set(match) == {"entry", "similarity"} for match in found)
    entry = found[0]["entry"]
    assert entry["isDir"] is False
    assert entry["contentType"] == "audio/mpeg"
    assert entry["path"].startswith("Artist 0/Album/Song ")
    assert len(open_server.rest("getSonicSimilarTracks", id="1")["sonicMatch"]) == 10
    assert open_server.rest("getSonicSimilarTracks", id="1", count="0")["sonicMatch"] == []


def test_a_path_keeps_its_ends(open_server: Served) -> None:
    found = open_server.rest("findSonicPath", startSongId="1", endSongId="6", count="5")["sonicMatch"]
    assert [found[0]["entry"]["id"], found[-1]["entry"]["id"]] == ["1", "6"]
    assert len(found) <= 5
    assert found[0]["similarity"] == 1
    assert found[-1]["similarity"] < found[1]["similarity"]
    alone = open_server.rest("findSonicPath", startSongId="1", endSongId="1")["sonicMatch"]
    assert [match["entry"]["id"] for match in alone] == ["1"]


@pytest.mark.parametrize(("name", "key"), [("getSimilarSongs", "similarSongs"), ("getSimilarSongs2", "similarSongs2")])
def test_similar_songs(open_server: Served, name: str, key: str) -> None:
    songs = open_server.rest(name, id="1")[key]["song"]
    assert len(songs) == 50
    artist = open_server.rest("getSong", id="3")["song"]["artistId"]
    like_artist = open_server.rest(name, id=artist, count="2")[key]["song"]
    assert {song["artist"] for song in like_artist} == {"Artist 2"}


def test_search(open_server: Served) -> None:
    found = open_server.rest("search3", query="artist 2 song", songCount="4", albumCount="1")["searchResult3"]
    assert [song["artist"] for song in found["song"]] == ["Artist 2"] * 4
    assert found["artist"][0]["name"] == "Artist 2"
    assert found["album"][0]["songCount"] == 10
    everything = open_server.rest("search3", query='""', songCount="500", songOffset="10")["searchResult3"]["song"]
    assert len(everything) == 50
    assert open_server.rest("search3", query="nothing so named")["searchResult3"]["song"] == []


def test_genres_are_the_listeners_or_guessed(open_server: Served) -> None:
    assert open_server.rest("getSong", id="2")["song"]["genres"] == [{"name": "Rock"}]
    assert open_server.rest("getSong", id="1")["song"]["genre"] == "Jazz"
    assert "genre" not in open_server.rest("getSong", id="3")["song"]


def test_xml_is_the_default(open_server: Served) -> None:
    answer = open_server.ask("/rest/getSonicSimilarTracks.view", {"v": "1.16.1", "c": "t", "id": "1", "count": "2"})
    assert answer.headers["content-type"].startswith("text/xml")
    root = ElementTree.fromstring(answer.body)
    assert root.attrib["status"] == "ok"
    assert root.attrib["openSubsonic"] == "true"
    matches = root.findall("s:sonicMatch", NS)
    assert len(matches) == 2
    entry = matches[0].find("s:entry", NS)
    assert entry is not None
    assert (entry.attrib["artist"], entry.attrib["isDir"]) == ("Artist 0", "false")
    listed = ElementTree.fromstring(open_server.ask("/rest/getOpenSubsonicExtensions").body)
    extensions = listed.findall("s:openSubsonicExtensions", NS)
    assert [one.text for one in extensions[0].findall("s:versions", NS)] == ["1"]


def test_a_form_is_read(locked_server: Served) -> None:
    form = {"v": "1.16.1", "c": "t", "f": "json", "apiKey": SECRET, "id": "1", "count": "2"}
    answer = locked_server.ask("/rest/getSonicSimilarTracks.view", form=form)
    assert len(answer.subsonic["sonicMatch"]) == 2


def test_ways_to_sign_in(locked_server: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Failures, "delay", staticmethod(lambda _: 0.0))

    def code(**parameters: str) -> int:
        answer = locked_server.ask("/rest/ping", {"v": "1.16.1", "c": "t", "f": "json", **parameters}).subsonic
        return answer["error"]["code"] if answer["status"] == "failed" else -1

    salted = hashlib.md5(f"{SECRET}salt".encode()).hexdigest()
    assert code(u="musicemb", t=salted, s="salt") == -1
    assert code(u="musicemb", p=SECRET) == -1
    assert code(u="musicemb", p=f"enc:{SECRET.encode().hex()}") == -1
    assert code(apiKey=SECRET) == -1
    assert code(u="musicemb", t=salted, s="other") == 40
    assert code(u="somebody", t=salted, s="salt") == 40
    assert code(apiKey="wrong") == 44
    assert code(apiKey=SECRET, u="musicemb") == 43
    assert code(u="musicemb", p=SECRET, t=salted, s="salt") == 43
    assert code() == 10
    assert code(u="musicemb") == 10
    assert code(u="musicemb", t=salted) == 10
    assert code(u="musicemb", p=SECRET, v="") == 10
    assert code(u="musicemb", p=SECRET, v="2.0.0") == 30
    assert code(u="musicemb", p=SECRET, v="0.9") == 20


@pytest.mark.parametrize(
    ("name", "parameters", "code"),
    [
        ("getSonicSimilarTracks", {}, 10),
        ("getSonicSimilarTracks", {"id": "100"}, 70),
        ("getSonicSimilarTracks", {"id": "1", "count": "x"}, 0),
        ("findSonicPath", {"startSongId": "1"}, 10),
        ("findSonicPath", {"startSongId": "1", "endSongId": "ar-1"}, 70),
        ("getSimilarSongs2", {"id": "ar-0000"}, 70),
        ("getSong", {"id": "../../etc/passwd"}, 70),
        ("stream", {"id": "1000"}, 70),
        ("deletePlaylist", {"id": "1"}, 0),
    ],
)
def test_failures(open_server: Served, name: str, parameters: dict[str, str], code: int) -> None:
    answer = open_server.rest(name, **parameters)
    assert (answer["status"], answer["error"]["code"]) == ("failed", code)
    assert answer["error"]["message"]


def test_a_file_is_sent_whole_and_in_parts(open_server: Served) -> None:
    signed = {"v": "1.16.1", "c": "t", "id": "1"}
    whole = open_server.ask("/rest/stream", signed)
    assert (whole.status, whole.body) == (200, b"sound 000 " * 100)
    assert whole.headers["content-type"] == "audio/mpeg"
    assert whole.headers["accept-ranges"] == "bytes"
    part = open_server.ask("/rest/stream.view", signed, headers={"Range": "bytes=10-19"})
    assert (part.status, part.body) == (206, b"sound 000 ")
    assert part.headers["content-range"] == "bytes 10-19/1000"
    end = open_server.ask("/rest/stream", signed, headers={"Range": "bytes=-6"})
    assert end.body == b"d 000 "
    assert open_server.ask("/rest/stream", signed, headers={"Range": "bytes=5000-"}).status == 416
    assert open_server.ask("/rest/stream", signed, method="HEAD").body == b""


def test_a_track_that_is_gone(tmp_path: Path) -> None:
    with open_catalogue(tmp_path / "library.sqlite") as catalogue:
        catalogue.set_active_encoder("fake00000000", "fake")
        for number in range(8):
            put_served(catalogue, tmp_path / "m", number)
        strange = put_served(catalogue, tmp_path / "m", 8, tags=TrackTags("\"<&>' \t", "]]>", "é"))
        catalogue.mark_gone([3])
        file = catalogue.track(2).path
    file.unlink()
    with serving(tmp_path / "library.sqlite") as served:
        told = served.rest("getSonicSimilarTracks", id="3")["error"]
        assert told["code"] == 70
        assert "gone" in told["message"]
        answer = served.rest("stream", id="2")
        assert answer["error"]["code"] == 70
        assert "cannot be read" in answer["error"]["message"]
        assert "3" not in {match["entry"]["id"] for match in served.rest("getSonicSimilarTracks", id="1")["sonicMatch"]}
        xml = served.ask("/rest/getSong", {"v": "1", "c": "t", "id": strange}).body
        song = ElementTree.fromstring(xml).find("s:song", NS)
        assert song is not None
        assert (song.attrib["artist"], song.attrib["title"]) == ("\"<&>' \t", "]]>")
