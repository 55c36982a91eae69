"""Tracks of a media server, and the tracks of the library that match them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Rule = Literal["path", "mbid", "isrc", "names", ""]
"""The rule by which two tracks were matched; "" for none."""


@dataclass(frozen=True)
class ServerTrack:
    """A track of a media server."""

    id: str
    path: str = ""
    """As the server has it: of its own file system, or made up from tags."""
    mbid: str = ""
    """Of the recording, at MusicBrainz."""
    isrc: str = ""
    title: str = ""
    artist: str = ""
    album: str = ""
    duration: float = 0.0
    """Seconds; 0 where it is not known."""
    artist_id: str = ""


@dataclass(frozen=True)
class ServerTracks:
    """All tracks of a media server."""

    kind: str
    address: str
    fetched: float
    """Seconds since 1970."""
    tracks: tuple[ServerTrack, ...]


@dataclass(frozen=True)
class IdMap:
    """Which track of the library each track of a server is."""

    server: ServerTracks
    found: Mapping[str, tuple[int, Rule]]
    """Server's id -> track id, and by what."""

    @property
    def counts(self) -> Counter[str]:
        """How many were found by each rule."""
        return Counter(rule for _, rule in self.found.values())

    @property
    def unknown(self) -> tuple[ServerTrack, ...]:
        """Those that are no track of the library."""
        return tuple(track for track in self.server.tracks if track.id not in self.found)


def plain_mbid(text: str) -> str:
    """An MBID as it compares; "" for what is none.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
    """
    plain = text.strip().casefold()
    digits = plain.replace("-", "")
    return plain if len(plain) == 36 and len(digits) == 32 and set(digits) <= set("0123456789abcdef") else ""


def plain_isrc(text: str) -> str:
    """An ISRC as it compares, without hyphens; "" for what is none.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
    """
    plain = text.strip().upper().replace("-", "").replace(" ", "")
    sound = len(plain) == 12 and plain.isascii() and plain[:2].isalpha() and plain[:5].isalnum() and plain[5:].isdigit()
    return plain if sound else ""
