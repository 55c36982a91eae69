"""What sounds alike is queued in a real MPD."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import pytest

from musicemb.errors import MusicembError
from musicemb.library import Library
from musicemb.plugins.mpd.player import Player
from musicemb.plugins.mpd.queueing import MpdNotice, Queued, choose_songs, fill_queue, follow

pytestmark = pytest.mark.processes


def names(player: Player) -> list[str]:
    return [song["file"] for song in player.queue()]


def test_songs_like_one_with_artists_apart(player: Player, library: Library) -> None:
    seed = player.folder / "Artist 0" / "2.mp3"
    found = choose_songs(library, player, seed, 4)
    assert [track.tags.artist for track, _ in found] in (
        ["Artist 0", "Artist 1", "Artist 0", "Artist 1"],
        ["Artist 1", "Artist 0", "Artist 1", "Artist 0"],
    ) or len({track.tags.artist for track, _ in found[:2]}) == 2
    assert "Artist 0/2.mp3" not in [uri for _, uri in found]
    avoid = [track.path for track, _ in found]
    assert not {uri for _, uri in choose_songs(library, player, seed, 8, avoid)} & {uri for _, uri in found}
    assert len(choose_songs(library, player, seed, 50)) == 7


def test_the_queue_is_filled_and_replaced(player: Player, library: Library) -> None:
    with pytest.raises(MusicembError, match="is not playing"):
        fill_queue(library, player, 3)
    player.client.add("Artist 0/2.mp3")
    player.client.play()
    would = [one.uri for one in fill_queue(library, player, 3, pretend=True)]
    assert names(player) == ["Artist 0/2.mp3"]
    assert [one.uri for one in fill_queue(library, player, 3)] == would
    assert names(player) == ["Artist 0/2.mp3", *would]
    assert len({*would, *(one.uri for one in fill_queue(library, player, 9))}) == 7  # nothing twice
    assert [one.uri for one in fill_queue(library, player, 3, replace=True)] == would
    assert names(player) == ["Artist 0/2.mp3", *would]
    # Every name that a file can have: " blank.mp3" and "#1.mp3" too.
    fill_queue(library, player, 9)
    assert {"#1.mp3", " blank.mp3"} <= set(names(player))


def test_a_stream_is_no_song(player: Player, library: Library) -> None:
    player.client.currentsong = lambda: {"file": "http://radio/x", "id": "1"}
    with pytest.raises(MusicembError, match="plays a stream"):
        fill_queue(library, player, 3)


def test_the_queue_never_runs_out_also_after_a_restart(daemon: Any, player: Player, library: Library) -> None:
    player.client.add("Artist 0/2.mp3")
    player.client.random(1)
    player.client.play()
    seen: list[str] = []
    follower = Player(daemon.address)

    def restart() -> None:
        daemon.stop()
        time.sleep(0.1)
        daemon.start()

    events = follow(library, follower, 3, sleep=lambda seconds: time.sleep(min(seconds, 0.05)))
    for event in events:
        seen.append("added" if isinstance(event, Queued) else event.text)
        if seen.count("added") == 3 and len(seen) == 4:
            thread = threading.Thread(target=restart)
            thread.start()
        if isinstance(event, MpdNotice) and event.text.endswith("is back"):
            thread.join()
            break
    events.close()
    follower.close()
    assert seen[0].startswith("MPD plays in random order")
    assert seen[1:4] == ["added"] * 3
    assert seen[4:] == [f"MPD at {daemon.address} {what}" for what in ("cannot be reached: waiting for it", "is back")]
    player.connect()
    assert len(names(player)) == 4  # MPD's own state


def test_nothing_is_queued_that_mpd_does_not_have(library: Library, daemon: Any, tmp_path: Path) -> None:
    elsewhere = Player(daemon.address, tmp_path / "wrong")
    assert choose_songs(library, elsewhere, daemon.folder / "music" / "#1.mp3", 3) == []
