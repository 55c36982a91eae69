"""The endpoints of our own API: each is a function of the library and the parameters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from musicemb.documents import (
    SCHEMA,
    group_document,
    mapping_document,
    path_document,
    search_document,
    similar_tracks_document,
    track_document,
    tracks_page_document,
)
from musicemb.errors import TrackNotFound
from musicemb.records import NOISE, Cluster
from musicemb.server.client_views import ClientViews
from musicemb.server.credentials import Failures
from musicemb.server.library_thread import LibraryThread
from musicemb.server.live_library import LiveLibrary
from musicemb.server.requests import Parameters

if TYPE_CHECKING:
    from musicemb.records import Track


@dataclass(frozen=True)
class ApiContext:
    """What the endpoints need."""

    live: LiveLibrary
    views: ClientViews
    thread: LibraryThread
    failures: Failures


def about(context: ApiContext, parameters: Parameters) -> dict[str, Any]:
    """A description of the served library.

    Parameters
    ----------
    context : ApiContext
    parameters : Parameters

    Returns
    -------
    dict
    """
    library = context.live.library
    return {
        "schema": SCHEMA,
        "tracks": len(library.tracks()),
        "groups": len(library.groups),
        "encoder": library.space.encoder_id,
        "version": context.live.version,
        "trouble": context.live.trouble,
        "refused": context.failures.total,
    }


def tracks(context: ApiContext, parameters: Parameters) -> dict[str, Any]:
    """Tracks by their names.

    Parameters
    ----------
    context : ApiContext
    parameters : Parameters

    Returns
    -------
    dict
    """
    found = context.live.library.index.search(parameters.get("q"))
    start = parameters.number("start", 0, most=1 << 40)
    return tracks_page_document(found[start : start + parameters.number("count", 20)], len(found))


def one_track(context: ApiContext, parameters: Parameters) -> dict[str, Any]:
    """A track.

    Parameters
    ----------
    context : ApiContext
    parameters : Parameters

    Returns
    -------
    dict
    """
    return {"schema": SCHEMA, "track": track_document(_named(context, parameters, "id"))}


def similar(context: ApiContext, parameters: Parameters) -> dict[str, Any]:
    """Tracks that sound like a track.

    Parameters
    ----------
    context : ApiContext
    parameters : Parameters

    Returns
    -------
    dict
    """
    seed = _named(context, parameters, "id")
    matches = context.live.library.similar(
        seed,
        n=parameters.number("n", 10),
        max_per_artist=parameters.number("max_per_artist", 0) or None,
        same_artist=parameters.flag("same_artist", default=True),
        same_album=parameters.flag("same_album", default=True),
    )
    return similar_tracks_document(seed, matches)


def path(context: ApiContext, parameters: Parameters) -> dict[str, Any]:
    """A path from one track to another.

    Parameters
    ----------
    context : ApiContext
    parameters : Parameters

    Returns
    -------
    dict
    """
    start, end = (_named(context, parameters, name) for name in ("from", "to"))
    library = context.live.library
    found = library.between(start, end, n=parameters.number("n", 25, least=2, most=200))
    return path_document(found, library.steps(found))


def find(context: ApiContext, parameters: Parameters) -> dict[str, Any]:
    """Tracks that words describe.

    Parameters
    ----------
    context : ApiContext
    parameters : Parameters

    Returns
    -------
    dict
    """
    words, n = parameters.need("words"), parameters.number("n", 10)
    found = context.thread.call(lambda library: library.search(words, n=n))
    return {"schema": SCHEMA, "query": words, **search_document(found)}


def groups(context: ApiContext, parameters: Parameters) -> dict[str, Any]:
    """All groups.

    Parameters
    ----------
    context : ApiContext
    parameters : Parameters

    Returns
    -------
    dict
    """
    library = context.live.library
    return {"schema": SCHEMA, "groups": [_group(context, group) for group in library.groups]}


def one_group(context: ApiContext, parameters: Parameters) -> dict[str, Any]:
    """A group with its tracks.

    Parameters
    ----------
    context : ApiContext
    parameters : Parameters

    Returns
    -------
    dict
    """
    library = context.live.library
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
        **_group(context, known[text]),
        "total": len(members),
        "tracks": [track_document(track) for track in page],
    }


def mapping(context: ApiContext, parameters: Parameters) -> dict[str, Any]:
    """How the tracks of a media server were matched with the library, and which were not.

    Parameters
    ----------
    context : ApiContext
    parameters : Parameters

    Returns
    -------
    dict
    """
    kind = parameters.need("kind")
    if kind not in context.views.servers:
        raise TrackNotFound(f"no server {kind[:40]} was named with --map")
    start = parameters.number("start", 0, most=1 << 40)
    return mapping_document(context.views.of(kind).ids, start, parameters.number("count", 100))


def _group(context: ApiContext, group: Cluster) -> dict[str, Any]:
    known = context.live.library.known
    return group_document(group, (known[id_] for id_ in group.typical if id_ in known))


def _named(context: ApiContext, parameters: Parameters, name: str) -> Track:
    return context.views.own().track(parameters.need(name))
