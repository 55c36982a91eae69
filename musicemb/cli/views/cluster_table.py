"""Rows of clusters, as ``scan`` and ``clusters`` show them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from musicemb.cli.views.table import Column
from musicemb.cli.views.values import sum_up_values

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from musicemb.records import Cluster, SoundValues, Track


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


def cluster_rows(
    clusters: Sequence[Cluster],
    tracks: Mapping[int, Track],
    values: Mapping[int, SoundValues] | None = None,
    *,
    tree: bool = False,
) -> tuple[list[Column], list[list[str]]]:
    """The table of all clusters, largest first.

    Parameters
    ----------
    clusters : sequence of Cluster
    tracks : mapping
        Track id -> Track.
    values : mapping of cluster id to SoundValues, optional
        What most tracks of each sound like: a column of its own where there is any.
    tree : bool
        Families get a row of their own, without an id, with their clusters indented below it.

    Returns
    -------
    columns : list of Column
    rows : list of lists of str
    """
    columns = [
        Column("id", right=True, style="cyan", at_least=2),
        Column("tracks", right=True, at_least=6),
        Column("name", at_least=16),
        *([Column("most sound like", at_least=16)] if values else []),
        Column("typical tracks", style="dim", at_least=30),
    ]
    sizes: Counter[str] = Counter()
    for cluster in clusters:
        sizes[cluster.parent] += cluster.size

    def place(cluster: Cluster) -> tuple[object, ...]:
        own = (-cluster.size, cluster.id)
        return (-sizes[cluster.parent], cluster.parent, *own) if tree and cluster.parent else (own[0], "", *own)

    rows: list[list[str]] = []
    family = ""
    for cluster in sorted(clusters, key=place):
        inside = tree and bool(cluster.parent)
        if inside and cluster.parent != family:
            rows.append(["", str(sizes[cluster.parent]), cluster.parent, *([""] if values else []), ""])
        family = cluster.parent
        typical = " · ".join(dict.fromkeys(track.name for track in typical_tracks(cluster, tracks)))
        heard = [sum_up_values(values.get(cluster.id))] if values else []
        name = f"  {cluster.name}" if inside else cluster.name
        rows.append([str(cluster.id), str(cluster.size), name, *heard, typical])
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
