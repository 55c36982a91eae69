"""What is stored of a library's neighbourhoods answers as what is found on the spot."""

from __future__ import annotations

import numpy as np
import pytest
from searched_library import ENCODER, at, put

from musicemb.io.catalogue.catalogue import Catalogue
from musicemb.workflows.similarity.library_vectors import open_space, store_neighbourhood_stats
from musicemb.workflows.similarity.similar import find_similar


def test_what_is_stored_answers_as_what_is_found_on_the_spot(catalogue: Catalogue) -> None:
    before = find_similar(catalogue, at(catalogue, 0), n=20)
    store_neighbourhood_stats(catalogue, ENCODER)
    assert find_similar(catalogue, at(catalogue, 0), n=20) == before
    fresh = put(catalogue, 99)
    space = open_space(catalogue)
    store_neighbourhood_stats(catalogue, ENCODER)
    again = open_space(catalogue)
    row = space.row_of(fresh)
    assert row is not None
    assert space.stats.near[row] == again.stats.near[row]
    assert (space.stats.near[:row] != again.stats.near[:row]).any()  # the others have a neighbour more
    moved = put(catalogue, 98)
    store_neighbourhood_stats(catalogue, ENCODER, altered=[moved])
    third = open_space(catalogue)
    np.testing.assert_array_equal(third.stats.near[: row + 1], again.stats.near)
    store_neighbourhood_stats(catalogue, ENCODER)
    assert open_space(catalogue).stats.near[-1] == pytest.approx(third.stats.near[-1], abs=1e-6)
    assert catalogue.delete_vectors(ENCODER) == 62
    assert len(catalogue.neighbourhood_stats(ENCODER)[0]) == 0


def test_distances_are_symmetric_and_nothing_to_oneself(catalogue: Catalogue) -> None:
    found = open_space(catalogue).distances([3, 0, 7])
    assert found.shape == (3, 3)
    assert (found == found.T).all()
    assert not found.diagonal().any()
    assert ((found >= 0) & (found <= 1)).all()
