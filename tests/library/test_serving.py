"""A library that is kept open."""

from __future__ import annotations

from pathlib import Path

import pytest
from fake_encoder import FakeEncoder
from typed_commands import embedded

from musicemb.errors import CatalogueError
from musicemb.io.catalogue.catalogue import open_catalogue
from musicemb.library import Library, LoadedLibrary


def test_it_is_loaded_as_it_is(library: Library) -> None:
    loaded = library.load()
    assert isinstance(loaded, LoadedLibrary)
    assert loaded.tracks() == library.catalogue.tracks()
    assert [group.name for group in loaded.groups] == ["Rock", "Jazz"]


def test_a_change_gives_another_revision(library: Library, filled: Path) -> None:
    before = library.revision()
    assert library.revision() == before
    with open_catalogue(filled) as catalogue:
        catalogue.put_track(embedded(77), FakeEncoder().id)
    changed = library.revision()
    assert changed != before
    other = filled.with_name("other.sqlite")
    other.write_bytes(filled.read_bytes())
    other.replace(filled)
    assert library.revision()[:2] != changed[:2]
    filled.unlink()
    with pytest.raises(CatalogueError, match=r"library\.sqlite cannot be read: No such file"):
        library.revision()


def test_the_map_as_a_page_for_a_server(library: Library) -> None:
    page = library.map_page()
    assert page.startswith(b"<!DOCTYPE html>")
    assert b"media-src 'self'" in page
