"""What queries and updates share: the catalogue, the encoder, the vectors."""

from __future__ import annotations

from pathlib import Path

import pytest
from fake_encoder import FakeEncoder
from typed_commands import embedded

from musicemb.errors import CatalogueError
from musicemb.io.catalogue.catalogue import open_catalogue
from musicemb.library import Library
from musicemb.workflows.similarity import library_vectors


def test_vectors_are_read_once_until_the_catalogue_changes(
    library: Library, filled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = []
    opened = library_vectors.open_space
    monkeypatch.setattr(library_vectors, "open_space", lambda catalogue: read.append(1) or opened(catalogue))
    before = library.similar("Even Song 0")
    assert library.similar("Even Song 0") == before
    library.playlist(["Even Song 0"])
    assert len(read) == 1
    with open_catalogue(filled) as catalogue:  # as another program would
        new = catalogue.put_track(embedded(40), "fake00000000")
    assert new in [match.track.id for match in library.similar("Even Song 0", n=40)]
    assert len(read) == 2


def test_a_library_that_is_written_to_sees_its_own_changes(filled: Path) -> None:
    with Library.open(filled, encoder=FakeEncoder()) as library:
        assert len(library.similar("Even Song 0", n=50)) == 39
        library.catalogue.put_track(embedded(40), "fake00000000")
        assert len(library.similar("Even Song 0", n=50)) == 40


def test_a_closed_library_is_closed(filled: Path) -> None:
    library = Library.open(filled, read_only=True)
    library.close()
    library.close()
    with pytest.raises(CatalogueError):
        library.status()
