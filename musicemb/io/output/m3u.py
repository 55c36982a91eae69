"""Playlists as M3U text."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterable

from musicemb.io.output.playlist_paths import AS_THEY_ARE, PlaylistPaths
from musicemb.records import Track


def m3u8_text(tracks: Iterable[Track], *, places: PlaylistPaths = AS_THEY_ARE, name: str = "", remark: str = "") -> str:
    """An extended M3U playlist.

    Parameters
    ----------
    tracks : iterable of Track
        In playing order.
    places : PlaylistPaths
        How paths are written.
    name : str
        What players show the playlist as; "": they take the file's name.
    remark : str
        A comment, which no player shows.

    Returns
    -------
    str
        Lines end in a single line feed. Bytes of a path that are not UTF-8 stand as surrogates:
        `encode_playlist` gives them back as they are on disk.
    """
    lines = ["#EXTM3U"]
    if one_line(name):
        lines.append(f"#PLAYLIST:{one_line(name)}")
    if remark:
        lines.append(f"# {one_line(remark)}")
    for track in tracks:
        seconds = round(track.duration) if track.duration > 0 else -1
        lines.append(f"#EXTINF:{seconds},{one_line(track.name)}")
        lines.append(places.entry(track.path))
    return "\n".join(lines) + "\n"


def encode_playlist(text: str) -> bytes:
    """A playlist's bytes: UTF-8, with undecodable bytes of paths as they are on disk.

    Parameters
    ----------
    text : str
        As `m3u8_text` gives it.

    Returns
    -------
    bytes
    """
    return text.encode("utf-8", "surrogateescape" if os.name == "posix" else "surrogatepass")


def one_line(text: str) -> str:
    """Text on one line, without what steers a terminal or cannot be written.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
    """
    kept = (" " if unicodedata.category(sign) in ("Cc", "Zl", "Zp") else sign for sign in text)
    return " ".join("".join("\ufffd" if "\ud800" <= sign <= "\udfff" else sign for sign in kept).split())
