"""What three readers of tags show of a file: mutagen, TagLib (pytaglib) and FFmpeg (PyAV)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

Shown = dict[str, str]
"""Artist, title, album, genre and cover, as far as they are shown."""


def by_mutagen(path: Path) -> Shown:
    """What mutagen shows."""
    import mutagen
    from mutagen.id3 import ID3FileType

    easy, full = mutagen.File(path, easy=True), mutagen.File(path)
    shown = _texts(dict(easy.tags.items()) if easy and easy.tags else {})
    if shown.get("genre") == "Unknown":  # what it says of a number that names no genre
        del shown["genre"]
    covers: list[bytes] = []
    if isinstance(full, ID3FileType) and full.tags is not None:
        covers = [frame.data for frame in full.tags.getall("APIC")]
    elif full is not None and "covr" in (full.tags or ()):
        covers = [bytes(cover) for cover in full.tags["covr"]]
    covers += [picture.data for picture in getattr(full, "pictures", ())]
    return _with_covers(shown, covers)


def by_taglib(path: Path) -> Shown:
    """What TagLib shows."""
    import taglib

    with taglib.File(str(path)) as file:
        shown = _texts(dict(file.tags))
        return _with_covers(shown, [bytes(picture.data) for picture in getattr(file, "pictures", ())])


def by_ffmpeg(path: Path) -> Shown:
    """What FFmpeg shows."""
    import av

    with av.open(str(path), metadata_errors="replace") as file:
        streams = {key: value for stream in file.streams for key, value in stream.metadata.items()}
        shown = _texts({**streams, **file.metadata})
        pictures = [stream.index for stream in file.streams if stream.type == "video"]
        covers = [bytes(packet) for packet in file.demux(*pictures) if packet.size][:1] if pictures else []
        return _with_covers(shown, covers)


READERS: dict[str, Callable[[Path], Shown]] = {"mutagen": by_mutagen, "TagLib": by_taglib, "FFmpeg": by_ffmpeg}


def installed() -> dict[str, Callable[[Path], Shown]]:
    """The readers that are there."""
    from importlib.util import find_spec

    modules = {"mutagen": "mutagen", "TagLib": "taglib", "FFmpeg": "av"}
    return {name: read for name, read in READERS.items() if find_spec(modules[name])}


def look(read: Callable[[Path], Shown], path: Path) -> Shown | None:
    """What a reader shows; None where it gives up on the file."""
    try:
        return read(path)
    except Exception:
        return None


def _texts(tags: dict[str, Any]) -> Shown:
    shown: Shown = {}
    for key, value in tags.items():
        if str(key).lower() in ("artist", "title", "album", "genre"):
            values = value if isinstance(value, list) else [value]
            shown[str(key).lower()] = "; ".join(str(each) for each in values)
    return shown


def _with_covers(shown: Shown, covers: list[bytes]) -> Shown:
    return {**shown, "cover": hashlib.sha256(b"".join(covers)).hexdigest()[:12]} if covers else shown
