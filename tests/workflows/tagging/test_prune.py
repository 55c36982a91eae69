"""Old entries of the journal go; what somebody still waits for stays."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from musicemb.io.catalogue.catalogue import Catalogue, open_catalogue
from musicemb.workflows.tagging.prune import apply_pruning, plan_pruning


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    """Runs of 2020 and of today, with two entries each."""
    with open_catalogue(tmp_path / "library.sqlite") as opened:
        for run in range(2):
            opened.start_run("tag")
            for name in "ab":
                opened.add_journal(run + 1, Path(f"/m/{name}"), "h", {}, {"TCON": ["Rock"]})
        with opened.transaction() as connection:
            connection.execute("UPDATE run SET started = '2020-01-01T00:00:00+00:00' WHERE id = 1")
        yield opened


def left(catalogue: Catalogue) -> list[int]:
    return [entry.id for run in catalogue.runs() for entry in catalogue.journal(run.id)]


def test_old_entries_and_their_runs_go(catalogue: Catalogue) -> None:
    catalogue.mark_undone(1)
    plan = plan_pruning(catalogue, 30)
    assert (plan.entries, plan.undoable, plan.unfinished) == ((1, 2), 1, 0)
    assert left(catalogue) == [1, 2, 3, 4]
    apply_pruning(catalogue, plan)
    assert left(catalogue) == [3, 4]
    assert [run.id for run in catalogue.runs()] == [2]
    assert plan_pruning(catalogue, 30).entries == ()
    assert catalogue.start_run("tag") == 3


def test_an_entry_whose_undo_waits_stays(catalogue: Catalogue) -> None:
    catalogue.mark_left(2)
    plan = plan_pruning(catalogue, 30)
    assert (plan.entries, plan.unfinished) == ((1,), 1)
    apply_pruning(catalogue, plan)
    assert left(catalogue) == [2, 3, 4]
    assert [run.id for run in catalogue.runs()] == [1, 2]


def test_a_damaged_entry_stays(catalogue: Catalogue) -> None:
    with catalogue.transaction() as connection:
        connection.execute("UPDATE journal SET undone = 1 WHERE id = 1")
    plan = plan_pruning(catalogue, 30)
    assert (plan.entries, plan.unfinished) == ((2,), 1)


def test_a_killed_run_stays(catalogue: Catalogue) -> None:
    with catalogue.transaction() as connection:
        connection.execute("UPDATE run SET started = '2020-01-01T00:00:00+00:00' WHERE id = 2")
    catalogue.prefer("folders being written", json.dumps(["/nowhere/on a drive that is away"]))
    plan = plan_pruning(catalogue, 30)
    assert (plan.entries, plan.unfinished) == ((1, 2), 2)


@pytest.mark.parametrize(("days", "count"), [(365_000, 0), (10**9, 0), (10**12, 0)])
def test_nothing_is_older_than_that(catalogue: Catalogue, days: int, count: int) -> None:
    assert len(plan_pruning(catalogue, days).entries) == count
