"""The tracks of a media server: remembered ones, or fetched where they are old."""

from __future__ import annotations

import time
from collections.abc import Callable

from musicemb.errors import MusicembError, SettingsError
from musicemb.io.media_servers.answers import check_address
from musicemb.io.media_servers.credentials import credentials_for
from musicemb.io.media_servers.fetching import KINDS, fetch_tracks
from musicemb.io.media_servers.remembered import recall, remember
from musicemb.records import ServerTracks

FRESH = 24 * 3600.0
"""Seconds for which what was fetched is good."""


def parse_server(text: str) -> tuple[str, str]:
    """Kind and address of a server, from "navidrome=http://localhost:4533".

    Parameters
    ----------
    text : str

    Returns
    -------
    kind, address : str

    Raises
    ------
    SettingsError
    """
    kind, equals, address = text.partition("=")
    kind = kind.strip().casefold()
    if not equals or kind not in KINDS:
        raise SettingsError(f"{text!r} names no server: give KIND=URL, where KIND is one of {', '.join(KINDS)}")
    try:
        return kind, check_address(address.strip())
    except MusicembError as error:
        raise SettingsError(str(error)) from None


def ask_server(kind: str, address: str, *, anew: bool = False, on_note: Callable[[str], object] = bool) -> ServerTracks:
    """All tracks of a media server.

    Parameters
    ----------
    kind, address : str
        As `parse_server` gives them.
    anew : bool
        Ask it even if what was fetched before is still good.
    on_note : callable
        Called with a note if tracks fetched earlier are used.

    Returns
    -------
    ServerTracks

    Raises
    ------
    MusicembError
        Where it cannot be asked, and never was before.
    """
    known = recall(kind, address)
    if known is not None and not anew and 0 <= time.time() - known.fetched < FRESH:
        return known
    try:
        found = fetch_tracks(kind, address, credentials_for(kind))
    except MusicembError as error:
        if known is None:
            raise
        on_note(f"{error}; what {kind} answered earlier is used")
        return known
    remember(found)
    return found
