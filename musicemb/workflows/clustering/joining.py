"""Assigns a few new tracks of a large library to the existing groups, without reading all other tracks.

`workflows.clustering.cluster` does the same with every track at hand, compares it with a fresh grouping where that is
quick, and names the groups anew. Of a hundred thousand tracks to read them all takes longer than to place a thousand:
where the last index still holds of all that it knows, they are read from there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from musicemb.core.clustering.membership import join_clusters, join_in_cells
from musicemb.core.vectors.cells import MANY
from musicemb.core.vectors.pca import project
from musicemb.records import NOISE
from musicemb.settings import LONGEST_TRACK
from musicemb.workflows.clustering.cluster import FEW_CHANGES, Grouping
from musicemb.workflows.index.summaries import UNGROUPED

if TYPE_CHECKING:
    from musicemb.io.catalogue.catalogue import Catalogue
    from musicemb.io.catalogue.clusters import Placement
    from musicemb.records import Floats, Integers, Projection
    from musicemb.workflows.index.contents import LibraryIndex
    from musicemb.workflows.index.known_cells import KnownCells


@dataclass(frozen=True)
class _Placed:
    """Tracks and where they are."""

    ids: Integers
    vectors: Floats
    clusters: Integers
    """Cluster id, NOISE, or UNGROUPED where it was never looked at."""
    strengths: Floats


def join_newcomers(
    catalogue: Catalogue,
    encoder_id: str,
    projection: Projection | None,
    *,
    stored: tuple[Integers, Floats] | None = None,
    outgrown: tuple[LibraryIndex, int] | None = None,
    cells: KnownCells | None = None,
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
        Of `Catalogue.vectors`, or as an index has them: not read again.
    outgrown : tuple of index and reach, optional
        Of `library_index.open_outgrown`, with `stored` beginning with its tracks.
    cells : KnownCells, optional
        Of `known_cells.open_cells`, for these tracks: neighbours are looked for in there.

    Returns
    -------
    Grouping or None
        None, and nothing is stored, where all have to be grouped: the library has up to `core.vectors.cells.MANY`
        tracks or no groups yet, too much has changed since they were made, or one has become too small.
    """
    clusters, made = catalogue.clusters(encoder_id), catalogue.clustering(encoder_id)
    if not clusters or catalogue.embedded(MANY + 1) <= MANY:
        return None
    placed = _read_placed(catalogue, encoder_id, stored or catalogue.vectors(encoder_id), outgrown)
    mixes = set() if catalogue.with_mixes else catalogue.longer_than(LONGEST_TRACK)
    mix = np.isin(placed.ids, np.fromiter(mixes, dtype=np.int64, count=len(mixes)))
    left_out = int((placed.clusters[mix] != UNGROUPED).sum())
    numbers = sorted(one.id for one in clusters)
    late, left = catalogue.count_unsettled(encoder_id)
    came = late + int((placed.clusters[~mix] == UNGROUPED).sum())
    if came + left > FEW_CHANGES * np.count_nonzero(~mix):
        return None
    named = np.array([NOISE, *numbers], dtype=np.int64)  # rising: NOISE is below all ids
    known = np.isin(placed.clusters, named) & ~mix
    homes = np.where(known, np.searchsorted(named, placed.clusters) - 1, NOISE)  # core counts clusters from 0
    strengths, newcomers = placed.strengths, np.flatnonzero(~known & ~mix)
    if cells is not None and cells.numbers.tolist() == numbers:
        joined, found, near = join_in_cells(cells.projected, newcomers, known, homes, strengths, cells.ground)
    else:
        projected = project(placed.vectors, projection)
        joined, found, near = join_clusters(projected[newcomers], projected[known], homes[known], strengths[known])
    homes[newcomers] = joined
    sizes = np.bincount(homes[homes >= 0], minlength=len(numbers))
    if (sizes == 0).any() or (sizes < made.smallest).any():
        return None
    labels = {
        int(track): (int(named[home + 1]), float(strength), int(named[nearest + 1]))
        for track, home, strength, nearest in zip(placed.ids[newcomers], joined, found, near, strict=True)
    }
    grown = [replace(one, size=int(sizes[place])) for place, one in enumerate(sorted(clusters, key=lambda it: it.id))]
    grown.sort(key=lambda one: (-one.size, one.id))
    catalogue.join_tracks(encoder_id, labels)
    noise = int((homes[~mix] == NOISE).sum())
    how = "joined" if labels else "unchanged"
    return Grouping(tuple(grown), int(np.count_nonzero(~mix)), noise, how, made, left_out)


def _read_placed(
    catalogue: Catalogue,
    encoder_id: str,
    stored: tuple[Integers, Floats],
    outgrown: tuple[LibraryIndex, int] | None,
) -> _Placed:
    ids, vectors = stored
    if outgrown is None:
        return _Placed(ids, vectors, *_arrange(ids, catalogue.placements(encoder_id)))
    index, reach = outgrown
    at = np.searchsorted(index.text_ids, index.ids)
    came = _arrange(ids[len(index.ids) :], catalogue.placements(encoder_id, after=reach))
    clusters = np.concatenate([index.file["clusters"][at].astype(np.int64), came[0]])
    return _Placed(ids, vectors, clusters, np.concatenate([index.file["strengths"][at], came[1]]))


def _arrange(ids: Integers, placements: dict[int, Placement]) -> tuple[Integers, Floats]:
    """Clusters and strengths in the order of the tracks."""
    found = [placements.get(track) for track in ids.tolist()]
    clusters = np.array([UNGROUPED if one is None else one.cluster for one in found], dtype=np.int64)
    return clusters, np.array([0.0 if one is None else one.strength for one in found], dtype=np.float32)
