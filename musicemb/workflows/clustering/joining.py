"""Few new tracks of a large library join the groups that are there, without a look at all the others' names.

`workflows.clustering.cluster` does the same with every track at hand, compares it with a fresh grouping where that is
quick, and names the groups anew. Of a hundred thousand tracks to read them all takes longer than to place a thousand.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from musicemb.core.clustering.membership import join_clusters
from musicemb.core.vectors.cells import MANY
from musicemb.core.vectors.pca import project
from musicemb.records import NOISE
from musicemb.settings import LONGEST_TRACK
from musicemb.workflows.clustering.cluster import FEW_CHANGES, Grouping

if TYPE_CHECKING:
    from musicemb.io.catalogue.catalogue import Catalogue
    from musicemb.records import Floats, Integers, Projection


def join_newcomers(
    catalogue: Catalogue,
    encoder_id: str,
    projection: Projection | None,
    *,
    stored: tuple[Integers, Floats] | None = None,
) -> Grouping | None:
    """Place new tracks in the groups that are there, and store that; groups keep names and typical tracks.

    Parameters
    ----------
    catalogue : Catalogue
        Open for writing.
    encoder_id : str
    projection : Projection or None
        The encoder's.
    stored : tuple of ids and vectors, optional
        Of `Catalogue.vectors`: not read again.

    Returns
    -------
    Grouping or None
        None, and nothing is stored, where all have to be grouped: the library has up to `core.vectors.cells.MANY`
        tracks or no groups yet, too much has changed since they were made, or one has become too small.
    """
    clusters, made = catalogue.clusters(encoder_id), catalogue.clustering(encoder_id)
    if not clusters or catalogue.embedded(MANY + 1) <= MANY:
        return None
    before = catalogue.placements(encoder_id)
    ids, vectors = stored or catalogue.vectors(encoder_id)
    mixes = set() if catalogue.with_mixes else catalogue.longer_than(LONGEST_TRACK)
    if mixes:
        rows = np.array([row for row, track in enumerate(ids.tolist()) if track not in mixes], dtype=np.int64)
        ids, vectors = ids[rows], vectors[rows]
    numbers = sorted(one.id for one in clusters)
    places = {cluster: place for place, cluster in enumerate(numbers)} | {NOISE: NOISE}
    at = [before.get(track) for track in ids.tolist()]
    came = sum(one is None or not one.grouped for one in at)
    left = sum(one.grouped and one.gone for one in before.values())
    if came + left > FEW_CHANGES * len(ids):
        return None
    known = np.array([one is not None and one.cluster in places for one in at], dtype=bool)
    homes = np.array([NOISE if one is None else places.get(one.cluster, NOISE) for one in at], dtype=np.int64)
    strengths = np.array([0.0 if one is None else one.strength for one in at], dtype=np.float32)
    projected = project(vectors, projection)
    joined, found, near = join_clusters(projected[~known], projected[known], homes[known], strengths[known])
    homes[~known] = joined
    sizes = np.bincount(homes[homes >= 0], minlength=len(numbers))
    if (sizes == 0).any() or (sizes < made.smallest).any():
        return None
    named = np.array([*numbers, NOISE], dtype=np.int64)
    labels = {
        int(track): (int(named[home]), float(strength), int(named[nearest]))
        for track, home, strength, nearest in zip(ids[~known], joined, found, near, strict=True)
    }
    grown = [replace(one, size=int(sizes[places[one.id]])) for one in clusters]
    grown.sort(key=lambda one: (-one.size, one.id))
    catalogue.join_tracks(encoder_id, labels)
    noise = int((homes == NOISE).sum())
    how = "joined" if labels else "unchanged"
    return Grouping(tuple(grown), len(ids), noise, how, made, len(mixes & set(before)))
