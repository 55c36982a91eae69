"""Finds out which track of the library a track of a media server is: by path, MBID, ISRC, or names and length."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from musicemb.core.similarity.folding import fold_text
from musicemb.records import IdMap, Rule, ServerTrack, ServerTracks, Track, plain_isrc, plain_mbid

FEWEST_PARTS = 2
"""Parts of a path that must agree at its end: file and folder. "01.mp3" alone says nothing."""
SAME_FILE = 5.0
"""Seconds by which two lengths of one file may differ: programs guess that of a VBR file."""
SAME_RECORDING = 2.0
"""Seconds by which two tracks of one name may differ."""

Identifiers = Mapping[int, tuple[str, str]]
"""Track id -> MBID and ISRC; "" for what is not known."""


def match_tracks(server: ServerTracks, tracks: Sequence[Track], identifiers: Identifiers) -> IdMap:
    """Find the tracks of a server in the library.

    Parameters
    ----------
    server : ServerTracks
    tracks : sequence of Track
        Of the library.
    identifiers : mapping of int to (str, str)

    Returns
    -------
    IdMap
        A track of the library may be several of the server's: those are copies there.
    """
    known = _LibraryLookup(tracks, identifiers)
    found = {}
    for track in server.tracks:
        match, rule = known.find(track)
        if match is not None:
            found[track.id] = match.id, rule
    return IdMap(server, found)


class _LibraryLookup:
    """The tracks of the library by everything that identifies a track."""

    def __init__(self, tracks: Sequence[Track], identifiers: Identifiers) -> None:
        self._by_name = defaultdict[str, list[tuple[list[str], Track]]](list)
        self._by_mbid = defaultdict[str, list[Track]](list)
        self._by_isrc = defaultdict[str, list[Track]](list)
        self._by_names = defaultdict[tuple[str, str], list[Track]](list)
        for track in tracks:
            parts = path_parts(str(track.path))
            self._by_name[parts[0] if parts else ""].append((parts, track))
            mbid, isrc = identifiers.get(track.id, ("", ""))
            if mbid:
                self._by_mbid[plain_mbid(mbid)].append(track)
            if isrc:
                self._by_isrc[plain_isrc(isrc)].append(track)
            artist, title = fold_text(track.tags.artist), fold_text(track.tags.title)
            if artist and title:
                self._by_names[artist, title].append(track)

    def find(self, wanted: ServerTrack) -> tuple[Track | None, Rule]:
        match = self._at_path(wanted)
        if match is not None:
            return match, "path"
        mbid, isrc = plain_mbid(wanted.mbid), plain_isrc(wanted.isrc)
        if mbid and mbid in self._by_mbid:
            return _nearest(self._by_mbid[mbid], wanted), "mbid"
        if isrc and isrc in self._by_isrc:
            return _nearest(self._by_isrc[isrc], wanted), "isrc"
        named = self._by_names.get((fold_text(wanted.artist), fold_text(wanted.title)), ())
        close = [track for track in named if _alike(track, wanted, SAME_RECORDING)] if wanted.duration else []
        if close:
            return _nearest(close, wanted), "names"
        return None, ""

    def _at_path(self, wanted: ServerTrack) -> Track | None:
        """The track whose path ends like the server's for longest; None where two do, or none for long enough."""
        parts = path_parts(wanted.path)
        if len(parts) < FEWEST_PARTS:
            return None
        ranked = [(_common(parts, own), track) for own, track in self._by_name.get(parts[0], ())]
        longest = max((length for length, _ in ranked), default=0)
        best = [track for length, track in ranked if length == longest]
        if longest < FEWEST_PARTS or len(best) > 1:
            return None
        return best[0] if _alike(best[0], wanted, SAME_FILE) else None


def path_parts(path: str) -> list[str]:
    """Parts of a path from its end, as they compare on any system.

    Parameters
    ----------
    path : str
        With slashes or backslashes.

    Returns
    -------
    list of str
        The file's name first.
    """
    folded = unicodedata.normalize("NFC", path).casefold().replace("\\", "/")
    return [part for part in reversed(folded.split("/")) if part not in ("", ".")]


def _common(one: Sequence[str], two: Sequence[str]) -> int:
    """Parts in which two paths agree, from the end."""
    return next((at for at, (a, b) in enumerate(zip(one, two, strict=False)) if a != b), min(len(one), len(two)))


def _alike(track: Track, wanted: ServerTrack, tolerance: float) -> bool:
    return not wanted.duration or not track.duration or abs(track.duration - wanted.duration) <= tolerance


def _nearest(tracks: Iterable[Track], wanted: ServerTrack) -> Track:
    """Of several matching recordings, the one of the same album, then of the nearest length, then the oldest."""
    album = fold_text(wanted.album)
    return min(
        tracks,
        key=lambda track: (
            fold_text(track.tags.album) != album,
            abs(track.duration - wanted.duration) if wanted.duration else 0.0,
            track.id,
        ),
    )
