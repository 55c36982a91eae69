"""Queues songs that sound like one, once or for as long as MPD plays."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from musicemb.errors import MusicembError
from musicemb.plugins.mpd.player import Player

if TYPE_CHECKING:
    from musicemb.library import Library
    from musicemb.records import Track

_REMEMBERED = 200
"""Songs that a filled queue does not repeat."""
_SAME_ARTIST = 3
"""Songs that stand between two by one artist, where there are others."""
_LONGEST_PAUSE = 10.0
"""Seconds between two tries to reach an MPD that is away."""


@dataclass(frozen=True)
class Queued:
    """A song was added to the queue, or would be."""

    track: Track
    uri: str


@dataclass(frozen=True)
class MpdNotice:
    """Something that a person should know of; text is for people."""

    text: str


def choose_songs(
    library: Library, player: Player, seed: Path, count: int, avoid: Iterable[Path] = ()
) -> list[tuple[Track, str]]:
    """Songs that sound like one and that MPD can play.

    Parameters
    ----------
    library : Library
    player : Player
    seed : Path
    count : int
    avoid : iterable of Path
        What must not come again.

    Returns
    -------
    list of (Track, str)
        The most alike first, with what MPD calls them; one artist's songs are kept apart where others are left.
    """
    barred = {os.path.realpath(path) for path in [*avoid, seed]}
    found = library.similar([seed], n=4 * count + len(barred))
    pool = []
    for track in (match.track for match in found):
        uri = player.uri(track.path)
        if uri is not None and os.path.realpath(track.path) not in barred:
            pool.append((track, uri))
    chosen: list[tuple[Track, str]] = []
    while pool and len(chosen) < count:
        recent = {track.tags.artist.casefold() for track, _ in chosen[-_SAME_ARTIST:] if track.tags.artist}
        place = next((at for at, (track, _) in enumerate(pool) if track.tags.artist.casefold() not in recent), 0)
        chosen.append(pool.pop(place))
    return chosen


def fill_queue(
    library: Library,
    player: Player,
    count: int,
    *,
    seed: Path | None = None,
    replace: bool = False,
    pretend: bool = False,
    avoid: Sequence[Path] = (),
) -> list[Queued]:
    """Add songs to the end of the queue.

    Parameters
    ----------
    library : Library
    player : Player
        Connected.
    count : int
        Songs to add.
    seed : Path, optional
        What they are to be like; default: the current song.
    replace : bool
        Take everything but the current song out of the queue before.
    pretend : bool
        Change nothing.
    avoid : sequence of Path
        Songs that must not come, besides those in the queue.

    Returns
    -------
    list of Queued

    Raises
    ------
    MusicembError
        Where nothing is playing, or it is a stream.
    """
    import mpd

    current = player.client.currentsong()
    if seed is None:
        if not current:
            raise MusicembError("MPD is not playing: start a song, or name one with --like")
        seed = player.path(current["file"])
        if seed is None:
            raise MusicembError(f"MPD plays a stream ({current['file']}): name a song with --like")
    queue = player.queue()
    others = [song for song in queue if song["id"] != current.get("id")]
    kept = [song for song in queue if song not in others] if replace else queue
    here = [path for song in kept if (path := player.path(song["file"])) is not None]
    chosen = choose_songs(library, player, seed, count, [*here, *avoid])
    if pretend:
        return [Queued(track, uri) for track, uri in chosen]
    if replace:
        for song in others:
            player.client.deleteid(song["id"])
    added = []
    for track, uri in chosen:
        try:
            player.client.addid(uri)
        except mpd.CommandError:
            continue  # MPD has not found this file yet: "mpc update" does
        added.append(Queued(track, uri))
    return added


def follow(
    library: Library, player: Player, count: int, *, sleep: Callable[[float], object] = time.sleep
) -> Iterator[Queued | MpdNotice]:
    """Keep songs in the queue behind the current one, for as long as the iterator is not closed.

    Parameters
    ----------
    library : Library
    player : Player
        Connected here, and again after MPD was away.
    count : int
        Songs that are to wait behind the current one.
    sleep : callable

    Yields
    ------
    Queued or MpdNotice
    """
    import mpd

    played: deque[Path] = deque(maxlen=_REMEMBERED)
    pause, away, said = 1.0, False, ""
    while True:
        try:
            player.connect()
            if away:
                yield MpdNotice(f"MPD at {player.address} is back")
            pause, away = 1.0, False
            while True:
                status = player.client.status()
                if status.get("random") == "1" and not said:
                    said = "random"
                    yield MpdNotice("MPD plays in random order: what is queued behind a song may not come next")
                place = int(status.get("song", -1))
                missing = count - (int(status["playlistlength"]) - place - 1)
                if place >= 0 and missing > 0:
                    try:
                        found = fill_queue(library, player, missing, avoid=list(played))
                    except MusicembError as error:  # such as a stream: the next song may be another matter
                        if str(error) != said:
                            said = str(error)
                            yield MpdNotice(said)
                        found = []
                    played.extend(one.track.path for one in found)
                    yield from found
                player.client.timeout = None
                player.client.idle("player", "playlist", "options")
                player.client.timeout = 30
        except (OSError, MusicembError, mpd.ConnectionError) as error:
            if isinstance(error, MusicembError) and not str(error).startswith("no MPD"):
                raise
            if not away:
                yield MpdNotice(f"MPD at {player.address} cannot be reached: waiting for it")
            away = True
            sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)
