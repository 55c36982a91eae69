"""The calls of our own API: each a function of the library and of parameters, and all of them in one table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from musicemb.documents import (
    SCHEMA,
    group_document,
    path_document,
    search_document,
    similar_tracks_document,
    track_document,
    tracks_page_document,
)
from musicemb.errors import TrackNotFound
from musicemb.records import NOISE, Cluster
from musicemb.server.credentials import Failures
from musicemb.server.desk import Desk
from musicemb.server.requests import Parameters
from musicemb.server.shelf import Shelf
from musicemb.server.view import OwnView

if TYPE_CHECKING:
    from musicemb.records import Track


@dataclass(frozen=True)
class Place:
    """What the calls work with."""

    shelf: Shelf
    view: Callable[[], OwnView]
    desk: Desk
    failures: Failures


@dataclass(frozen=True)
class Parameter:
    """A parameter of a call."""

    name: str
    kind: Literal["string", "integer", "boolean"]
    text: str
    default: str | int | bool | None = None
    """None: it must be given."""


@dataclass(frozen=True)
class Call:
    """A call of the API."""

    path: str
    text: str
    document: str
    """Name of the schema of what it gives."""
    parameters: tuple[Parameter, ...]
    answer: Callable[[Place, Parameters], Mapping[str, Any]]


def about(place: Place, parameters: Parameters) -> dict[str, Any]:
    """What is served.

    Parameters
    ----------
    place : Place
    parameters : Parameters

    Returns
    -------
    dict
    """
    library = place.shelf.library
    return {
        "schema": SCHEMA,
        "tracks": len(library.tracks()),
        "groups": len(library.groups),
        "encoder": library.space.encoder_id,
        "version": place.shelf.version,
        "trouble": place.shelf.trouble,
        "refused": place.failures.total,
    }


def tracks(place: Place, parameters: Parameters) -> dict[str, Any]:
    """Tracks by their names.

    Parameters
    ----------
    place : Place
    parameters : Parameters

    Returns
    -------
    dict
    """
    found = place.shelf.library.index.search(parameters.get("q"))
    start = parameters.number("start", 0, most=1 << 40)
    return tracks_page_document(found[start : start + parameters.number("count", 20)], len(found))


def one_track(place: Place, parameters: Parameters) -> dict[str, Any]:
    """A track.

    Parameters
    ----------
    place : Place
    parameters : Parameters

    Returns
    -------
    dict
    """
    return {"schema": SCHEMA, "track": track_document(_named(place, parameters, "id"))}


def similar(place: Place, parameters: Parameters) -> dict[str, Any]:
    """What sounds like a track.

    Parameters
    ----------
    place : Place
    parameters : Parameters

    Returns
    -------
    dict
    """
    seed = _named(place, parameters, "id")
    matches = place.shelf.library.similar(
        seed,
        n=parameters.number("n", 10),
        max_per_artist=parameters.number("max_per_artist", 0) or None,
        same_artist=parameters.flag("same_artist", default=True),
        same_album=parameters.flag("same_album", default=True),
    )
    return similar_tracks_document(seed, matches)


def path(place: Place, parameters: Parameters) -> dict[str, Any]:
    """A way from one track to another.

    Parameters
    ----------
    place : Place
    parameters : Parameters

    Returns
    -------
    dict
    """
    start, end = (_named(place, parameters, name) for name in ("from", "to"))
    library = place.shelf.library
    found = library.between(start, end, n=parameters.number("n", 25, least=2, most=200))
    return path_document(found, library.steps(found))


def find(place: Place, parameters: Parameters) -> dict[str, Any]:
    """Tracks that words describe.

    Parameters
    ----------
    place : Place
    parameters : Parameters

    Returns
    -------
    dict
    """
    words, n = parameters.need("words"), parameters.number("n", 10)
    found = place.desk.ask(lambda library: library.search(words, n=n))
    return {"schema": SCHEMA, "query": words, **search_document(found)}


def groups(place: Place, parameters: Parameters) -> dict[str, Any]:
    """All groups.

    Parameters
    ----------
    place : Place
    parameters : Parameters

    Returns
    -------
    dict
    """
    library = place.shelf.library
    return {"schema": SCHEMA, "groups": [_group(place, group) for group in library.groups]}


def one_group(place: Place, parameters: Parameters) -> dict[str, Any]:
    """A group with its tracks.

    Parameters
    ----------
    place : Place
    parameters : Parameters

    Returns
    -------
    dict
    """
    library = place.shelf.library
    text = parameters.need("id")
    known = {str(group.id): group for group in library.groups}
    if text == str(NOISE):
        alone = library.members(NOISE)
        known[text] = Cluster(NOISE, "in no group", len(alone))
    if text not in known:
        raise TrackNotFound(f"there is no group {text[:40]}")
    members = library.members(known[text].id)
    start = parameters.number("start", 0, most=1 << 40)
    page = members[start : start + parameters.number("count", 100)]
    return {
        "schema": SCHEMA,
        **_group(place, known[text]),
        "total": len(members),
        "tracks": [track_document(track) for track in page],
    }


def _group(place: Place, group: Cluster) -> dict[str, Any]:
    known = place.shelf.library.known
    return group_document(group, (known[id_] for id_ in group.typical if id_ in known))


def _named(place: Place, parameters: Parameters, name: str) -> Track:
    return place.view().track(parameters.need(name))


_TRACK = Parameter("id", "string", "Id of a track.")
_START = Parameter("start", "integer", "How many to leave out.", 0)

CALLS = (
    Call("/v1/library", "The library that is served.", "serve-library", (), about),
    Call(
        "/v1/tracks",
        "Tracks that hold all words in artist, title, album or file name; all tracks without any.",
        "serve-tracks",
        (Parameter("q", "string", "Words.", ""), _START, Parameter("count", "integer", "How many to give.", 20)),
        tracks,
    ),
    Call("/v1/tracks/{id}", "A track.", "serve-track", (_TRACK,), one_track),
    Call(
        "/v1/tracks/{id}/similar",
        "The tracks that sound most like one.",
        "serve-similar",
        (
            _TRACK,
            Parameter("n", "integer", "How many to give.", 10),
            Parameter("max_per_artist", "integer", "At most so many by one artist; 0: any number.", 0),
            Parameter("same_artist", "boolean", "Whether tracks by the track's own artist are given.", True),
            Parameter("same_album", "boolean", "Whether tracks of the track's own album are given.", True),
        ),
        similar,
    ),
    Call(
        "/v1/path",
        "A smooth way from one track to another.",
        "serve-path",
        (
            Parameter("from", "string", "Id of the first track."),
            Parameter("to", "string", "Id of the last track."),
            Parameter("n", "integer", "Most tracks of the way.", 25),
        ),
        path,
    ),
    Call(
        "/v1/find",
        "Tracks that words describe: moods, instruments, voices, decades and genres.",
        "find",
        (
            Parameter("words", "string", 'Such as "calm piano, no vocals".'),
            Parameter("n", "integer", "How many to give.", 10),
        ),
        find,
    ),
    Call("/v1/groups", "The groups of tracks that sound alike.", "serve-groups", (), groups),
    Call(
        "/v1/groups/{id}",
        "A group with its tracks.",
        "serve-group",
        (
            Parameter("id", "string", "Id of a group; -1: the tracks in none."),
            _START,
            Parameter("count", "integer", "How many to give.", 100),
        ),
        one_group,
    ),
)
