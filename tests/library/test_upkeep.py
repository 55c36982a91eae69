"""Checks, backups and a shorter journal, from Python."""

from __future__ import annotations

from pathlib import Path

import pytest
from fake_encoder import FakeEncoder
from made_tracks import fill

from musicemb.errors import CatalogueError, MusicembError
from musicemb.library import Library


def test_a_backup_comes_back_in_the_place_of_what_was_lost(filled: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.sqlite"
    with Library.open(filled, encoder=FakeEncoder()) as library:
        library.backup(copy)
        with pytest.raises(MusicembError, match=r"copy\.sqlite"):
            library.backup(copy)
        library.forget(library.plan_forgetting(["/music/Odd"]))
        library.backup(tmp_path / "half.sqlite")
    Library.restore(copy, filled)
    with Library.open(filled, encoder=FakeEncoder(), read_only=True) as library:
        assert library.status().tracks == 40
    Library.restore(tmp_path / "half.sqlite", tmp_path / "new.sqlite")
    with Library.open(tmp_path / "new.sqlite", encoder=FakeEncoder(), read_only=True) as library:
        assert library.status().tracks == 20


def test_a_file_in_the_way_is_replaced_where_that_is_wanted(filled: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.sqlite"
    with Library.open(filled, encoder=FakeEncoder()) as library:
        library.backup(copy)
        library.forget(library.plan_forgetting(["/music/Odd"]))
        library.backup(copy, replace=True)
    with Library.open(copy, encoder=FakeEncoder(), read_only=True) as library:
        assert library.status().tracks == 20


def test_old_entries_are_planned_then_dropped(filled: Path) -> None:
    with Library.open(filled, encoder=FakeEncoder()) as library:
        catalogue = library.catalogue
        catalogue.start_run("tag")
        catalogue.add_journal(1, Path("/m/a"), "h", {}, {"TCON": ["Rock"]})
        with catalogue.transaction() as connection:
            connection.execute("UPDATE run SET started = '2020-01-01T00:00:00+00:00' WHERE id = 1")
        plan = library.plan_pruning(30)
        assert plan.entries == (1,) and len(catalogue.journal(1)) == 1
        library.prune(plan)
        assert catalogue.runs() == []


def test_a_check_tells_its_stages(tmp_path: Path) -> None:
    path = tmp_path / "library.sqlite"
    fill(path)
    stages: list[str] = []
    report = Library.check(path, on_stage=lambda stage: stages.append(stage.text))
    assert stages == ["checking the catalogue", "comparing files"]
    assert [finding.kind for finding in report.findings] == ["missing"]
    with pytest.raises(CatalogueError, match="nothing scanned yet"):
        Library.check(path.with_name("none"))
