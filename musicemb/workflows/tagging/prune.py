"""Removes old entries from the journal, so that it does not grow without limit."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from musicemb.records import Pruning
from musicemb.workflows.tagging.leftovers import is_unfinished, remove_leftovers

if TYPE_CHECKING:
    from musicemb.io.catalogue.catalogue import Catalogue


def plan_pruning(catalogue: Catalogue, days: int) -> Pruning:
    """Plan which entries would be removed; the journal does not change.

    Parameters
    ----------
    catalogue : Catalogue
    days : int
        Runs that are older than this are meant.

    Returns
    -------
    Pruning
    """
    remove_leftovers(catalogue, ())
    before = _ago(days)
    old = set(catalogue.old_entries(before))
    runs = catalogue.runs()
    killed = runs[-1].id if runs and is_unfinished(catalogue) else None
    entries, undoable, unfinished = [], 0, 0
    for run in runs:
        for entry in catalogue.journal(run.id) if run.started < before else ():
            if entry.id in old and (entry.undone or run.id != killed):
                entries.append(entry.id)
                undoable += not entry.undone
            else:
                unfinished += 1
    return Pruning(before, tuple(sorted(entries)), undoable, unfinished)


def apply_pruning(catalogue: Catalogue, plan: Pruning) -> None:
    """Drop what was planned.

    Parameters
    ----------
    catalogue : Catalogue
        Open for writing.
    plan : Pruning
    """
    with catalogue.holding():
        catalogue.drop_entries(plan.entries, plan.before)


def _ago(days: int) -> str:
    try:
        return (datetime.now(UTC) - timedelta(days=days)).isoformat(timespec="seconds")
    except OverflowError:
        return ""  # nothing is older than time itself
