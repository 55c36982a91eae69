"""All songs of Navidrome, or of another server of Subsonic's protocol."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator
from typing import Any

from musicemb.errors import MusicembError, SettingsError
from musicemb.io.media_servers.answers import ask_json, mapping_of, number_of, rows_of, text_of
from musicemb.io.media_servers.credentials import Credentials, missing
from musicemb.records import ServerTrack

PAGE = 500
_NO_TOKENS = (10, 41, 42)
"""Errors of servers that know no salted tokens: a parameter is missing, no token for such users, no such mechanism."""


def subsonic_tracks(address: str, credentials: Credentials) -> Iterator[ServerTrack]:
    """All songs of a server.

    Navidrome, as OpenSubsonic has it, lists everything for an empty search. Servers that find nothing by it are asked
    for the songs of each album.

    Parameters
    ----------
    address : str
    credentials : Credentials

    Yields
    ------
    ServerTrack

    Raises
    ------
    SettingsError
        Where credentials are missing.
    MusicembError
        Where the server cannot be asked.
    """
    if not (credentials.user and credentials.password):
        raise SettingsError(missing("navidrome", "USER", "PASSWORD"))
    server = _Server(address, credentials)
    start = 0
    while songs := server.songs_from(start):
        yield from map(_track, songs)
        start += len(songs)
        if len(songs) < PAGE:
            return
    if start:
        return
    while albums := server.albums_from(start):
        for album in albums:
            yield from map(_track, server.songs_of(text_of(album.get("id"))))
        start += len(albums)
        if len(albums) < PAGE:
            return


class _Server:
    """A server that is signed in to, with a salted token where it knows them."""

    def __init__(self, address: str, credentials: Credentials) -> None:
        self._address = address
        salt = secrets.token_hex(8)
        token = hashlib.md5(f"{credentials.password}{salt}".encode(), usedforsecurity=False).hexdigest()
        self._signed = {"t": token, "s": salt}
        self._password = {"p": f"enc:{credentials.password.encode().hex()}"}
        self._about = {"u": credentials.user, "v": "1.16.1", "c": "musicemb", "f": "json"}

    def songs_from(self, start: int) -> list[dict[str, Any]]:
        wanted = {"query": "", "songCount": str(PAGE), "songOffset": str(start), "artistCount": "0", "albumCount": "0"}
        answer = self._ask("search3", wanted)
        return rows_of(mapping_of(answer.get("searchResult3", {}), self._address).get("song"), self._address)

    def albums_from(self, start: int) -> list[dict[str, Any]]:
        wanted = {"type": "alphabeticalByName", "size": str(PAGE), "offset": str(start)}
        answer = self._ask("getAlbumList2", wanted)
        return rows_of(mapping_of(answer.get("albumList2", {}), self._address).get("album"), self._address)

    def songs_of(self, album: str) -> list[dict[str, Any]]:
        answer = self._ask("getAlbum", {"id": album})
        return rows_of(mapping_of(answer.get("album", {}), self._address).get("song"), self._address)

    def _ask(self, name: str, wanted: dict[str, str]) -> dict[str, Any]:
        answer = self._try(name, wanted)
        error = mapping_of(answer.get("error", {}), self._address)
        if error.get("code") in _NO_TOKENS and self._signed is not self._password:
            self._signed = self._password
            answer = self._try(name, wanted)
            error = mapping_of(answer.get("error", {}), self._address)
        if answer.get("status") != "ok":
            raise MusicembError(f"{self._address} refuses: {text_of(error.get('message'))[:200] or 'no reason given'}")
        return answer

    def _try(self, name: str, wanted: dict[str, str]) -> dict[str, Any]:
        answer = ask_json(f"{self._address}/rest/{name}.view", {**self._about, **self._signed, **wanted})
        return mapping_of(mapping_of(answer, self._address).get("subsonic-response"), self._address)


def _track(song: dict[str, Any]) -> ServerTrack:
    return ServerTrack(
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
