"""A library's vectors with neighbourhood statistics, and similarities to seeds."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from musicemb.core.vectors.hubness import (
    FEWEST,
    LibraryNeighbourhoods,
    NeighbourhoodStats,
    find_neighbourhood_stats,
    scaled_similarity,
)
from musicemb.core.vectors.neighbours import unit_rows
from musicemb.errors import CatalogueError
from musicemb.records import Floats, Floats64, Integers
from musicemb.settings import SimilarSettings
from musicemb.workflows.index.library_index import open_index
from musicemb.workflows.index.neighbourhoods import read_neighbourhood_stats

if TYPE_CHECKING:
    from musicemb.io.catalogue.catalogue import Catalogue


@dataclass(frozen=True)
class Space:
    """All tracks of a library that are not gone."""

    encoder_id: str
    ids: Integers
    vectors: Floats
    """Unit rows."""
    stats: NeighbourhoodStats
    settings: SimilarSettings

    def row_of(self, track_id: int) -> int | None:
        """Row of a track, or None.

        Parameters
        ----------
        track_id : int

        Returns
        -------
        int or None
        """
        found = np.flatnonzero(self.ids == track_id)
        return int(found[0]) if len(found) else None

    def compare(self, seeds: Sequence[Floats], own: Sequence[int | None]) -> tuple[Floats64, Floats64]:
        """How near every track is to each seed.

        Parameters
        ----------
        seeds : sequence of ndarray [shape=(d,)]
        own : sequence of int or None
            Row that a seed is itself; its neighbourhood statistics are then known already.

        Returns
        -------
        cosines, close : ndarray [shape=(n_seeds, n)], float64
            `close` is by `core.vectors.hubness`, or the cosine in a library too small for that.
        """
        asked, _ = unit_rows(np.stack(list(seeds)))
        if asked.shape[1] != self.vectors.shape[1]:
            raise CatalogueError("vectors of two encoders cannot be compared: scan again")
        cosines: Floats64 = (asked @ self.vectors.T).astype(np.float64)
        np.clip(np.round(cosines, 6, out=cosines), -1.0, 1.0, out=cosines)
        if len(self.ids) < FEWEST or self.settings.reduction == "none":
            return cosines, cosines
        known = [row for row in own if row is not None]
        strange = [at for at, row in enumerate(own) if row is None]
        fields = {name: np.zeros(len(asked)) for name in ("mean", "spread", "near", "kth")}
        mine, fresh = self.stats.rows(known), find_neighbourhood_stats(asked[strange], self.vectors)
        for name, values in fields.items():
            values[[at for at, row in enumerate(own) if row is not None]] = getattr(mine, name)
            values[strange] = getattr(fresh, name)
        return cosines, scaled_similarity(cosines, NeighbourhoodStats(**fields), self.stats, self.settings.reduction)

    def distances(self, rows: Sequence[int]) -> Floats64:
        """How far some tracks are from each other.

        Parameters
        ----------
        rows : sequence of int

        Returns
        -------
        ndarray [shape=(n, n)], float64
            Symmetric, 0 to 1, near to what `compare` calls near.
        """
        some = self.vectors[rows]
        cosines = (some @ some.T).astype(np.float64)
        np.clip(cosines, -1, 1, out=cosines)
        stats = self.stats.rows(rows)
        many = len(self.ids) >= FEWEST
        near = scaled_similarity(cosines, stats, stats, self.settings.reduction if many else "none")
        found: Floats64 = near + near.T
        found /= 2
        np.round(np.subtract(1, found, out=found), 9, out=found)
        np.fill_diagonal(found, 0)
        return found


def open_space(catalogue: Catalogue, settings: SimilarSettings | None = None) -> Space:
    """The library as a space.

    Parameters
    ----------
    catalogue : Catalogue
        May be read-only.
    settings : SimilarSettings, optional

    Returns
    -------
    Space

    Raises
    ------
    CatalogueError
        Where the library holds no tracks.
    """
    index = open_index(catalogue)
    if index is not None:
        return Space(index.encoder_id, index.ids, index.vectors, index.stats, settings or SimilarSettings())
    active = catalogue.active_encoder
    ids, vectors = catalogue.vectors(active or "")
    if active is None or not len(ids):
        raise CatalogueError(f"the library {catalogue.path} holds no tracks yet: run musicemb scan FOLDER")
    rows, _ = unit_rows(vectors)
    stats = read_neighbourhood_stats(catalogue, active, ids, rows)
    return Space(active, ids, rows, stats, settings or SimilarSettings())


def store_neighbourhood_stats(
    catalogue: Catalogue,
    encoder_id: str,
    *,
    altered: Collection[int] | None = None,
    stored: tuple[Integers, Floats] | None = None,
    surveyed: LibraryNeighbourhoods | None = None,
) -> None:
    """Compute the neighbourhood statistics of each track and store them, so that a query need not.

    All tracks with all others take a while in a large library (20 000 tracks: seconds, 100 000: minutes), so a
    few new ones are compared with all, and what is stored of the others stays until all are grouped again.

    Parameters
    ----------
    catalogue : Catalogue
    encoder_id : str
        Known to the catalogue.
    altered : collection of int, optional
        Integers of tracks that came or changed: with those of which nothing is stored they are the only ones looked
        at. None looks at all.
    stored : tuple of ids and vectors, optional
        Of `Catalogue.vectors`: not read again.
    surveyed : LibraryNeighbourhoods, optional
        Of these vectors, which are unit rows then.
    """
    ids, vectors = stored or catalogue.vectors(encoder_id)
    if not len(ids):
        return
    rows = unit_rows(vectors)[0] if surveyed is None else vectors
    stale = ids if altered is None else np.array(sorted(altered), dtype=np.int64)
    stats = read_neighbourhood_stats(catalogue, encoder_id, ids, rows, stale=stale, surveyed=surveyed)
    numbers = np.column_stack([stats.mean, stats.spread, stats.near, stats.kth])
    catalogue.put_neighbourhood_stats(encoder_id, ids, numbers)
