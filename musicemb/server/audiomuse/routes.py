"""The requests that the plugins for Navidrome, Jellyfin, Lyrion and Ampache send, under AudioMuse's names.

Distances are 1 - closeness, so that a plugin that shows 1 - distance shows the same numbers as ``musicemb similar``.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from musicemb.errors import MusicembError, SettingsError, TrackNotFound
from musicemb.server.audiomuse.mixes import alchemy, search_by_words, summary, top_queries, warm_up
from musicemb.server.audiomuse.rows import told
from musicemb.server.client_views import known_matches
from musicemb.server.requests import MOST, MissingParameter, Parameters, plain_text, read_json, read_parameters

if TYPE_CHECKING:
    from starlette.requests import Request

    from musicemb.records import Track
    from musicemb.server.client_views import View
    from musicemb.server.library_thread import LibraryThread

PER_ARTIST = 3
"""Tracks by one artist where a client asks for no duplicates, as AudioMuse has it."""

IDLE = ("active_tasks", "last_task")
"""Asked for by the Jellyfin plugin's "Test connection" and by the Lyrion plugin: nothing is ever under way here."""

NOT_OFFERED = (
    "create_playlist",
    "sonic_fingerprint/generate",
    "lyrics/search",
    "lyrics/search/text",
    "sem_grove/search",
    "hyperbolic/similar",
    "radios",
    "radios/run",
    "playlists",
    "config",
    "clustering/start",
    "analysis/start",
)


