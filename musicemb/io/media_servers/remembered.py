"""Caches the tracks of media servers in the user's cache folder, so that they are not fetched at every start."""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from dataclasses import astuple
from pathlib import Path

from musicemb.io.user_folders import user_cache_folder
from musicemb.records import ServerTrack, ServerTracks

_VERSION = 1


def place_of(kind: str, address: str) -> Path:
    """Where the tracks of a server are remembered.

    Parameters
    ----------
    kind, address : str

    Returns
    -------
    Path
    """
    digest = hashlib.sha256(address.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return user_cache_folder() / "servers" / f"{kind}-{digest}.json"


def remember(server: ServerTracks) -> bool:
    """Keep the tracks of a server; without a place to keep them nothing is lost but time.

    Parameters
    ----------
    server : ServerTracks

    Returns
    -------
    bool
        Whether they are kept.
    """
    place = place_of(server.kind, server.address)
    content = {
        "version": _VERSION,
        "kind": server.kind,
        "address": server.address,
        "fetched": server.fetched,
        "tracks": [astuple(track) for track in server.tracks],
    }
    draft = place.with_suffix(f".{os.getpid()}.part")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            json.dump(content, file, ensure_ascii=True)
        draft.replace(place)
    except OSError:
        with suppress(OSError):
            draft.unlink()
        return False
    return True


def recall(kind: str, address: str) -> ServerTracks | None:
    """The cached tracks of a server.

    Parameters
    ----------
    kind, address : str

    Returns
    -------
    ServerTracks or None
        None where there is nothing, or nothing that can be read.
    """
    try:
        content = json.loads(place_of(kind, address).read_text(encoding="utf-8"))
        if content["version"] != _VERSION or (content["kind"], content["address"]) != (kind, address):
            return None
        tracks = tuple(ServerTrack(*values) for values in content["tracks"])
        return ServerTracks(kind, address, float(content["fetched"]), tracks)
    except (OSError, ValueError, KeyError, TypeError):
        return None
