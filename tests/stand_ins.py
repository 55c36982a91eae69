"""Servers that stand in for media servers: they answer as those do, and remember what they were asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from musicemb.records import ServerTrack


@dataclass(frozen=True)
class Asked:
    """A request."""

    method: str
    path: str
    query: dict[str, str]
    headers: Any
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class StandIn:
    """A server that runs."""

    address: str
    requests: list[Asked] = field(default_factory=list)


@contextmanager
def standing_in(answer: Callable[[Asked], tuple[int, bytes]]) -> Iterator[StandIn]:
    """Serve answers from a thread."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            asked = Asked(self.command, parts.path, dict(parse_qsl(parts.query, True)), self.headers, body)
            found.requests.append(asked)
            status, content = answer(asked)
            self.send_response(status)
            if status == 302:
                self.send_header("Location", "http://evil.example/")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_POST = do_GET

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found = StandIn(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def navidrome(tracks: Sequence[ServerTrack]) -> Callable[[Asked], tuple[int, bytes]]:
    """As Navidrome answers search3, where an empty query gives everything, and without tracks getAlbumList2."""

    def answer(asked: Asked) -> tuple[int, bytes]:
        query = asked.query
        if query.get("u") != "me" or len(query.get("t", "")) != 32 or not query.get("s"):
            failed = {"status": "failed", "error": {"code": 40, "message": "Wrong username or password"}}
            return 200, json.dumps({"subsonic-response": failed}).encode()
        if asked.path == "/rest/getAlbumList2.view":
            return 200, json.dumps({"subsonic-response": {"status": "ok", "albumList2": {}}}).encode()
        start, count = int(query["songOffset"]), int(query["songCount"])
        songs = [
            {"id": one.id, "path": one.path, "musicBrainzId": one.mbid, "isrc": [one.isrc] if one.isrc else [],
             "title": one.title, "artist": one.artist, "album": one.album, "duration": round(one.duration),
             "artistId": one.artist_id, "isDir": False}
            for one in tracks[start : start + count]
        ]  # fmt: skip
        content = {"song": songs} if songs else {}
        return 200, json.dumps({"subsonic-response": {"status": "ok", "searchResult3": content}}).encode()

    return answer


def older_subsonic(
    tracks: Sequence[ServerTrack], *, tokens: bool, code: int = 41
) -> Callable[[Asked], tuple[int, bytes]]:
    """As servers answer that find nothing by an empty search, and perhaps know no salted tokens."""

    def answer(asked: Asked) -> tuple[int, bytes]:
        query, name = asked.query, asked.path.rpartition("/")[2]
        right = query.get("p") == f"enc:{b'secret'.hex()}" and "t" not in query
        if query.get("u") != "me" or not (right or (tokens and "t" in query)):
            error = {"code": code if "t" in query else 40, "message": "No tokens here"}
            return 200, json.dumps({"subsonic-response": {"status": "failed", "error": error}}).encode()
        albums = sorted({one.album for one in tracks})
        content: dict[str, Any] = {"searchResult3": {}}
        if name == "getAlbumList2.view":
            start = int(query["offset"])
            content = {
                "albumList2": {"album": [{"id": f"al-{one}"} for one in albums[start : start + int(query["size"])]]}
            }
        elif name == "getAlbum.view":
            songs = [
                {"id": one.id, "path": one.path, "title": one.title, "artist": one.artist, "album": one.album,
                 "duration": round(one.duration)}
                for one in tracks if f"al-{one.album}" == query["id"]
            ]  # fmt: skip
            content = {"album": {"song": songs}}
        return 200, json.dumps({"subsonic-response": {"status": "ok", **content}}).encode()

    return answer


def jellyfin(tracks: Sequence[ServerTrack]) -> Callable[[Asked], tuple[int, bytes]]:
    """As Jellyfin answers /Items."""

    def answer(asked: Asked) -> tuple[int, bytes]:
        if asked.path != "/Items" or 'Token="key"' not in (asked.headers["Authorization"] or ""):
            return 401, b""
        start, count = int(asked.query["StartIndex"]), int(asked.query["Limit"])
        items = [
            {"Id": one.id, "Path": one.path, "Name": one.title, "Artists": [one.artist], "Album": one.album,
             "ArtistItems": [{"Name": one.artist, "Id": one.artist_id}], "RunTimeTicks": int(one.duration * 10_000_000),
             "ProviderIds": {"MusicBrainzTrack": one.mbid} if one.mbid else {}}
            for one in tracks[start : start + count]
        ]  # fmt: skip
        return 200, json.dumps({"Items": items, "TotalRecordCount": len(tracks)}).encode()

    return answer


def lyrion(tracks: Sequence[ServerTrack]) -> Callable[[Asked], tuple[int, bytes]]:
    """As Lyrion answers the command titles."""

    def answer(asked: Asked) -> tuple[int, bytes]:
        _, (command, start, count, *_) = asked.json["params"]
        if asked.path != "/jsonrpc.js" or command != "titles":
            return 404, b""
        rows = [
            {"id": int(one.id), "title": one.title, "artist": one.artist, "album": one.album, "duration": one.duration,
             "url": f"file://{one.path}".replace(" ", "%20"), "artist_id": one.artist_id}
            for one in tracks[start : start + count]
        ]  # fmt: skip
        result = {"count": len(tracks), **({"titles_loop": rows} if rows else {})}
        return 200, json.dumps({"result": result}).encode()

    return answer
