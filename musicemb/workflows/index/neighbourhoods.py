"""Neighbourhood statistics of a library's tracks: read if stored, else computed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from musicemb.core.vectors.hubness import FEWEST, LibraryNeighbourhoods, NeighbourhoodStats, find_neighbourhood_stats
from musicemb.core.vectors.neighbours import unit_rows
from musicemb.records import Floats, Floats64, Integers

if TYPE_CHECKING:
    from musicemb.io.catalogue.catalogue import Catalogue


def usual_distances(catalogue: Catalogue, encoder_id: str) -> tuple[Integers, Floats64]:
    """The tracks that `Space` has, and their neighbourhood statistics; vectors are read only where some are unknown.

    Parameters
    ----------
    catalogue : Catalogue
    encoder_id : str

    Returns
    -------
    ids : ndarray [shape=(n,)], int64
    numbers : ndarray [shape=(4, n)], float64
        The fields of `NeighbourhoodStats`.
    """
    ids = np.array(catalogue.embedded_ids(encoder_id), dtype=np.int64)
    rows = np.zeros((len(ids), 0), dtype=np.float32)
    if len(ids) >= FEWEST and not np.isin(ids, catalogue.neighbourhood_stats(encoder_id)[0]).all():
        rows, _ = unit_rows(catalogue.vectors(encoder_id)[1])
    stats = read_neighbourhood_stats(catalogue, encoder_id, ids, rows)
    return ids, np.stack([stats.mean, stats.spread, stats.near, stats.kth])


def read_neighbourhood_stats(
    catalogue: Catalogue,
    encoder_id: str,
    ids: Integers,
    vectors: Floats,
    *,
    stale: Integers | None = None,
    surveyed: LibraryNeighbourhoods | None = None,
) -> NeighbourhoodStats:
    """Read the stored statistics; missing or stale ones are computed now, among all tracks.

    Parameters
    ----------
    catalogue : Catalogue
    encoder_id : str
    ids : ndarray [shape=(n,)], int64
    vectors : ndarray [shape=(n, d)], float32
        Unit rows.
    stale : ndarray of int64, optional
        Ids of tracks of which nothing stored is believed.
    surveyed : LibraryNeighbourhoods, optional
        Of these vectors.

    Returns
    -------
    NeighbourhoodStats
        Of all n tracks.
    """
    known, numbers = catalogue.neighbourhood_stats(encoder_id)
    if stale is not None:
        kept = ~np.isin(known, stale)
        known, numbers = known[kept], numbers[kept]
    found = np.zeros((len(ids), 4))
    there = np.isin(ids, known)
    if there.any():
        order = np.argsort(known)
        found[there] = numbers[order[np.searchsorted(known, ids[there], sorter=order)]]
    fresh = np.flatnonzero(~there)
    if len(fresh) and (stale is not None or len(ids) >= FEWEST):
        asked = vectors if len(fresh) == len(vectors) else vectors[fresh]  # a copy of all is as large as they are
        stats = find_neighbourhood_stats(asked, vectors, own=fresh, surveyed=surveyed)
        found[fresh] = np.column_stack([stats.mean, stats.spread, stats.near, stats.kth])
    return NeighbourhoodStats(*found.T.copy())
