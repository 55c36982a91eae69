"""Groups, guesses and tempo as stickers, which every MPD client can show and search."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from musicemb.errors import MusicembError
from musicemb.plugins.mpd.player import Player

if TYPE_CHECKING:
    from musicemb.library import Library
    from musicemb.records import Track

STICKERS = ("musicemb_group", "musicemb_genre", "musicemb_confidence", "musicemb_bpm")
"""Names of what is published of each track."""


def put_stickers(library: Library, player: Player, *, pretend: bool = False) -> Counter[str]:
    """Publish group, guess, confidence and tempo of every track to all MPD clients; no file is touched.

    Parameters
    ----------
    library : Library
    player : Player
        Connected.
    pretend : bool
        Change nothing.

    Returns
    -------
    Counter
        Of "set", "removed", "unchanged" (stickers) and "unknown" (tracks that MPD does not have).

    Raises
    ------
    MusicembError
        Where MPD keeps no stickers.
    """
    import mpd

    groups = {group.id: group.name for group in library.clusters()}
    counts = Counter[str]()
    try:
        held = {
            name: {
                row["file"]: row["sticker"].partition("=")[2] for row in player.client.sticker_find("song", "", name)
            }
            for name in STICKERS
        }
    except mpd.CommandError as error:
        raise MusicembError(f"MPD keeps no stickers ({error}): name a sticker_file in its configuration") from None
    for track in library.catalogue.tracks():
        uri = player.uri(track.path)
        if uri is None:
            counts["unknown"] += 1
            continue
        for name, value in zip(STICKERS, _values(track, groups), strict=True):
            before = held[name].get(uri, "")
            what = "unchanged" if before == value else "set" if value else "removed"
            try:
                if what == "set" and not pretend:
                    player.client.sticker_set("song", uri, name, value)
                elif what == "removed" and not pretend:
                    player.client.sticker_delete("song", uri, name)
            except mpd.CommandError:
                counts["unknown"] += 1  # not in MPD's database yet
                break
            counts[what] += 1
    return counts


def _values(track: Track, groups: dict[int, str]) -> tuple[str, str, str, str]:
    guess, bpm = track.guess, track.values.bpm if track.values is not None else None
    return (
        groups.get(-1 if track.cluster is None else track.cluster, ""),
        "; ".join(guess.genres) if guess else "",
        f"{guess.confidence:.2f}" if guess else "",
        f"{bpm:.0f}" if bpm else "",
    )
