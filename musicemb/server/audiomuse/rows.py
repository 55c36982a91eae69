"""Tracks as rows of AudioMuse's JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from musicemb.server.requests import plain_text

if TYPE_CHECKING:
    from musicemb.records import Track
    from musicemb.server.client_views import View


def told(view: View, track: Track) -> dict[str, Any]:
    """A track as a row.

    Parameters
    ----------
    view : View
    track : Track

    Returns
    -------
    dict
    """
    title = plain_text(track.tags.title or track.path.stem)
    return {"item_id": view.id_of(track), "title": title, "author": track.tags.artist, "album": track.tags.album}
