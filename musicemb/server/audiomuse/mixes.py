"""Mixes of several tracks, searches by words, and other requests from the plugins' menus.

Their parameters are JSON in the body of a POST request.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from musicemb.errors import MusicembError, SettingsError, TrackNotFound
from musicemb.server.audiomuse.rows import told
from musicemb.server.client_views import MOST_ASKED, known_matches
from musicemb.server.requests import MissingParameter, Parameters, scalars

if TYPE_CHECKING:
    from musicemb.records import Track
    from musicemb.server.client_views import View
    from musicemb.server.library_thread import LibraryThread

MOST_SEEDS = 50
"""Tracks that are compared for one mix; of more, as many that are spread evenly."""


def alchemy(view: View, asked: dict[str, Any]) -> dict[str, Any]:
    """Tracks like some tracks and artists, and unlike others, best first.

    Parameters
    ----------
    view : View
    asked : dict
        "items": a list of {"id", "op": ADD or SUBTRACT, "type": song or artist}; "n". A temperature is read over: the
        same question has the same answer.

    Returns
    -------
    dict

    Raises
    ------
    SettingsError
        Where nothing is added, or an item is something else than a track or an artist.
    TrackNotFound
        Where none of them is known.
    """
    like, unlike = _seeds(view, asked, "ADD"), _seeds(view, asked, "SUBTRACT")
    if not like:
        raise SettingsError("items contain nothing to ADD: name at least one song or artist")
    matches = known_matches(view, like, scalars(asked).number("n", 100), unlike=unlike)
    rows = [{**told(view, match.track), "distance": round(1 - match.scaled_similarity, 6)} for match in matches]
    return {"results": rows, "filtered_out": [], "centroid_2d": None, "projection": "none"}


def search_by_words(view: View, asked: dict[str, Any], *, thread: LibraryThread) -> dict[str, Any]:
    """Tracks that words describe, best first: AudioMuse uses CLAP for this, musicemb its tag heads.

    Parameters
    ----------
    view : View
    asked : dict
        "query", "limit".
    thread : LibraryThread

    Returns
    -------
    dict

    Raises
    ------
    TrackNotFound
        Where no word is understood.
    """
    parameters = scalars(asked)
    words, limit = parameters.get("query").strip(), parameters.number("limit", 100, least=1)
    if not words:
        raise MissingParameter("query")
    known, count = view.library.known, limit
    while True:
        found = thread.call(lambda library, n=count: library.search(words, n=n)).found  # type: ignore[misc]
        rows = [
            {**told(view, known[one.track.id]), "similarity": round(one.score, 6)}
            for one in found
            if one.track.id in known and view.id_of(known[one.track.id]) is not None
        ][:limit]
        if len(rows) == limit or len(found) < count or count >= MOST_ASKED:
            return {"query": words, "results": rows, "count": len(rows)}
        count = min(4 * count, MOST_ASKED)


def warm_up(view: View, asked: dict[str, Any], *, thread: LibraryThread) -> dict[str, Any]:
    """Load the data for searches by words, so that the first search does not wait for it.

    Parameters
    ----------
    view : View
    asked : dict
    thread : LibraryThread

    Returns
    -------
    dict
    """
    try:
        thread.call(lambda library: library.search("calm", n=1))
    except MusicembError:
        return {"loaded": False, "expiry_seconds": None}
    return {"loaded": True, "expiry_seconds": None}


def top_queries(view: View, parameters: Parameters) -> dict[str, Any]:
    """An empty list: searches are not recorded, so none can be suggested.

    Parameters
    ----------
    view : View
    parameters : Parameters

    Returns
    -------
    dict
    """
    return {"queries": [], "ready": False}


def summary(view: View, parameters: Parameters) -> dict[str, Any]:
    """Counts of the library, for the plugins' settings pages.

    Parameters
    ----------
    view : View
    parameters : Parameters

    Returns
    -------
    dict
    """
    tracks = [track for track in view.library.tracks() if view.id_of(track) is not None]
    content = {
        "total_songs": len(tracks),
        "distinct_artists": len({track.tags.artist for track in tracks} - {""}),
        "distinct_albums": len({(track.tags.artist, track.tags.album) for track in tracks if track.tags.album}),
        "clap_indexed": len(tracks),  # all of them can be found by words
    }
    return {"content": content, "workers": [], "queue_backlog": [], "recent_tasks": [], "cron": []}


def _seeds(view: View, asked: dict[str, Any], operation: str) -> list[Track]:
    """The tracks to add or subtract; unknown ids are ignored if at least one is known."""
    items = asked.get("items", [])
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise SettingsError("items is not a list of objects with id, op and type")
    chosen = [item for item in items if str(item.get("op", "")).upper() == operation]
    strange = next((kind for item in chosen if (kind := item.get("type", "song")) not in ("song", "artist")), None)
    if strange is not None:
        raise SettingsError(f"a mix is made of songs and artists, not of type {str(strange)[:40]!r}")
    seeds: dict[int, Track] = {}
    missing: TrackNotFound | None = None
    for item in chosen:
        identity = str(item.get("id", ""))
        try:
            tracks = _by_artist(view, identity) if item.get("type") == "artist" else [view.track(identity)]
        except TrackNotFound as error:
            missing = error
        else:
            seeds |= {track.id: track for track in tracks if view.library.has_vector(track)}
    if missing is not None and not seeds:
        raise missing
    found = list(seeds.values())
    if len(found) > MOST_SEEDS:
        found = [found[at * len(found) // MOST_SEEDS] for at in range(MOST_SEEDS)]
    return found


def _by_artist(view: View, identity: str) -> list[Track]:
    name = (view.artist(identity) or identity).casefold()
    found = [track for track in view.library.tracks() if name and track.tags.artist.casefold() == name]
    if not found:
        raise TrackNotFound(f"no track is by {identity[:200]!r}")
    return found
