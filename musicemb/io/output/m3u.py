"""Playlists as M3U8 text."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from musicemb.records import Track

_MISREAD = re.compile(r"#|\s|[A-Za-z][A-Za-z0-9+.-]*:")


def m3u8_text(tracks: Iterable[Track], *, folder: Path | None = None) -> str:
    """An extended M3U playlist.

    Parameters
    ----------
    tracks : iterable of Track
        In playing order.
    folder : Path or None
        The folder the playlist will lie in: paths are written relative to it, with forward slashes, where that
        can be. None writes them as they are.

    Returns
    -------
    str
        Lines end in a single line feed. Bytes of a path that are not UTF-8 stand as surrogates:
        `encode_playlist` gives them back as they are on disk.
    """
    lines = ["#EXTM3U"]
    for track in tracks:
        seconds = round(track.duration) if track.duration > 0 else -1
        lines.append(f"#EXTINF:{seconds},{_line(track.name)}")
        lines.append(_entry(track.path, folder))
    return "\n".join(lines) + "\n"


def playlist_notes(tracks: Iterable[Track], *, folder: Path | None = None) -> list[str]:
    """What a listener should know of a playlist before another program opens it.

    Parameters
    ----------
    tracks : iterable of Track
    folder : Path or None
        As for `m3u8_text`.

    Returns
    -------
    list of str
        One line each; none where all is well.
    """
    paths = [track.path for track in tracks]
    odd = sum(1 for path in paths if any("\ud800" <= letter <= "\udfff" for letter in str(path)))
    broken = sum(1 for path in paths if any(mark in str(path) for mark in "\r\n"))
    away = 0 if folder is None else sum(1 for path in paths if _relative(path, folder) is None)
    notes = []
    if odd:
        notes.append(f"paths that are not UTF-8 are written as they are on disk, which some players cannot read: {odd}")
    if broken:
        notes.append(f"paths with a line break are written as file:// addresses: {broken}")
    if away:
        notes.append(f"paths on another drive than the playlist, or separated from it by a link, are absolute: {away}")
    return notes


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
    if str(path) != str(path).rstrip():
        return path.absolute().as_uri()  # players cut off the space at a line's end
    relative = None if folder is None else _relative(path, folder)
    if relative is None:
        return _as_on_disk(path)
    entry = _as_on_disk(Path(relative).as_posix())
    # What looks like a comment, an address ("http:/x", "Re: you.mp3") or an indented line is none behind "./".
    return f"./{entry}" if _MISREAD.match(entry) else entry


def _as_on_disk(path: Path | str) -> str:
    """A path as text whose UTF-8 gives the bytes on disk, also where the locale reads names in another encoding."""
    return os.fsencode(path).decode("utf-8", "surrogateescape") if os.name == "posix" else str(path)


def _relative(path: Path, folder: Path) -> str | None:
    """None where no relative path leads there whoever reads it.

    A link in the folder's path makes ".." two things: some players cut the path's text, others ask the system, which
    goes up from where the link leads.
    """
    try:
        relative = os.path.relpath(path, folder)
        # ".." must stay for the system to see, so this is no Path.
        same = os.path.realpath(os.path.join(folder, relative)) == os.path.realpath(path)  # noqa: PTH118
    except (ValueError, OSError):  # another drive; a link that leads to itself
        return None
    return relative if same else None


def _line(text: str) -> str:
    """Text on one line, without what steers a terminal or cannot be written."""
    kept = (" " if unicodedata.category(sign) in ("Cc", "Zl", "Zp") else sign for sign in text)
    return " ".join("".join("\ufffd" if "\ud800" <= sign <= "\udfff" else sign for sign in kept).split())
