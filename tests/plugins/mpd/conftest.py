"""A real MPD on a null output, where there is one, with the library's files in its music folder."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import sounds
from fake_encoder import FakeEncoder

from musicemb.io.catalogue.catalogue import open_catalogue
from musicemb.library import Library
from musicemb.plugins.mpd.player import Address, Player
from musicemb.records import Cluster, Guess


@dataclass
class Daemon:
    """An MPD that can be started and stopped."""

    folder: Path

    @property
    def address(self) -> Address:
        return Address(str(self.folder / "socket"))

    def start(self) -> None:
        subprocess.run(["mpd", str(self.folder / "mpd.conf")], check=True, capture_output=True)
        for _ in range(500):
            if (self.folder / "socket").exists():
                return
            time.sleep(0.02)

    def stop(self) -> None:
        subprocess.run(["mpd", "--kill", str(self.folder / "mpd.conf")], check=False, capture_output=True)


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    """An MPD with eight songs by two artists, " blank.mp3" and "#1.mp3" among them."""
    pytest.importorskip("mpd", reason="python-mpd2 is not installed: pip install 'musicemb[mpd]'")
    if shutil.which("mpd") is None:
        pytest.skip("mpd is not installed: apt-get install mpd")
    folder = Path("/tmp") / f"musicemb-{tmp_path.parent.name}-{tmp_path.name}"[-80:]  # a socket's path is short
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "lists").mkdir(parents=True)
    for number in range(8):
        name = {0: "#1.mp3", 1: " blank.mp3"}.get(number, f"Artist {number % 2}/{number}.mp3")
        sounds.write_music(folder / "music" / name, 4.0, seed=number, artist=f"Artist {number % 2}", title=f"S{number}")
    places = {"playlist_directory": "lists", "db_file": "db", "state_file": "state", "sticker_file": "stickers"}
    lines = [f'{name} "{folder / place}"' for name, place in places.items()]
    lines += [f'music_directory "{folder / "music"}"', f'bind_to_address "{folder / "socket"}"']
    lines += [f'pid_file "{folder / "pid"}"', f'log_file "{folder / "log"}"']
    (folder / "mpd.conf").write_text(
        "\n".join(lines) + '\naudio_output {\n  type "null"\n  name "null"\n}\n', encoding="utf-8"
    )
    made = Daemon(folder)
    made.start()
    player = Player(made.address)
    player.connect()
    player.client.update()
    while "updating_db" in player.client.status():
        time.sleep(0.01)
    player.close()
    yield made
    made.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def player(daemon: Daemon) -> Iterator[Player]:
    """Connected to it."""
    made = Player(daemon.address)
    made.connect()
    yield made
    made.close()


@pytest.fixture
def library(daemon: Daemon, own_library: Path) -> Iterator[Library]:
    """A library of its music, in one group, with a guess for S3."""
    with Library.open(own_library, encoder=FakeEncoder()) as opened:
        list(opened.scan([daemon.folder / "music"], workers=0))
    with open_catalogue(own_library) as catalogue:
        ids = {track.tags.title: track.id for track in catalogue.tracks()}
        encoder = catalogue.active_encoder or ""
        catalogue.put_clusters(encoder, [Cluster(4, "Calm", 8, ())], dict.fromkeys(ids.values(), (4, 0.75, 4)))
        catalogue.put_guesses(encoder, {ids["S3"]: Guess(("Jazz", "Blues"), 0.8125, "neighbours")})
    with Library.open(own_library, encoder=FakeEncoder(), read_only=True) as opened:
        yield opened
