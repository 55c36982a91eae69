"""A made library that is served over HTTP, and a client that knows nothing but HTTP."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np

from musicemb.io.catalogue.catalogue import Catalogue, open_catalogue
from musicemb.library import Library
from musicemb.records import NOISE, Cluster, EmbeddedTrack, FoundFile, Guess, ServerTracks, TrackTags
from musicemb.server.client_views import ClientViews
from musicemb.server.library_thread import LibraryThread
from musicemb.server.live_library import LiveLibrary
from musicemb.server.running import address_of, listen, make_server
from musicemb.server.settings import ServerSettings

ENCODER = "fake00000000"
SECRET = "correct horse battery"


def put_served(catalogue: Catalogue, folder: Path, number: int, **changes: Any) -> int:
    """Put a track into a catalogue, its file written: six artists, each with a sound of its own; gives its id."""
    artist = number % 6
    generator = np.random.default_rng(number)
    vector = (np.eye(16, dtype=np.float32)[artist] * 3 + generator.normal(size=16) * 0.4).astype(np.float32)
    path = folder / f"Artist {artist}" / "Album" / f"Song {number}.mp3"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"sound %03d " % number * 100)
    tags = TrackTags(f"Artist {artist}", f"Song {number}", f"Album {artist}", ("Rock",) if number % 2 else ())
    track = EmbeddedTrack(
        FoundFile(path, path.stat().st_size, 1),
        f"{number:040x}",
        changes.pop("tags", tags),
        180.0 + number,
        "soundfile",
        vector / np.linalg.norm(vector),
        1.0,
        None,
        **changes,
    )
    return catalogue.put_track(track, ENCODER)


def fill_served(path: Path, folder: Path, count: int = 60) -> None:
    """Make a catalogue of some tracks, each artist a group."""
    with open_catalogue(path) as catalogue:
        catalogue.set_active_encoder(ENCODER, "fake")
        ids = [put_served(catalogue, folder, number) for number in range(count)]
        groups = [Cluster(at, f"Group {at}", count // 6, tuple(ids[at::6][:3])) for at in range(6)]
        labels = {one: (at % 6, 0.9, at % 6) for at, one in enumerate(ids)}
        labels[ids[-1]] = (NOISE, 0.1, 5)
        catalogue.put_clusters(ENCODER, groups, labels)
        catalogue.put_guesses(ENCODER, {ids[0]: Guess(("Jazz",), 0.75, "neighbours")})


@dataclass(frozen=True)
class Answer:
    """What a server answered."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def subsonic(self) -> Any:
        return self.json["subsonic-response"]


@dataclass
class Served:
    """A server that runs, and what it tells."""

    address: str
    live: LiveLibrary
    told: list[str]

    @property
    def port(self) -> int:
        return int(self.address.rpartition(":")[2])

    def ask(
        self,
        path: str,
        parameters: dict[str, Any] | None = None,
        *,
        method: str = "GET",
        form: dict[str, Any] | None = None,
        document: Any = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            body = None if form is None else urlencode(form)
            sent = dict(headers or {})
            if form is not None:
                sent["Content-Type"] = "application/x-www-form-urlencoded"
            if document is not None:
                method, body = "POST", document if isinstance(document, str) else json.dumps(document)
                sent["Content-Type"] = "application/json"
            target = f"{path}?{urlencode(parameters)}" if parameters else path
            connection.request("POST" if form is not None else method, target, body=body, headers=sent)
            answer = connection.getresponse()
            return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def rest(self, name: str, **parameters: Any) -> Any:
        """A call of OpenSubsonic, in JSON, by a client that signs in."""
        given = {"v": "1.16.1", "c": "test", "f": "json", "u": "musicemb", "p": SECRET, **parameters}
        return self.ask(f"/rest/{name}", given).subsonic


@contextmanager
def serving(
    path: Path, *, encoder: Any = None, servers: Sequence[ServerTracks] = (), **settings: Any
) -> Iterator[Served]:
    """Serve a catalogue from a thread."""
    chosen = ServerSettings(**{"port": 0, "poll": 0.05, **settings})
    told: list[str] = []
    with listen(chosen.host, chosen.port) as sock:
        views = ClientViews(lambda: live.library, servers)
        live = LiveLibrary(
            lambda: Library.open(path, read_only=True),
            poll=chosen.poll,
            on_change=told.append,
            prepare=views.prepare,
        )
        live.start()
        threads = [
            LibraryThread(lambda: Library.open(path, encoder=encoder, read_only=True), name)
            for name in ("words", "map")
        ]
        server = make_server(live, views, (threads[0], threads[1]), chosen, tell=told.append)
        thread = threading.Thread(target=lambda: server.run(sockets=[sock]))
        thread.start()
        try:
            until(lambda: server.started)
            yield Served(address_of(sock), live, told)
        finally:
            server.should_exit = True
            thread.join(timeout=30)
            live.close()
            for one in threads:
                one.close()


def until(holds: Callable[[], Any], seconds: float = 20.0) -> None:
    """Wait until something holds."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)
