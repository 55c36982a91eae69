"""All tracks of a media server, page by page."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Iterator
from urllib.parse import unquote, urlsplit

from musicemb.errors import MusicembError, SettingsError
from musicemb.io.media_servers.answers import ask_json, check_address, mapping_of, number_of, rows_of, text_of
from musicemb.io.media_servers.credentials import Credentials, missing
from musicemb.io.media_servers.subsonic import subsonic_tracks
from musicemb.records import ServerTrack, ServerTracks

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
        raise SettingsError(f"{kind!r} is not a kind of server; the kinds are {', '.join(KINDS)}")
    where = check_address(address)
    tracks: dict[str, ServerTrack] = {}
    for track in KINDS[kind](where, credentials):
        if track.id:
            tracks[track.id] = track
        if len(tracks) > MOST_TRACKS:
            raise MusicembError(f"{where} lists more than {MOST_TRACKS:,} tracks")
    return ServerTracks(kind, where, time.time(), tuple(tracks.values()))


def _jellyfin(address: str, credentials: Credentials) -> Iterator[ServerTrack]:
    if not credentials.token:
        raise SettingsError(missing("jellyfin", "TOKEN"))
    headers = {"Authorization": f'MediaBrowser Client="musicemb", Token="{credentials.token}"'}
    start = 0
    while True:
        wanted = {"IncludeItemTypes": "Audio", "Recursive": "true", "Fields": "Path,ProviderIds", "SortBy": "SortName"}
        wanted |= {"StartIndex": str(start), "Limit": str(PAGE)}
        answer = mapping_of(ask_json(f"{address}/Items", wanted, headers=headers), address)
        items = rows_of(answer.get("Items"), address)
        for item in items:
            ids = mapping_of(item.get("ProviderIds") or {}, address)
            artists = rows_of(item.get("ArtistItems"), address) or [{}]
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
        answer = mapping_of(ask_json(f"{address}/jsonrpc.js", headers=headers, body=call), address)
        titles = rows_of(mapping_of(answer.get("result", {}), address).get("titles_loop"), address)
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
    "navidrome": subsonic_tracks,
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
