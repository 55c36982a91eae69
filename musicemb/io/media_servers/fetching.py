"""All tracks of a media server, page by page."""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import unquote, urlsplit

from musicemb.errors import MusicembError, SettingsError
from musicemb.io.media_servers.answers import ask_json, check_address, number_of, text_of
from musicemb.io.media_servers.credentials import Credentials
from musicemb.records.media_servers import ServerTrack, ServerTracks

PAGE = 500
MOST_TRACKS = 2_000_000
_TICKS = 10_000_000
"""Jellyfin's of a second."""


def fetch_tracks(kind: str, address: str, credentials: Credentials) -> ServerTracks:
    """All tracks of a media server.

    Parameters
    ----------
    kind : str
        A key of `KINDS`.
    address : str
    credentials : Credentials

    Returns
    -------
    ServerTracks

    Raises
    ------
    SettingsError
        For an unknown kind, or where credentials are missing.
    MusicembError
        Where the server cannot be asked.
    """
    if kind not in KINDS:
        raise SettingsError(f"{kind!r} is no kind of server: there are {', '.join(KINDS)}")
    where = check_address(address)
    tracks: dict[str, ServerTrack] = {}
    for track in KINDS[kind](where, credentials):
        if track.id:
            tracks[track.id] = track
        if len(tracks) > MOST_TRACKS:
            raise MusicembError(f"{where} lists more than {MOST_TRACKS:,} tracks")
    return ServerTracks(kind, where, time.time(), tuple(tracks.values()))


def _navidrome(address: str, credentials: Credentials) -> Iterator[ServerTrack]:
    if not (credentials.user and credentials.password):
        raise SettingsError(_missing("navidrome", "USER", "PASSWORD"))
    salt = secrets.token_hex(8)
    token = hashlib.md5(f"{credentials.password}{salt}".encode(), usedforsecurity=False).hexdigest()
    signed = {"u": credentials.user, "t": token, "s": salt, "v": "1.16.1", "c": "musicemb", "f": "json"}
    start = 0
    while True:
        wanted = {"query": "", "songCount": str(PAGE), "songOffset": str(start), "artistCount": "0", "albumCount": "0"}
        answer = _mapping(ask_json(f"{address}/rest/search3.view", {**signed, **wanted}), address)
        answer = _mapping(answer.get("subsonic-response"), address)
        if answer.get("status") != "ok":
            reason = text_of(_mapping(answer.get("error", {}), address).get("message")) or "no reason given"
            raise MusicembError(f"{address} refuses: {reason[:200]}")
        songs = _rows(_mapping(answer.get("searchResult3", {}), address).get("song"), address)
        for song in songs:
            yield ServerTrack(
                text_of(song.get("id")),
                text_of(song.get("path")),
                text_of(song.get("musicBrainzId")),
                text_of(song.get("isrc")),
                text_of(song.get("title")),
                text_of(song.get("artist")),
                text_of(song.get("album")),
                number_of(song.get("duration")),
                text_of(song.get("artistId")),
            )
        if len(songs) < PAGE:
            return
        start += len(songs)


def _jellyfin(address: str, credentials: Credentials) -> Iterator[ServerTrack]:
    if not credentials.token:
        raise SettingsError(_missing("jellyfin", "TOKEN"))
    headers = {"Authorization": f'MediaBrowser Client="musicemb", Token="{credentials.token}"'}
    start = 0
    while True:
        wanted = {"IncludeItemTypes": "Audio", "Recursive": "true", "Fields": "Path,ProviderIds", "SortBy": "SortName"}
        wanted |= {"StartIndex": str(start), "Limit": str(PAGE)}
        answer = _mapping(ask_json(f"{address}/Items", wanted, headers=headers), address)
        items = _rows(answer.get("Items"), address)
        for item in items:
            ids = _mapping(item.get("ProviderIds") or {}, address)
            artists = _rows(item.get("ArtistItems"), address) or [{}]
            yield ServerTrack(
                text_of(item.get("Id")),
                text_of(item.get("Path")),
                text_of(ids.get("MusicBrainzRecording") or ids.get("MusicBrainzTrack")),
                "",
                text_of(item.get("Name")),
                text_of(item.get("Artists")),
                text_of(item.get("Album")),
                number_of(item.get("RunTimeTicks")) / _TICKS if item.get("RunTimeTicks") else 0.0,
                text_of(artists[0].get("Id")),
            )
        if len(items) < PAGE:
            return
        start += len(items)


def _lyrion(address: str, credentials: Credentials) -> Iterator[ServerTrack]:
    headers = {}
    if credentials.user:
        pair = base64.b64encode(f"{credentials.user}:{credentials.password}".encode()).decode()
        headers["Authorization"] = f"Basic {pair}"
    start = 0
    while True:
        call = {"id": 1, "method": "slim.request", "params": ["", ["titles", start, PAGE, "tags:aldsu"]]}
        answer = _mapping(ask_json(f"{address}/jsonrpc.js", headers=headers, body=call), address)
        titles = _rows(_mapping(answer.get("result", {}), address).get("titles_loop"), address)
        for title in titles:
            yield ServerTrack(
                text_of(title.get("id")),
                _path_of(text_of(title.get("url"))),
                title=text_of(title.get("title")),
                artist=text_of(title.get("artist")),
                album=text_of(title.get("album")),
                duration=number_of(title.get("duration")),
                artist_id=text_of(title.get("artist_id")),
            )
        if len(titles) < PAGE:
            return
        start += len(titles)


KINDS: dict[str, Callable[[str, Credentials], Iterator[ServerTrack]]] = {
    "navidrome": _navidrome,
    "jellyfin": _jellyfin,
    "lyrion": _lyrion,
}
"""Kinds of media servers, and what asks them."""


def _path_of(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return unquote(parts.path) if parts.scheme == "file" else ""


def _mapping(value: Any, address: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise MusicembError(f"{address} does not answer as such a server does: is it the right address and kind?")
    return value


def _rows(value: Any, address: str) -> list[dict[str, Any]]:
    """The rows of a list; a list without any may be left out."""
    if not isinstance(value or [], list):
        raise MusicembError(f"{address} does not answer as such a server does: is it the right address and kind?")
    return [_mapping(row, address) for row in value or []]


def _missing(kind: str, *names: str) -> str:
    wanted = " and ".join(f"MUSICEMB_{kind.upper()}_{name}" for name in names)
    return f"to ask {kind} for its tracks, put its credentials into the environment ({wanted}) or into credentials.toml"
