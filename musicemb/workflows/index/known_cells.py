"""The cells of a large library's vectors, in which a few new tracks find their neighbours without comparing with all.

To divide a space anew takes as long as all its tracks are many; kept in the index, each new track only asks which cell
is its own. There are two spaces: that of the vectors, and the one that groups are made in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from musicemb.core.clustering.membership import ClusterStatistics, usual_gaps
from musicemb.core.vectors import cells
from musicemb.core.vectors.cells import Cells, divide
from musicemb.core.vectors.hubness import LibraryNeighbourhoods, survey
from musicemb.core.vectors.pca import project
from musicemb.io.index.array_file import column
from musicemb.records import NOISE, Floats, Integers
from musicemb.workflows.index.fingerprint import digest_of
from musicemb.workflows.index.library_index import Extension, open_index
from musicemb.workflows.index.summaries import UNGROUPED

if TYPE_CHECKING:
    from musicemb.io.catalogue.catalogue import Catalogue
    from musicemb.records import Projection
    from musicemb.workflows.index.contents import LibraryIndex

EXTENSION = "cells"
"""Name of what is added to the index."""
_PARTS = 1
"""Raised where other things are kept, so that what an older version kept is not taken for it."""


@dataclass(frozen=True)
class KnownCells:
    """Where the tracks of an index lie."""

    surveyed: LibraryNeighbourhoods
    """The space of the vectors."""
    projected: Floats
    """The vectors in the space that groups are made in, of unit length."""
    ground: ClusterStatistics
    """That space."""
    numbers: Integers
    """Ids of the groups that `ground` knows, in its order."""


def cells_extension(catalogue: Catalogue, projection: Projection | None) -> Extension | None:
    """The arrays for the index of a large library.

    Parameters
    ----------
    catalogue : Catalogue
    projection : Projection or None
        The active encoder's.

    Returns
    -------
    Extension or None
        None where it does, there is no index, or the library is so small that no cells are used.
    """
    index, facts = open_index(catalogue), _facts(projection)
    if index is None or len(index.ids) <= cells.MANY or index.extended_with(EXTENSION) == facts:
        return None
    homes = index.file["clusters"][np.searchsorted(index.text_ids, index.ids)].astype(np.int64)
    numbers = np.unique(homes[(homes != NOISE) & (homes != UNGROUPED)])
    if not len(numbers):
        return None
    labels = np.where(np.isin(homes, numbers), np.searchsorted(numbers, homes), NOISE)
    projected = project(index.vectors, projection)
    surveyed = LibraryNeighbourhoods(divide(index.vectors), survey(index.vectors))
    ground = ClusterStatistics(divide(projected), usual_gaps(projected, labels))
    return _extension(KnownCells(surveyed, projected, ground, numbers), facts)


def grown_cells(
    projection: Projection | None, outgrown: LibraryIndex, stored: tuple[Integers, Floats]
) -> Extension | None:
    """The same for the next index, if tracks were only added since the last one.

    Parameters
    ----------
    projection : Projection or None
        The active encoder's.
    outgrown : LibraryIndex
        Of `library_index.open_outgrown`.
    stored : tuple of ids and vectors
        Of `library_index.stored_vectors`.

    Returns
    -------
    Extension or None
        None where the last one did not hold it.
    """
    known = open_cells(projection, outgrown, stored)
    return None if known is None else _extension(known, _facts(projection))


def open_cells(
    projection: Projection | None, outgrown: LibraryIndex, stored: tuple[Integers, Floats]
) -> KnownCells | None:
    """Where the tracks of an index lie, and those that came since.

    Parameters
    ----------
    projection : Projection or None
        The active encoder's.
    outgrown : LibraryIndex
        Of `library_index.open_outgrown`.
    stored : tuple of ids and vectors
        Of `library_index.stored_vectors`.

    Returns
    -------
    KnownCells or None
        None where that index does not know, or was made with another projection.
    """
    if outgrown.extended_with(EXTENSION) != _facts(projection):
        return None
    part = {name: outgrown.file[f"{EXTENSION}: {name}"] for name in _NAMES}
    came = stored[1][len(outgrown.ids) :]
    points = project(came, projection) if len(came) else came[:, : part["points"].shape[1]]
    surveyed = LibraryNeighbourhoods(Cells(part["centres"], part["homes"]).and_of(came), part["sums"] + survey(came))
    ground = ClusterStatistics(Cells(part["middles"], part["places"]).and_of(points), np.array(part["usual"]))
    return KnownCells(surveyed, np.concatenate([part["points"], points]), ground, np.array(part["numbers"]))


_NAMES = ("centres", "homes", "sums", "points", "middles", "places", "usual", "numbers")


def _facts(projection: Projection | None) -> dict[str, Any]:
    return {"projection": digest_of(projection), "parts": _PARTS}


def _extension(known: KnownCells, facts: dict[str, Any]) -> Extension:
    surveyed, ground = known.surveyed, known.ground
    columns = {
        "centres": column(np.float32, [surveyed.cells.centres]),
        "homes": column(np.int32, [surveyed.cells.homes]),
        "sums": column(np.float64, [surveyed.sums]),
        "points": column(np.float32, [known.projected]),
        "middles": column(np.float32, [ground.cells.centres]),
        "places": column(np.int32, [ground.cells.homes]),
        "usual": column(np.float64, [ground.usual]),
        "numbers": column(np.int64, [known.numbers]),
    }
    return Extension(EXTENSION, facts, {f"{EXTENSION}: {name}": one for name, one in columns.items()})
