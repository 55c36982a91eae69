"""Lists the stored groups of a library, with notes on them; nothing is computed again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from musicemb.settings import LONGEST_TRACK
from musicemb.workflows.index.summaries import cluster_sizes

if TYPE_CHECKING:
    from musicemb.io.catalogue.catalogue import Catalogue
    from musicemb.records import Cluster, Clustering


def list_clusters(catalogue: Catalogue, encoder_id: str | None = None) -> list[Cluster]:
    """The clusters of a library as they are now.

    Parameters
    ----------
    catalogue : Catalogue
        May be read-only.
    encoder_id : str, optional
        Default: the active encoder.

    Returns
    -------
    list of Cluster
        The largest first; gone tracks are not counted.
    """
    encoder = encoder_id or catalogue.active_encoder
    if encoder is None:
        return []
    sizes = cluster_sizes(catalogue, encoder)
    found = [replace(cluster, size=sizes.get(cluster.id, 0)) for cluster in catalogue.clusters(encoder)]
    return sorted((cluster for cluster in found if cluster.size), key=lambda cluster: (-cluster.size, cluster.id))


def clustering_notes(clustering: Clustering, mixes: int = 0, *, details: bool = False) -> list[str]:
    """Notes for the listener on how the groups were made.

    Parameters
    ----------
    clustering : Clustering
    mixes : int
        Tracks left out because they are mixes.
    details : bool
        Name the setting that was chosen, and why.

    Returns
    -------
    list of str
        A sentence each.
    """
    notes = []
    if details and clustering.instead and clustering.setting:
        notes.append(
            f"HDBSCAN's default setting does not suit this library ({clustering.instead}); "
            f"the groups were made with another one: {clustering.setting}"
        )
    if clustering.fault:
        notes.append(f"the groups are of limited use: {clustering.fault}")
    if mixes:
        tracks = "1 track plays" if mixes == 1 else f"{mixes:,} tracks play"
        notes.append(
            f"{tracks} over {LONGEST_TRACK / 60:.0f} minutes: as mixes, not grouped and not used for guesses "
            "(scan --mixes includes them)"
        )
    return notes