def audiomuse_routes(view: Callable[[], View], thread: LibraryThread) -> list[Route]:
    """The routes of this API.

    Parameters
    ----------
    view : callable
        Gives the library as it is now.
    thread : LibraryThread
        For searches by words.

    Returns
    -------
    list of Route
        Below "/api".
    """
    calls = {
        "similar_tracks": similar_tracks,
        "find_path": find_path,
        "similar_artists": similar_artists,
        "search_tracks": search_tracks,
        "max_distance": max_distance,
        "dashboard/summary": summary,
        "clap/top_queries": top_queries,
    }
    posted: dict[str, Callable[[View, dict[str, Any]], Any]] = {
        "alchemy": alchemy,
        "clap/search": partial(search_by_words, thread=thread),
        "clap/warmup": partial(warm_up, thread=thread),
    }

    def route(
        name: str, call: Callable[[View, Any], Any], read: Callable[[Request], Awaitable[Any]], *methods: str
    ) -> Route:
        async def endpoint(request: Request) -> Response:
            try:
                asked = await read(request)
                return JSONResponse(await run_in_threadpool(call, view(), asked))
            except TrackNotFound as error:
                return JSONResponse({"error": plain_text(str(error))}, 404)
            except SettingsError as error:
                return JSONResponse({"error": plain_text(str(error))}, 400)
            except MusicembError as error:
                return JSONResponse({"error": plain_text(str(error))}, 422)

        return Route(f"/api/{name}", endpoint, methods=methods)

    async def health(_: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def idle(_: Request) -> Response:
        return JSONResponse({})

    async def not_offered(request: Request) -> Response:
        text = f"musicemb does not offer {request.url.path.rpartition('/api/')[2]}"
        return JSONResponse({"error": text}, 501)

    return [
        Route("/api/health", health),
        *(Route(f"/api/{name}", idle) for name in IDLE),
        *(route(name, call, read_parameters, "GET", "POST") for name, call in calls.items()),
        *(route(name, call, read_json, "POST") for name, call in posted.items()),
        *(Route(f"/api/{name}", not_offered, methods=["GET", "POST"]) for name in NOT_OFFERED),
    ]


def similar_tracks(view: View, parameters: Parameters) -> list[dict[str, Any]]:
    """Tracks like one, best first.

    Parameters
    ----------
    view : View
    parameters : Parameters
        "item_id", or "title" and "artist"; "n"; "eliminate_duplicates": at most three by one artist. What AudioMuse
        calls radius and mood similarity is read over.

    Returns
    -------
    list of dict
    """
    track = _asked(view, parameters)
    few = PER_ARTIST if parameters.flag("eliminate_duplicates") else None
    matches = known_matches(view, [track], parameters.number("n", 10), max_per_artist=few)
    return [{**told(view, match.track), "distance": round(1 - match.scaled_similarity, 6)} for match in matches]


def find_path(view: View, parameters: Parameters) -> dict[str, Any]:
    """A smooth path from one track to another.

    Parameters
    ----------
    view : View
    parameters : Parameters
        "start_song_id", "end_song_id"; "max_steps", or "count": most tracks of the path.

    Returns
    -------
    dict
    """
    start, end = (view.track(parameters.need(name)) for name in ("start_song_id", "end_song_id"))
    steps = parameters.number("max_steps", parameters.number("count", 25, least=2), least=2, most=200)
    path = [track for track in view.library.between(start, end, n=steps) if view.id_of(track) is not None]
    total = sum(1 - close for close in view.library.steps(path))
    return {"path": [told(view, track) for track in path], "total_distance": round(total, 6)}


def similar_artists(view: View, parameters: Parameters) -> list[dict[str, Any]]:
    """Artists that sound like one, best first.

    Parameters
    ----------
    view : View
    parameters : Parameters
        "artist": a name or an id, or "artist_id"; "n"; "include_component_matches": with tracks that stand for both.

    Returns
    -------
    list of dict
    """
    asked = parameters.get("artist_id") or parameters.need("artist")
    name = view.artist(asked) or parameters.get("artist") or asked
    components = parameters.flag("include_component_matches")
    wanted = parameters.number("n", 10)
    rows: list[dict[str, Any]] = []
    for match in view.library.similar_artists(name, n=4 * wanted + 20):
        identity = next((id_ for track in match.tracks if (id_ := view.artist_id(track))), "")
        if not identity:
            continue  # the clients know none of that artist's tracks
        if len(rows) == wanted:
            break
        row: dict[str, Any] = {
            "artist": match.artist,
            "artist_id": identity,
            "divergence": round(1 - match.similarity, 6),
        }
        if components:
            row["component_matches"] = [
                {
                    "artist1_representative_songs": _songs(view, match.own_tracks),
                    "artist2_representative_songs": _songs(view, match.tracks),
                }
            ]
        rows.append(row)
    return rows


def search_tracks(view: View, parameters: Parameters) -> list[dict[str, Any]]:
    """Tracks whose names contain all words.

    Parameters
    ----------
    view : View
    parameters : Parameters
        "search_query", or "title" and "artist"; "start" and "end": which of them.

    Returns
    -------
    list of dict
    """
    words = parameters.get("search_query") or f"{parameters.get('artist')} {parameters.get('title')}"
    if not words.strip():
        return []
    start = parameters.number("start", 0, most=1 << 40)
    end = parameters.number("end", start + 20, most=1 << 40)
    known = [track for track in view.library.index.search(words) if view.id_of(track) is not None]
    shown = (told(view, track) for track in known[start : max(start, min(end, start + MOST))])
    return [{**row, "album_artist": row["author"]} for row in shown]


def max_distance(view: View, parameters: Parameters) -> dict[str, Any]:
    """The distance from one track to the farthest track.

    Parameters
    ----------
    view : View
    parameters : Parameters
        "item_id".

    Returns
    -------
    dict
    """
    track, close = view.library.farthest(_asked(view, parameters))
    return {"max_distance": round(1 - close, 6), "farthest_item_id": view.id_of(track)}


def _asked(view: View, parameters: Parameters) -> Track:
    identity = parameters.get("item_id")
    if identity:
        return view.track(identity)
    title, artist = parameters.get("title"), parameters.get("artist")
    if not title:
        raise MissingParameter("item_id")
    track = view.library.index.named(title, artist)
    if track is None:
        raise TrackNotFound(f"the library has no track {title[:200]!r} by {artist[:200]!r}")
    return track


def _songs(view: View, tracks: Sequence[Track]) -> list[dict[str, Any]]:
    shown = (told(view, track) for track in tracks if view.id_of(track) is not None)
    return [{"item_id": row["item_id"], "title": row["title"]} for row in shown]
