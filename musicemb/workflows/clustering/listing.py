"""The groups of a library as they are, without what it takes to make them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from musicemb.workflows.index.summaries import cluster_sizes

if TYPE_CHECKING:
    from musicemb.io.catalogue.catalogue import Catalogue
    from musicemb.records import Cluster


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
