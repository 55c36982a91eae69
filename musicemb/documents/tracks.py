"""Tracks, matches and clusters in JSON, and how the commands' help describes them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from musicemb.records import Cluster, Match, Track

TRACK_HELP = """\
  TRACK    {"id", "path", "artist", "title", "album", "duration": seconds,
           "genres": [in the file], "imported": [genres that musicemb import read],
           "guess": null or {"genre": separated by "; ", "confidence", "witness"},
           "cluster": null or id (-1: in no cluster), "strength": 0..1,
           "nearest": null or id of the nearest cluster (of a track in no cluster, "strength"
           says how close it comes to that one),
           "mix": whether it is longer than 20 minutes}"""

CLUSTER_HELP = """\
  CLUSTER  {"cluster": id, "name", "given": whether you named it, "size", "typical": [TRACK],
           "traits": ["dark: 900 Hz, elsewhere 1,500", ...]: what distinguishes it,
           "parent": null or the name of the family of clusters that it is in}"""


def track_document(track: Track) -> dict[str, Any]:
    """A track.

    Parameters
    ----------
    track : Track

    Returns
    -------
    dict
    """
    guess = track.guess
    return {
        "id": track.id,
        "path": str(track.path),
        "artist": track.tags.artist,
        "title": track.tags.title,
        "album": track.tags.album,
        "duration": round(track.duration, 3),
        "genres": list(track.tags.genres),
        "imported": list(track.tags.imported),
        "guess": guess
        and {
            "genre": "; ".join(guess.genres),
            "confidence": round(guess.confidence, 4),
            "witness": guess.predictor,
        },
        "cluster": track.cluster,
        "strength": round(track.strength, 4),
        "nearest": track.nearest,
        "mix": track.is_mix,
    }


def match_document(match: Match, *, where: bool = False) -> dict[str, Any]:
    """A track with how like the seed it is.

    Parameters
    ----------
    match : Match
    where : bool
        Whether it was asked which stretches are alike.

    Returns
    -------
    dict
    """
    document = {
        "similarity": round(match.similarity, 6),
        "closeness": round(match.scaled_similarity, 6),
        **track_document(match.track),
        "versions": [track_document(track) for track in match.versions],
    }
    if where:
        document["where"] = match.spans and [
            {
                "here": [round(second, 3) for second in span.here],
                "there": [round(second, 3) for second in span.there],
                "similarity": round(span.similarity, 6),
            }
            for span in match.spans
        ]
    return document


def cluster_document(cluster: Cluster, typical: Iterable[Track]) -> dict[str, Any]:
    """A cluster with its typical tracks.

    Parameters
    ----------
    cluster : Cluster
    typical : iterable of Track
        Best first.

    Returns
    -------
    dict
    """
    return {
        "cluster": cluster.id,
        "name": cluster.name,
        "given": cluster.given,
        "size": cluster.size,
        "typical": [track_document(track) for track in typical],
        "traits": list(cluster.traits),
        "parent": cluster.parent or None,
    }


def families_document(clusters: Sequence[Cluster]) -> list[dict[str, Any]]:
    """The families of clusters.

    Parameters
    ----------
    clusters : sequence of Cluster
        All that there are.

    Returns
    -------
    list of dict
        The largest first.
    """
    found: dict[str, list[Cluster]] = {}
    for cluster in clusters:
        if cluster.parent:
            found.setdefault(cluster.parent, []).append(cluster)
    families = [
        {"name": name, "size": sum(one.size for one in members), "clusters": [one.id for one in members]}
        for name, members in found.items()
    ]
    return sorted(families, key=lambda family: (-family["size"], family["name"]))
