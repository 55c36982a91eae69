"""The state of a catalogue in JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from musicemb.records import CheckReport


def check_document(report: CheckReport) -> dict[str, Any]:
    """The findings and actions of a check.

    Parameters
    ----------
    report : CheckReport

    Returns
    -------
    dict
    """
    repair = report.repair
    return {
        "library": str(report.path),
        "tracks": report.tracks,
        "entries": report.entries,
        "findings": [
            {
                "kind": finding.kind,
                "text": finding.text,
                "advice": finding.advice,
                "paths": [str(path) for path in finding.paths],
            }
            for finding in report.findings
        ],
        "removed": [str(path) for path in report.removed],
        "backups": [str(path) for path in report.copies],
        "held_by": report.holder,
        "repair": repair
        and {
            "kept": None if repair.kept is None else str(repair.kept),
            "saved": repair.saved,
            "lost": {table: list(ids) for table, ids in repair.lost.items()},
        },
    }
