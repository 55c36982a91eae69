"""A catalogue that is deleted or replaced while it is open is noticed at the next write, and what it held is saved."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from made_tracks import embedded, fill

from musicemb.errors import CatalogueError
from musicemb.io.catalogue.catalogue import open_catalogue
from musicemb.io.catalogue.safety.place import Place

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows deletes no file that is open")


def replace_by_copy(path: Path) -> None:
    shutil.copy(path, path.with_name("copy"))
    path.with_name("copy").replace(path)


def put_aside(path: Path) -> None:
    path.rename(path.with_name("elsewhere"))


@pytest.mark.parametrize(
    ("loss", "word"), [(os.unlink, "deleted or moved"), (put_aside, "deleted or moved"), (replace_by_copy, "replaced")]
)
def test_a_lost_catalogue_is_noticed_before_a_write(tmp_path: Path, loss: Callable[[Path], object], word: str) -> None:
    path = tmp_path / "library.sqlite"
    fill(path)
    with open_catalogue(path) as catalogue:
        run = catalogue.start_run("tag")
        catalogue.check_place()
        loss(path)
        with pytest.raises(CatalogueError, match=word) as error:
            catalogue.add_journal(run, Path("/m/1.mp3"), "h", {}, {})
        assert str(error.value).count("\n") == 0
    (saved,) = tmp_path.glob("library.sqlite.rescued-*")
    assert saved.name in str(error.value)
    with open_catalogue(saved, read_only=True) as catalogue:
        assert [each.id for each in catalogue.runs()] == [run]
        assert len(catalogue.tracks()) == 3


def test_a_loss_in_the_middle_of_a_write_is_noticed_at_its_end(tmp_path: Path) -> None:
    path = tmp_path / "library.sqlite"
    with open_catalogue(path) as catalogue:
        with pytest.raises(CatalogueError, match="deleted"), catalogue.transaction():
            catalogue.put_track(embedded(), "first")
            path.unlink()
        with pytest.raises(CatalogueError, match="deleted"):
            catalogue.check_place()


def test_a_log_that_is_deleted_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "library.sqlite"
    with open_catalogue(path) as catalogue:
        catalogue.start_run("tag")
        path.with_name("library.sqlite-wal").unlink()
        with pytest.raises(CatalogueError, match="nothing more was written"):
            catalogue.start_run("tag")


def test_a_catalogue_in_its_place_is_not_lost(tmp_path: Path) -> None:
    path = tmp_path / "library.sqlite"
    fill(path)
    place = Place(path)
    with open_catalogue(path) as other:
        other.start_run("tag")
        assert not place.is_lost()
    assert not Place(path).is_lost()
