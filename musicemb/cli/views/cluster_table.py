"""Rows of clusters, as ``scan`` and ``clusters`` show them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from musicemb.cli.output import Column

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from musicemb.records import Cluster, Track


def typical_tracks(cluster: Cluster, tracks: Mapping[int, Track]) -> list[Track]:
    """The most typical tracks of a cluster.

    Parameters
    ----------
    cluster : Cluster
    tracks : mapping
        Track id -> Track.

    Returns
    -------
    list of Track
        Best first.
    """
    return [tracks[id_] for id_ in cluster.typical if id_ in tracks]


def cluster_rows(clusters: Sequence[Cluster], tracks: Mapping[int, Track]) -> tuple[list[Column], list[list[str]]]:
    """The table of all clusters, largest first.

    Parameters
    ----------
    clusters : sequence of Cluster
    tracks : mapping
        Track id -> Track.

    Returns
    -------
    columns : list of Column
    rows : list of lists of str
    """
    columns = [
        Column("id", right=True, style="cyan", at_least=2),
        Column("tracks", right=True, at_least=6),
        Column("name", at_least=16),
        Column("typical tracks", style="dim", at_least=30),
    ]
    rows = [
        [
            str(cluster.id),
            str(cluster.size),
            cluster.name,
            " · ".join(track.name for track in typical_tracks(cluster, tracks)),
        ]
        for cluster in sorted(clusters, key=lambda cluster: (-cluster.size, cluster.id))
    ]
    return columns, rows


def nearest_group(track: Track, names: Mapping[int, str]) -> str:
    """The cluster that a track is nearest to.

    Parameters
    ----------
    track : Track
    names : mapping of cluster id to str

    Returns
    -------
    str
        Its id and name; "" where there is none.
    """
    name = "" if track.nearest is None else names.get(track.nearest, "")
    return f"{track.nearest} {name}" if name else ""
