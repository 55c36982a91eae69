"""Responses of the server's own API, in JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from musicemb.documents.tracks import track_document

if TYPE_CHECKING:
    from musicemb.records import Cluster, IdMap, Match, Track

SCHEMA = 1


def tracks_page_document(tracks: Sequence[Track], total: int) -> dict[str, Any]:
    """Some of the tracks that were found.

    Parameters
    ----------
    tracks : sequence of Track
    total : int
        How many were found.

    Returns
    -------
    dict
    """
    return {"schema": SCHEMA, "total": total, "tracks": [track_document(track) for track in tracks]}


def similar_tracks_document(seed: Track, matches: Iterable[Match]) -> dict[str, Any]:
    """What sounds like a track.

    Parameters
    ----------
    seed : Track
    matches : iterable of Match
        Best first.

    Returns
    -------
    dict
    """
    return {
        "schema": SCHEMA,
        "seed": track_document(seed),
        "matches": [
            {
                "similarity": round(match.similarity, 6),
                "closeness": round(match.scaled_similarity, 6),
                "track": track_document(match.track),
                "versions": [track_document(track) for track in match.versions],
            }
            for match in matches
        ],
    }


def path_document(tracks: Sequence[Track], steps: Sequence[float]) -> dict[str, Any]:
    """A way from one track to another.

    Parameters
    ----------
    tracks : sequence of Track
    steps : sequence of float
        Closeness of each track to the next.

    Returns
    -------
    dict
    """
    documents = [track_document(track) for track in tracks]
    return {"schema": SCHEMA, "tracks": documents, "steps": [round(step, 6) for step in steps]}


def group_document(group: Cluster, typical: Iterable[Track]) -> dict[str, Any]:
    """A group with its typical tracks.

    Parameters
    ----------
    group : Cluster
    typical : iterable of Track
        Best first.

    Returns
    -------
    dict
    """
    return {
        "group": group.id,
        "name": group.name,
        "size": group.size,
        "traits": list(group.traits),
        "typical": [track_document(track) for track in typical],
    }


def mapping_document(ids: IdMap, start: int = 0, count: int | None = None) -> dict[str, Any]:
    """Which tracks of a media server were found in the library.

    Parameters
    ----------
    ids : IdMap
    start : int
        How many of those that were not found to leave out.
    count : int, optional
        How many of them to tell. None: all.

    Returns
    -------
    dict
    """
    counts, unknown = ids.counts, ids.unknown
    told = unknown[start:] if count is None else unknown[start : start + count]
    return {
        "schema": SCHEMA,
        "kind": ids.server.kind,
        "address": ids.server.address,
        "fetched": round(ids.server.fetched, 3),
        "tracks": len(ids.server.tracks),
        "found": {rule: counts[rule] for rule in ("path", "mbid", "isrc", "names")},
        "unknown": len(unknown),
        "unknown_tracks": [
            {"id": one.id, "path": one.path, "artist": one.artist, "title": one.title, "duration": one.duration}
            for one in told
        ],
    }
