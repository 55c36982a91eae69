"""The end of a scan leaves an index with all that questions ask of it, in one write."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from searched_library import ENCODER, LISTENING, put

from musicemb.io.catalogue.catalogue import Catalogue, open_catalogue
from musicemb.io.index import places
from musicemb.workflows.genres import nearby
from musicemb.workflows.index import genre_shares, library_index
from musicemb.workflows.index.library_index import open_index
from musicemb.workflows.library.indexing import prepare_queries
from musicemb.workflows.similarity import sound_values


@pytest.fixture
def catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Catalogue]:
    monkeypatch.setattr(places, "user_cache_folder", lambda: tmp_path / "cache")
    monkeypatch.setattr(library_index, "FEWEST_INDEXED", 5)
    with open_catalogue(tmp_path / "library.sqlite") as made:
        made.set_active_encoder(ENCODER, "fake")
        for number in range(40):
            put(made, number, genres=(("Rock", "Jazz")[number % 2],))
        yield made


def test_the_index_and_what_it_keeps_are_made_once(catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    written = []
    put_index = library_index._put
    monkeypatch.setattr(library_index, "_put", lambda *all_of_it: written.append(1) or put_index(*all_of_it))
    stages = [stage.text for stage in prepare_queries(catalogue, LISTENING)]
    assert stages == ["preparing quick answers"] and len(written) == 2  # itself, and all that is added
    index = open_index(catalogue)
    assert index is not None
    for module in (nearby, genre_shares, sound_values):
        assert index.extended_with(module.EXTENSION)
    assert list(prepare_queries(catalogue, LISTENING)) == [] and len(written) == 2


def test_a_small_library_gets_none(catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library_index, "FEWEST_INDEXED", 1000)
    assert list(prepare_queries(catalogue, LISTENING)) == []
    assert not list(catalogue.path.parent.glob("*.index"))
