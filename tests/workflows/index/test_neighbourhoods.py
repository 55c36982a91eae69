"""What is usual around the tracks is what is stored, and found where nothing is."""

from __future__ import annotations

import numpy as np
from searched_library import ENCODER, put

from musicemb.core.vectors.neighbours import unit_rows
from musicemb.io.catalogue.catalogue import Catalogue
from musicemb.workflows.index.neighbourhoods import read_neighbourhood_stats, usual_distances
from musicemb.workflows.similarity.library_vectors import store_neighbourhood_stats


def test_stored_or_found(catalogue: Catalogue) -> None:
    ids, vectors = catalogue.vectors(ENCODER)
    rows, _ = unit_rows(vectors)
    found, numbers = usual_distances(catalogue, ENCODER)
    np.testing.assert_array_equal(found, ids)
    stats = read_neighbourhood_stats(catalogue, ENCODER, ids, rows)
    np.testing.assert_array_equal(numbers, [stats.mean, stats.spread, stats.near, stats.kth])
    store_neighbourhood_stats(catalogue, ENCODER)
    np.testing.assert_array_equal(usual_distances(catalogue, ENCODER)[1], numbers)
    fresh = put(catalogue, 99)
    found, later = usual_distances(catalogue, ENCODER)
    assert found[-1] == fresh
    np.testing.assert_array_equal(later[:, :-1], numbers)
    assert later[3, -1] > 0
