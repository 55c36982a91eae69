"""Upkeep from Python: a check, a backup, what is restored of it, and the journal's old entries."""

from __future__ import annotations

from pathlib import Path

import pytest
from made_tracks import fill

from musicemb.errors import CatalogueError, ConsentMissing
from musicemb.library import Library


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "library.sqlite"
    fill(path)
    return path


def test_a_backup_is_restored(path: Path, tmp_path: Path) -> None:
    target = tmp_path / "copy"
    with Library.open(path) as library:
        library.backup(target)
        with pytest.raises(ConsentMissing, match="exists already"):
            library.backup(target)
        library.backup(target, replace=True)
        library.catalogue.forget_tracks([1])
    restored = Library.restore(target, path)
    assert (restored.path, restored.tracks) == (path, 3)
    with Library.open(path, read_only=True) as library:
        assert len(library.catalogue.tracks()) == 3


def test_a_check_tells_its_stages(path: Path) -> None:
    stages: list[str] = []
    report = Library.check(path, on_stage=lambda stage: stages.append(stage.text))
    assert stages == ["checking the catalogue", "comparing files"]
    assert [finding.kind for finding in report.findings] == ["missing"]
    with pytest.raises(CatalogueError, match="nothing scanned yet"):
        Library.check(path.with_name("none"))


def test_old_entries_are_dropped(path: Path) -> None:
    with Library.open(path) as library:
        library.catalogue.add_journal(library.catalogue.start_run("tag"), Path("/m/a"), "h", {}, {"TCON": ["Rock"]})
        with library.catalogue.transaction() as connection:
            connection.execute("UPDATE run SET started = '2020-01-01T00:00:00+00:00'")
        plan = library.plan_pruning(30)
        assert (plan.entries, plan.undoable) == ((1,), 1)
        library.prune(plan)
        assert library.catalogue.runs() == []
