"""A track as a Child, which is what Subsonic calls a song."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from musicemb.server.catalogue_view import name_id
from musicemb.server.files import media_type
from musicemb.server.requests import plain_text

if TYPE_CHECKING:
    from musicemb.records import Track
    from musicemb.server.client_views import View

_FOLDERS = 3
"""Number of last parts of a path that clients see: artist, album and file, and nothing of the machine."""


def song(view: View, track: Track) -> dict[str, Any]:
    """A track as a Child.

    Parameters
    ----------
    view : View
    track : Track

    Returns
    -------
    dict
    """
    tags = track.tags
    genres = tags.listener_genres or (track.guess.genres if track.guess else ())
    child: dict[str, Any] = {
        "id": view.id_of(track),
        "isDir": False,
        "title": plain_text(tags.title or track.path.stem),
        "album": tags.album,
        "artist": tags.artist,
        "duration": round(track.duration),
        "suffix": plain_text(track.path.suffix.lstrip(".").lower()),
        "contentType": media_type(track.path),
        "path": plain_text("/".join(track.path.parts[-_FOLDERS:])),
        "type": "music",
        "mediaType": "song",
        "isVideo": False,
    }
    if tags.artist:
        child["artistId"] = view.artist_id(track)
    if tags.album:
        child["albumId"] = name_id("al", tags.artist, tags.album)
    if genres:
        child["genre"] = genres[0]
        child["genres"] = [{"name": name} for name in genres]
    return {name: value for name, value in child.items() if value != ""} | {"title": child["title"]}
