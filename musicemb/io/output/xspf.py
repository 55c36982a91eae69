"""Playlists as XSPF, whose entries are addresses and can hold any file name."""

from __future__ import annotations

from collections.abc import Iterable
from xml.sax.saxutils import escape

from musicemb.io.output.m3u import one_line
from musicemb.io.output.playlist_paths import AS_THEY_ARE, PlaylistPaths
from musicemb.records import Track


def xspf_text(tracks: Iterable[Track], *, places: PlaylistPaths = AS_THEY_ARE, name: str = "", remark: str = "") -> str:
    """A playlist of XSPF version 1.

    Parameters
    ----------
    tracks : iterable of Track
        In playing order.
    places : PlaylistPaths
        How paths are written.
    name : str
        Its title; "": none.
    remark : str
        Its annotation; "": none.

    Returns
    -------
    str
        XML; every line ends in a line feed.
    """
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<playlist version="1" xmlns="http://xspf.org/ns/0/">']
    lines += [f"  {one}" for one in (_element("title", name), _element("annotation", remark)) if one]
    lines.append("  <trackList>")
    for track in tracks:
        tags = track.tags
        elements = [
            _element("location", places.location(track.path)),
            _element("title", tags.title or track.path.stem),
            _element("creator", tags.artist),
            _element("album", tags.album),
            _element("duration", str(round(track.duration * 1000)) if track.duration > 0 else ""),
        ]
        lines += ["    <track>", *(f"      {one}" for one in elements if one), "    </track>"]
    lines += ["  </trackList>", "</playlist>"]
    return "\n".join(lines) + "\n"


def _element(name: str, text: str) -> str:
    # What XML cannot hold besides control characters, which one_line has replaced.
    shown = one_line(text).replace("\ufffe", "\ufffd").replace("\uffff", "\ufffd")
    return f"<{name}>{escape(shown)}</{name}>" if shown else ""
