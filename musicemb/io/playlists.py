"""Playlists as M3U8 text."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from musicemb.records import Track


def m3u8_text(tracks: Iterable[Track], *, folder: Path | None = None) -> str:
    """An extended M3U playlist.

    Parameters
    ----------
    tracks : iterable of Track
        In playing order.
    folder : Path or None
        The folder the playlist will lie in: paths are written relative to it, with forward slashes.
        None writes them as they are.

    Returns
    -------
    str
        Lines end in a single line feed. Bytes of a path that are not UTF-8 stand as surrogates:
        `encode_playlist` gives them back as they are on disk.
    """
    lines = ["#EXTM3U"]
    for track in tracks:
        seconds = round(track.duration) if track.duration > 0 else -1
        lines.append(f"#EXTINF:{seconds},{' '.join(track.name.split())}")
        lines.append(_entry(track.path, folder))
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


def _entry(path: Path, folder: Path | None) -> str:
    if any(mark in str(path) for mark in "\r\n"):
        # A line cannot hold a line break; players take a file URI in its place.
        return path.absolute().as_uri()
    if folder is None:
        return str(path)
    try:
        relative = os.path.relpath(path, folder)
    except ValueError:  # another drive
        return str(path)
    entry = Path(relative).as_posix()
    return f"./{entry}" if entry.startswith("#") else entry
