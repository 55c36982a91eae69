"""Where tracks stand on the map comes back from the catalogue, and goes with what it rests on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from made_tracks import embedded

from musicemb.errors import CatalogueError
from musicemb.io.catalogue.catalogue import Catalogue, open_catalogue


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    with open_catalogue(tmp_path / "library.sqlite") as opened:
        opened.set_active_encoder("first")
        for number in range(4):
            opened.put_track(embedded(f"/m/{number}.mp3", seed=number), "first")
        yield opened


def ids(catalogue: Catalogue) -> np.ndarray:
    return catalogue.vectors("first")[0]


def test_positions_come_back_as_they_were_put(catalogue: Catalogue) -> None:
    assert [len(part) for part in catalogue.layout("first")] == [0, 0, 0]
    assert catalogue.layout("first")[1].shape == (0, 2)
    rows, places = ids(catalogue), np.array([[0.1, -2.0], [1e9, 3.0], [0.0, 0.0]])
    catalogue.put_layout("first", rows[:3][::-1], places[::-1], laid=True)
    found, positions, laid = catalogue.layout("first")
    assert np.array_equal(found, rows[:3])
    assert np.array_equal(positions, places)
    assert laid.all()
    catalogue.put_layout("first", rows[3:], np.array([[5.0, 6.0]]), laid=False)
    assert catalogue.layout("first")[2].tolist() == [True, True, True, False]
    assert np.array_equal(catalogue.layout("first")[1][:3], places)


def test_a_new_layout_takes_the_place_of_the_old(catalogue: Catalogue) -> None:
    catalogue.put_layout("first", ids(catalogue), np.zeros((4, 2)), laid=True)
    catalogue.put_layout("first", ids(catalogue)[:2], np.ones((2, 2)), laid=True)
    assert len(catalogue.layout("first")[0]) == 2


def test_a_layout_goes_with_the_sound_and_with_the_encoder(catalogue: Catalogue) -> None:
    catalogue.put_layout("first", ids(catalogue), np.zeros((4, 2)), laid=True)
    catalogue.put_track(embedded("/m/0.mp3", seed=0), "first")  # the same sound again
    assert len(catalogue.layout("first")[0]) == 4
    catalogue.put_track(embedded("/m/0.mp3", seed=77), "first")  # another sound in the same file
    assert len(catalogue.layout("first")[0]) == 3
    assert not len(catalogue.layout("second")[0])
    catalogue.delete_vectors("first")
    assert not len(catalogue.layout("first")[0])


def test_an_unknown_track_is_refused_and_nothing_is_lost(catalogue: Catalogue) -> None:
    catalogue.put_layout("first", ids(catalogue), np.zeros((4, 2)), laid=True)
    with pytest.raises(CatalogueError):
        catalogue.put_layout("first", np.array([999]), np.zeros((1, 2)), laid=True)
    assert len(catalogue.layout("first")[0]) == 4
