"""Another catalogue in a catalogue's place: the old one stays beside, and a kill leaves the one or the other."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from made_tracks import fill

from musicemb.errors import CatalogueError
from musicemb.io.catalogue.catalogue import open_catalogue
from musicemb.io.catalogue.safety import swap


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "library.sqlite"
    fill(path)
    return path


@pytest.fixture
def backup(path: Path, tmp_path: Path) -> Path:
    target = tmp_path / "backup"
    with open_catalogue(path) as catalogue:
        catalogue.backup(target)
        catalogue.start_run("tag")
    return target


def counts(path: Path) -> tuple[int, int]:
    with open_catalogue(path, read_only=True) as catalogue:
        return len(catalogue.tracks()), len(catalogue.runs())


def test_a_backup_takes_the_place_and_the_old_one_stays(path: Path, backup: Path) -> None:
    restored = swap.restore(backup, path)
    assert (restored.tracks, restored.entries) == (3, 0)
    assert counts(path) == (3, 0)
    assert restored.kept is not None
    assert counts(restored.kept) == (3, 1)
    assert counts(backup) == (3, 0)


def test_a_backup_is_restored_where_nothing_is(path: Path, backup: Path) -> None:
    path.unlink()
    assert swap.restore(backup, path).kept is None
    assert counts(path) == (3, 0)


def test_what_a_killed_process_left_goes_with_the_old_one(path: Path, backup: Path, tmp_path: Path) -> None:
    away = tmp_path / "away"
    away.mkdir()
    with open_catalogue(path) as catalogue:
        catalogue.start_run("tag")
        for suffix in ("", "-wal"):
            shutil.copy(f"{path}{suffix}", away / f"library.sqlite{suffix}")
    restored = swap.restore(backup, away / "library.sqlite")
    assert counts(away / "library.sqlite") == (3, 0)
    assert restored.kept is not None
    assert counts(restored.kept) == (3, 2)
    assert sorted(each.name for each in away.iterdir()) == ["library.sqlite", restored.kept.name]


@pytest.mark.parametrize("content", [b"", b"no database" * 100, None])
def test_what_is_no_catalogue_is_not_restored(path: Path, tmp_path: Path, content: bytes | None) -> None:
    other = tmp_path / "other"
    if content is not None:
        other.write_bytes(content)
    before = path.read_bytes()
    for bad in (other, path):
        with pytest.raises(CatalogueError):
            swap.restore(bad, path)
    assert path.read_bytes() == before


def test_a_catalogue_in_use_is_not_replaced(path: Path, backup: Path) -> None:
    with (
        open_catalogue(path) as catalogue,
        catalogue.holding(),
        pytest.raises(CatalogueError, match="held by process"),
    ):
        swap.restore(backup, path)


@pytest.mark.parametrize("moment", ["link", "unlink", "replace"])
def test_an_end_in_the_middle_leaves_the_old_one(
    path: Path, backup: Path, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        if moment == "link":
            patch.setattr(os, "link", fail)
            patch.setattr(shutil, "copy2", fail)
        else:
            patch.setattr(Path, moment, fail_on(getattr(Path, moment), path.name))
        with pytest.raises(CatalogueError, match="cannot be replaced"):
            swap.restore(backup, path)
    assert counts(path) == (3, 1)
    assert swap.restore(backup, path).kept == swap.aside(path, "replaced")[0]
    assert len(swap.aside(path, "replaced")) == 1


def fail(*values: object) -> None:
    raise OSError(5, "Input/output error")


def fail_on(call: object, name: str) -> object:
    def wrapped(self: Path, *values: object, **more: object) -> object:
        if self.name in (f"{name}.new", f"{name}-wal") and not (values and str(values[0]).endswith(".new")):
            fail()
        return call(self, *values, **more)  # type: ignore[operator]

    return wrapped
