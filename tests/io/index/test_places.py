"""An index lies beside its catalogue, or in the user's cache."""

from __future__ import annotations

from pathlib import Path

import pytest

from musicemb.io.index import places


def test_beside_the_catalogue_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(places, "user_cache_folder", lambda: tmp_path / "cache")
    library = tmp_path / "library.sqlite"
    beside, cached = places.index_places(library)
    assert beside == tmp_path / "library.sqlite.index"
    assert cached.parent == tmp_path / "cache" / "indexes"
    assert list(places.index_places(library, remote=True)) == [cached]
    assert list(places.index_places(tmp_path / "other.sqlite"))[1] != cached
