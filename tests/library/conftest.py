"""A library without audio, opened."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_encoder import FakeEncoder
from typed_commands import embedded

from musicemb.io.catalogue.catalogue import open_catalogue
from musicemb.library import Library
from musicemb.records import NOISE, Cluster, Guess


@pytest.fixture(scope="session")
def made_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """40 tracks: even ones in one cluster, odd ones in the other; the last 10 without a genre."""
    path = tmp_path_factory.mktemp("made") / "library.sqlite"
    encoder = FakeEncoder()
    with open_catalogue(path) as catalogue, catalogue.transaction():
        catalogue.set_active_encoder(encoder.id, encoder.name)
        tracks = [embedded(number, genres=(("Rock", "Jazz")[number % 2],)[: number < 30]) for number in range(40)]
        ids = [catalogue.put_track(track, encoder.id) for track in tracks]
        labels = {id_: (number % 2, 0.9, number % 2) for number, id_ in enumerate(ids)}
        labels[ids[39]] = (NOISE, 0.0, 1)
        clusters = [Cluster(0, "Rock", 20, (ids[0],)), Cluster(1, "Jazz", 19, (ids[1],))]
        catalogue.put_clusters(encoder.id, clusters, labels)
        catalogue.put_guesses(encoder.id, {ids[30]: Guess("Rock", 0.8, "neighbours")})
    return path


@pytest.fixture
def filled(made_library: Path, own_library: Path) -> Path:
    """The test's own copy of `made_library`."""
    shutil.copyfile(made_library, own_library)
    return own_library


@pytest.fixture
def library(filled: Path) -> Iterator[Library]:
    with Library.open(filled, encoder=FakeEncoder(), read_only=True) as opened:
        yield opened
