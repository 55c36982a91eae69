"""The OpenSubsonic endpoints that musicemb implements: similar songs, paths, search, and the files themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.routing import Route

from musicemb.errors import MusicembError, TrackNotFound
from musicemb.server.catalogue_view import name_id
from musicemb.server.client_views import known_matches
from musicemb.server.credentials import Credentials, Failures
from musicemb.server.files import send_file
from musicemb.server.opensubsonic.envelope import SubsonicError, failure, wrap
from musicemb.server.opensubsonic.sign_in import check_credentials, check_protocol
from musicemb.server.opensubsonic.songs import song
from musicemb.server.requests import MissingParameter, Parameters, plain_text, read_parameters

if TYPE_CHECKING:
    from starlette.requests import Request

    from musicemb.records import Track
    from musicemb.server.client_views import View

Call = Callable[["View", Parameters], dict[str, Any] | Response]

EXTENSIONS = ("apiKeyAuthentication", "formPost", "sonicSimilarity")
OPEN_CALL = "getOpenSubsonicExtensions"
UNKNOWN_DATE = "1970-01-01T00:00:00Z"
"""Since when an album is there: clients insist on a date, and the catalogue has none."""
SEEDS_OF_ARTIST = 8
"""Tracks that stand for an artist where a client asks for what is like one."""
_SIGN_IN_FAILED = (40, 44)


def opensubsonic_routes(view: Callable[[], View], credentials: Credentials, failures: Failures) -> list[Route]:
    """The routes of this API.

    Parameters
    ----------
    view : callable
        Gives the library as it is now.
    credentials : Credentials
    failures : Failures

    Returns
    -------
    list of Route
        Below "/rest", each call with and without ".view".
    """

    async def endpoint(request: Request) -> Response:
        name = request.path_params["name"].removesuffix(".view")
        parameters = Parameters(dict(request.query_params))  # for the form of an answer to a form that is none
        address = request.client.host if request.client else "?"
        try:
            parameters = await read_parameters(request)
            if name != OPEN_CALL:
                check_protocol(parameters)
                check_credentials(parameters, credentials, header=request.headers.get("authorization", ""))
                failures.forgive(address)
            call = CALLS.get(name)
            if call is None:
                raise SubsonicError(0, f"musicemb does not offer {name[:60]}", status=404)
            found = await run_in_threadpool(call, view(), parameters)
            return found if isinstance(found, Response) else wrap(found, parameters)
        except SubsonicError as error:
            if error.code in _SIGN_IN_FAILED:
                await failures.punish(address)
            return failure(error, parameters)
        except MissingParameter as error:
            return failure(SubsonicError(10, f"Required parameter is missing: {error.name}"), parameters)
        except TrackNotFound as error:
            return failure(SubsonicError(70, plain_text(str(error))), parameters)
        except MusicembError as error:
            return failure(SubsonicError(0, plain_text(str(error))), parameters)

    return [Route("/rest/{name}", endpoint, methods=["GET", "POST"])]


def ping(view: View, parameters: Parameters) -> dict[str, Any]:
    """Confirm that the server is running.

    Parameters
    ----------
    view : View
    parameters : Parameters

    Returns
    -------
    dict
    """
    return {}


def licence(view: View, parameters: Parameters) -> dict[str, Any]:
    """A valid licence, which older clients ask for first.

    Parameters
    ----------
    view : View
    parameters : Parameters

    Returns
    -------
    dict
    """
    return {"license": {"valid": True}}


def extensions(view: View, parameters: Parameters) -> dict[str, Any]:
    """The supported OpenSubsonic extensions; answered without credentials.

    Parameters
    ----------
    view : View
    parameters : Parameters

    Returns
    -------
    dict
    """
    return {"openSubsonicExtensions": [{"name": name, "versions": [1]} for name in EXTENSIONS]}


def sonic_similar_tracks(view: View, parameters: Parameters) -> dict[str, Any]:
    """Tracks that sound like one, with their similarity.

    Parameters
    ----------
    view : View
    parameters : Parameters
        "id", "count".

    Returns
    -------
    dict
    """
    track = view.track(parameters.need("id"))
    matches = known_matches(view, [track], parameters.number("count", 10))
    return {"sonicMatch": [_sonic_match(view, match.track, match.scaled_similarity) for match in matches]}


def sonic_path(view: View, parameters: Parameters) -> dict[str, Any]:
    """A smooth way from one track to another; similarities are to the first.

    Parameters
    ----------
    view : View
    parameters : Parameters
        "startSongId", "endSongId", "count".

    Returns
    -------
    dict
    """
    start, end = (view.track(parameters.need(name)) for name in ("startSongId", "endSongId"))
    count = parameters.number("count", 25, least=2, most=200)
    path = [start] if start.id == end.id else view.library.between(start, end, n=count)
    path = [track for track in path if view.id_of(track) is not None]
    close = view.library.scaled_similarity(start, path)
    return {"sonicMatch": [_sonic_match(view, track, near) for track, near in zip(path, close, strict=True)]}


def similar_songs(view: View, parameters: Parameters) -> dict[str, Any]:
    """Songs that sound like a song or an artist; most clients use this.

    Parameters
    ----------
    view : View
    parameters : Parameters
        "id", "count".

    Returns
    -------
    dict
    """
    return {"similarSongs": {"song": _like(view, parameters)}}


def similar_songs_2(view: View, parameters: Parameters) -> dict[str, Any]:
    """The same under another name.

    Parameters
    ----------
    view : View
    parameters : Parameters

    Returns
    -------
    dict
    """
    return {"similarSongs2": {"song": _like(view, parameters)}}


def search_3(view: View, parameters: Parameters) -> dict[str, Any]:
    """Songs whose names contain all words, and their artists and albums; all songs for an empty query.

    Parameters
    ----------
    view : View
    parameters : Parameters
        "query", and a count and an offset of each kind.

    Returns
    -------
    dict
    """
    words = parameters.get("query").strip().strip('"')
    found = [track for track in view.library.index.search(words) if view.id_of(track) is not None]
    artists: dict[str, dict[str, Any]] = {}
    albums: dict[str, dict[str, Any]] = {}
    for track in found:
        tags = track.tags
        if tags.artist:
            artists.setdefault(tags.artist, {"id": view.artist_id(track), "name": tags.artist, "albumCount": 0})
        if tags.album:
            key = name_id("al", tags.artist, tags.album)
            fresh = {"id": key, "name": tags.album, "artist": tags.artist, "songCount": 0, "duration": 0}
            album = albums.setdefault(key, {**fresh, "created": UNKNOWN_DATE})
            if not album["songCount"] and tags.artist:
                artists[tags.artist]["albumCount"] += 1
            album["songCount"] += 1
            album["duration"] += round(track.duration)

    def page(rows: list[Any], kind: str) -> list[Any]:
        start = parameters.number(f"{kind}Offset", 0, most=1 << 40)
        return rows[start : start + parameters.number(f"{kind}Count", 20)]

    songs = [song(view, track) for track in page(found, "song")]
    return {
        "searchResult3": {
            "artist": page(list(artists.values()), "artist"),
            "album": page(list(albums.values()), "album"),
            "song": songs,
        }
    }


def get_song(view: View, parameters: Parameters) -> dict[str, Any]:
    """One song.

    Parameters
    ----------
    view : View
    parameters : Parameters
        "id".

    Returns
    -------
    dict
    """
    return {"song": song(view, view.track(parameters.need("id")))}


def stream(view: View, parameters: Parameters) -> Response:
    """The file of a song as it is, or a part of it: nothing is converted.

    Parameters
    ----------
    view : View
    parameters : Parameters
        "id".

    Returns
    -------
    Response
    """
    return send_file(view.track(parameters.need("id")).path)


def _like(view: View, parameters: Parameters) -> list[dict[str, Any]]:
    identity = parameters.need("id")
    name = view.artist(identity)
    if name is None:
        seeds = [view.track(identity)]
    else:
        seeds = [track for track in view.library.tracks() if track.tags.artist == name][:SEEDS_OF_ARTIST]
    return [song(view, match.track) for match in known_matches(view, seeds, parameters.number("count", 50))]


def _sonic_match(view: View, track: Track, similarity: float) -> dict[str, Any]:
    return {"entry": song(view, track), "similarity": round(min(max(similarity, 0.0), 1.0), 6)}


CALLS: dict[str, Call] = {
    "ping": ping,
    "getLicense": licence,
    OPEN_CALL: extensions,
    "getSonicSimilarTracks": sonic_similar_tracks,
    "findSonicPath": sonic_path,
    "getSimilarSongs": similar_songs,
    "getSimilarSongs2": similar_songs_2,
    "search3": search_3,
    "getSong": get_song,
    "stream": stream,
    "download": stream,
}
