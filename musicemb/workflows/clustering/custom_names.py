"""Names that the listener gave to groups: they are kept with another encoder, and while a group's files are missing."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from musicemb.core.clustering.matching import match_clusters
from musicemb.records import NOISE

if TYPE_CHECKING:
    from musicemb.io.catalogue.catalogue import Catalogue


def transfer_names(catalogue: Catalogue, old: str, new: str) -> list[str]:
    """Give the groups of one encoder the names that the listener gave to those of another.

    A name goes to the group that shares the most tracks with the one that had it, at least half of either
    (`core.clustering.matching.match_clusters`); a group that the listener has named already keeps its name.

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
    members: dict[int, list[int]] = {}
    for track_id, (cluster, _, _) in catalogue.memberships(old).items():
        members.setdefault(cluster, []).append(track_id)
    before = {track.id: track.cluster for track in catalogue.tracks(encoder_id=old)}
    after = {track.id: track.cluster for track in catalogue.tracks(encoder_id=new)}
    labels = [
        np.array([NOISE if side.get(id_) is None else side[id_] for id_ in after], dtype=np.int64)
        for side in (before, after)
    ]
    taken = catalogue.given_names(new)
    there = set(labels[0].tolist())
    for cluster in set(named) - there:  # away just now
        catalogue.keep_name(named[cluster], members.get(cluster, ()))
    left = {cluster: name for cluster, name in named.items() if cluster in there}
    for cluster, origin in match_clusters(*labels).items():
        if origin in left:
            name = left.pop(origin)
            if cluster not in taken:
                catalogue.give_name(new, cluster, name)
    for cluster, name in left.items():
        catalogue.keep_name(name, members.get(cluster, ()))
    return list(left.values())


def restore_names(catalogue: Catalogue, encoder_id: str) -> None:
    """Give names that wait for their group to the group that most of its tracks are in now.

    Parameters
    ----------
    catalogue : Catalogue
        Open for writing.
    encoder_id : str
    """
    waiting = catalogue.kept_names()
    if not waiting:
        return
    labels = {
        track_id: cluster for track_id, (cluster, _, gone) in catalogue.memberships(encoder_id).items() if not gone
    }
    taken = catalogue.given_names(encoder_id)
    for name, tracks in waiting.items():
        homes = Counter(labels[track_id] for track_id in tracks if labels.get(track_id, NOISE) != NOISE)
        if not homes:
            continue
        home, shared = homes.most_common(1)[0]
        size = sum(cluster == home for cluster in labels.values())
        if home not in taken and 2 * shared >= min(len(tracks), size):
            catalogue.give_name(encoder_id, home, name)
            taken[home] = name
            catalogue.keep_name(name, ())
