"""Transactions hold all or nothing, copies are whole, and errors are one line."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import numpy as np
import pytest
from made_tracks import beside, put

from musicemb.errors import CatalogueError
from musicemb.io.catalogue.catalogue import Catalogue, open_catalogue


def test_transaction_is_all_or_nothing(catalogue: Catalogue) -> None:
    with pytest.raises(RuntimeError, match="stop"), catalogue.transaction():
        put(catalogue, 1)
        raise RuntimeError("stop")
    assert catalogue.tracks() == []
    with catalogue.transaction():
        put(catalogue, 1)
        with pytest.raises(RuntimeError, match="inner"), catalogue.transaction():
            put(catalogue, 2)
            raise RuntimeError("inner")
        put(catalogue, 3)
    assert [track.path.stem for track in catalogue.tracks()] == ["1", "3"]


def test_backup_while_another_writes(filled: Path, tmp_path: Path) -> None:
    target = tmp_path / "copies" / "backup.sqlite"
    target.parent.mkdir()
    with open_catalogue(filled) as writer, open_catalogue(filled, read_only=True) as reader:
        writer.add_root(Path("/m"))
        reader.backup(target)
    assert beside(target) == ["backup.sqlite"]
    with open_catalogue(target, read_only=True) as copy:
        assert len(copy.tracks()) == 3
        assert copy.roots() == [Path("/m")]


def test_backup_takes_a_name_as_text(filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with open_catalogue(filled) as catalogue:
        catalogue.backup("copy.sqlite")
    with open_catalogue(tmp_path / "copy.sqlite", read_only=True) as copy:
        assert len(copy.tracks()) == 3


def test_backup_never_overwrites(filled: Path, tmp_path: Path) -> None:
    target = tmp_path / "precious"
    target.write_text("mine")
    with open_catalogue(filled) as catalogue:
        with pytest.raises(CatalogueError, match="exists already"):
            catalogue.backup(target)
        with pytest.raises(CatalogueError, match="cannot be"):
            catalogue.backup(tmp_path / "missing" / "backup.sqlite")
    assert target.read_text() == "mine"
    assert beside(filled) == ["library.sqlite", "precious"]


def test_what_is_read_wrongly_is_told_as_damage(catalogue: Catalogue) -> None:
    for error in (sqlite3.DatabaseError("malformed"), ValueError("odd"), TypeError("odder")):
        with pytest.raises(CatalogueError) as caught, catalogue.reading():
            raise error
        assert str(catalogue.path) in str(caught.value)
        assert "\n" not in str(caught.value)


def test_an_error_of_the_program_itself_is_not_hidden(catalogue: Catalogue) -> None:
    with pytest.raises(ZeroDivisionError), catalogue.transaction():
        raise ZeroDivisionError


def test_a_reader_does_not_write(filled: Path) -> None:
    with (
        open_catalogue(filled, read_only=True) as catalogue,
        pytest.raises(CatalogueError, match="reading only"),
        catalogue.transaction(),
    ):
        pass


def test_an_edition_ends_with_each_change_of_what_an_index_holds(tmp_path: Path) -> None:
    path = tmp_path / "library.sqlite"
    with open_catalogue(path) as catalogue:
        catalogue.set_active_encoder("abc")
        seen = {catalogue.edition()}
        for change in (
            lambda: catalogue.set_active_encoder("def"),
            lambda: catalogue.put_clusters("abc", [], {}),
            lambda: catalogue.put_neighbourhood_stats("abc", np.zeros(0, np.int64), np.zeros((0, 4))),
        ):
            change()
            seen.add(catalogue.edition())
        assert len(seen) == 3  # no cluster was there to go
        kept = catalogue.edition()
        catalogue.prefer("a", "b")
        with catalogue.holding():
            pass
        assert catalogue.edition() == kept
    with open_catalogue(path, read_only=True) as catalogue:
        assert catalogue.edition() == kept
