"""Cells in the index: those that grew know where the new tracks lie, and the others as before."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from searched_library import ENCODER, put

from musicemb.core.vectors import cells
from musicemb.core.vectors.hubness import survey
from musicemb.core.vectors.pca import project
from musicemb.io.catalogue.catalogue import Catalogue
from musicemb.io.index import places
from musicemb.records import NOISE, Projection
from musicemb.workflows.index import library_index
from musicemb.workflows.index.contents import LibraryIndex
from musicemb.workflows.index.known_cells import EXTENSION, cells_extension, grown_cells, open_cells
from musicemb.workflows.index.library_index import extend_index, grow_index, open_index, open_outgrown, stored_vectors

PROJECTION = Projection(np.full(12, 0.1, np.float32), np.random.default_rng(0).normal(size=(4, 12)).astype(np.float32))


@pytest.fixture
def index(catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> LibraryIndex:
    """Of sixty tracks in two groups, the tenth in none and the twentieth never looked at."""
    monkeypatch.setattr(places, "user_cache_folder", lambda: tmp_path / "cache")
    monkeypatch.setattr(library_index, "FEWEST_INDEXED", 5)
    monkeypatch.setattr(cells, "MANY", 50)
    labels = {track: (NOISE if track == 10 else 3 + 4 * (track % 2), 0.5, 3) for track in range(1, 61) if track != 20}
    catalogue.put_clusters(ENCODER, [], labels)
    assert open_index(catalogue) is not None
    made = cells_extension(catalogue, PROJECTION)
    assert made is not None
    extend_index(catalogue, made)
    catalogue.note_index(catalogue.edition())
    opened = open_index(catalogue)
    assert opened is not None
    return opened


def test_new_tracks_lie_in_the_cells_that_are_there(catalogue: Catalogue, index: LibraryIndex) -> None:
    assert cells_extension(catalogue, PROJECTION) is None  # it has them
    for number in range(60, 65):
        put(catalogue, number)
    outgrown = open_outgrown(catalogue)
    assert outgrown is not None
    stored = stored_vectors(catalogue, *outgrown)
    known = open_cells(PROJECTION, outgrown[0], stored)
    assert known is not None and known.numbers.tolist() == [3, 7] and (known.ground.usual > 0).all()
    np.testing.assert_allclose(known.projected, project(stored[1], PROJECTION), atol=1e-6)
    np.testing.assert_allclose(known.surveyed.sums, survey(stored[1]), atol=1e-9)
    for of_space, rows in ((known.surveyed.cells, stored[1]), (known.ground.cells, known.projected)):
        assert of_space.homes.tolist() == (rows @ of_space.centres.T).argmax(axis=1).tolist()
    grown = grown_cells(PROJECTION, outgrown[0], stored)
    assert grown is not None and grow_index(catalogue, *outgrown, grown)
    again = open_index(catalogue, make=False)
    assert again is not None and len(again.file[f"{EXTENSION}: homes"]) == 65 == len(again.file[f"{EXTENSION}: points"])


def test_with_nothing_new_they_are_as_they_were(catalogue: Catalogue, index: LibraryIndex) -> None:
    known = open_cells(PROJECTION, index, stored_vectors(catalogue, index, 60))
    assert known is not None and len(known.projected) == 60 == len(known.surveyed.cells.homes)


def test_with_another_projection_they_are_not_believed(catalogue: Catalogue, index: LibraryIndex) -> None:
    stored = stored_vectors(catalogue, index, 60)
    assert open_cells(None, index, stored) is None and grown_cells(None, index, stored) is None
    assert cells_extension(catalogue, None) is not None


def test_a_small_library_and_one_without_groups_have_none(
    catalogue: Catalogue, index: LibraryIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalogue.put_clusters(ENCODER, [], {})
    assert cells_extension(catalogue, PROJECTION) is None
    catalogue.put_clusters(ENCODER, [], dict.fromkeys(range(1, 61), (1, 0.5, 1)))
    assert cells_extension(catalogue, PROJECTION) is not None
    monkeypatch.setattr(cells, "MANY", 60)
    assert cells_extension(catalogue, PROJECTION) is None
