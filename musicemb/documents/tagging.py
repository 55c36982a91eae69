"""Edits of tags in JSON: planned, written, recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from musicemb.records import Applied, Change, JournalEntry, Run, ValueChange


def change_document(change: Change) -> dict[str, Any]:
    """A planned tag edit.

    Parameters
    ----------
    change : Change

    Returns
    -------
    dict
    """
    return {
        "path": str(change.track.path),
        "before": list(change.before),
        "after": list(change.after),
        "confidence": round(change.confidence, 4),
        "obstacle": change.obstacle,
    }


def value_change_document(change: ValueChange) -> dict[str, Any]:
    """A planned edit of values.

    Parameters
    ----------
    change : ValueChange

    Returns
    -------
    dict
    """
    return {
        "path": str(change.track.path),
        "before": change.before,
        "after": change.after,
        "obstacle": change.obstacle,
    }


def applied_document(applied: Applied) -> dict[str, Any]:
    """The result for one file.

    Parameters
    ----------
    applied : Applied

    Returns
    -------
    dict
    """
    return {"path": str(applied.path), "status": applied.status, "reason": applied.reason}


def entry_document(entry: JournalEntry) -> dict[str, Any]:
    """A journal entry that undo would take back.

    Parameters
    ----------
    entry : JournalEntry

    Returns
    -------
    dict
    """
    return {"path": str(entry.path), "before": entry.before, "after": entry.after}


def run_document(run: Run) -> dict[str, Any]:
    """A call that wrote to files.

    Parameters
    ----------
    run : Run

    Returns
    -------
    dict
    """
    return {"run": run.id, "kind": run.kind, "started": run.started, "files": run.files, "encoder": run.encoder_id}
