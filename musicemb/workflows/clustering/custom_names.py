"""Names that the listener gave to groups move along when the library moves to another encoder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from musicemb.core.clustering.incremental import match_clusters
from musicemb.records import NOISE

if TYPE_CHECKING:
    from musicemb.io.catalogue.catalogue import Catalogue


def transfer_names(catalogue: Catalogue, old: str, new: str) -> list[str]:
    """Give the groups of one encoder the names that the listener gave to those of another.

    A name goes to the group that shares the most tracks with the one that had it, at least half of either
    (`core.clustering.incremental.match_clusters`); a group that the listener has named already keeps its name.

    Parameters
    ----------
    catalogue : Catalogue
        Open for writing, with both groupings in it.
    old, new : str
        Encoder ids.

    Returns
    -------
    list of str
        Names that fit no group.
    """
    named = catalogue.given_names(old)
    if not named:
        return []
    before = {track.id: track.cluster for track in catalogue.tracks(encoder_id=old)}
    after = {track.id: track.cluster for track in catalogue.tracks(encoder_id=new)}
    labels = [
        np.array([NOISE if side.get(id_) is None else side[id_] for id_ in after], dtype=np.int64)
        for side in (before, after)
    ]
    taken = catalogue.given_names(new)
    there = set(labels[0].tolist())
    left = {cluster: name for cluster, name in named.items() if cluster in there}
    for cluster, origin in match_clusters(*labels).items():
        if origin in left:
            name = left.pop(origin)
            if cluster not in taken:
                catalogue.give_name(new, cluster, name)
    return list(left.values())
