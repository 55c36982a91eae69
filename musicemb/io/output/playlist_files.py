"""Playlists as files: their formats and their names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Set
from pathlib import Path

from musicemb.io.output.m3u import encode_playlist, m3u8_text, one_line
from musicemb.io.output.playlist_paths import AS_THEY_ARE, PlaylistPaths
from musicemb.records import Track

FORMATS = ("m3u8", "m3u", "xspf")
"""By their suffixes. The first two are the same text in UTF-8; which of them a player looks for differs."""

_LONGEST = 100
"""Characters of a file's name; file systems take 255 bytes."""


def format_of(path: Path | None) -> str:
    """The format that a file's name asks for.

    Parameters
    ----------
    path : Path or None

    Returns
    -------
    str
        One of `FORMATS`; the first where the name says nothing.
    """
    suffix = "" if path is None else path.suffix.lower().lstrip(".")
    return suffix if suffix in FORMATS else FORMATS[0]


def playlist_bytes(
    tracks: Iterable[Track], form: str, *, places: PlaylistPaths = AS_THEY_ARE, name: str = "", remark: str = ""
) -> bytes:
    """A playlist file's content.

    Parameters
    ----------
    tracks : iterable of Track
    form : str
        One of `FORMATS`.
    places, name, remark
        As for `m3u8_text`.

    Returns
    -------
    bytes
    """
    if form == "xspf":
        from musicemb.io.output.xspf import xspf_text

        return xspf_text(tracks, places=places, name=name, remark=remark).encode()
    return encode_playlist(m3u8_text(tracks, places=places, name=name, remark=remark))


def file_name(name: str, form: str, taken: Set[str] = frozenset(), *, number: int = 0) -> str:
    """A file's name for a playlist that every file system takes.

    Parameters
    ----------
    name : str
        The playlist's.
    form : str
        One of `FORMATS`.
    taken : set of str
        Names in use, case-folded.
    number : int
        Makes the name one of its own where it is in use.

    Returns
    -------
    str
    """
    kept = re.sub(r'[<>:"/\\|?*\x00-\x1f\x7f]+', "-", one_line(name))[:_LONGEST].strip(" .-") or f"group {number}"
    if re.fullmatch(r"(?i:con|prn|aux|nul|com\d|lpt\d)", kept):
        kept += " music"  # Windows keeps these for devices
    plain = f"{kept}.{form}"
    return f"{kept} ({number}).{form}" if plain.casefold() in taken else plain
