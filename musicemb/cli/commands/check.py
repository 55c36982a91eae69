"""The command ``check``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from musicemb.cli.options import json_option, library_option
from musicemb.cli.output import emit, emit_json
from musicemb.cli.progress import Bar
from musicemb.cli.session import FAILED, Session, pass_session
from musicemb.cli.wording import number, plural, printable, short_path
from musicemb.documents import to_json

if TYPE_CHECKING:
    from musicemb.records import CheckReport, Repair

SHOWN = 3
"""Paths of a finding."""


@click.command(
    "check",
    short_help="Check the library file and its files; repair it.",
    epilog="""\b
--json prints
  {"schema": 1, "library": "path", "tracks", "entries": of the journal,
   "findings": [FINDING], "removed": [files that killed runs left],
   "backups": ["path"] of the copies beside it, "held_by": the process that is
   changing it now, or "", "repair": null or {"kept": "path" of the damaged
   file, "saved": {table: rows}, "lost": {table: [ids]}}}
  FINDING  {"kind": "unreadable", "structure", "checksum", "values" (damage),
           "log", "missing" or "changed", "text", "advice", "paths": ["path"]}
The exit status is 0 if nothing was found, and 3 if something was found or
could not be saved.
""",
)
@click.option(
    "--repair",
    is_flag=True,
    help="Save the intact data of a damaged library file into a new one; the damaged file is kept under another name.",
)
@json_option
@library_option()
@pass_session
def check_command(session: Session, repair: bool, as_json: bool) -> int | None:
    """Check that the library file is intact, and that it matches the music files.

    This examines the file's structure, the checksums of vectors and of the journal, and the temporary files that killed
    commands left behind. It also checks whether each music file is as the last scan found it. Unfinished copies beside
    the music are removed; nothing else is changed without --repair. Tracks whose vectors are damaged are embedded again
    by the next scan.

    \b
    Examples:
      musicemb check
      musicemb check --repair
    """
    from musicemb.library import Library

    with Bar("checking the library file") as bar:
        report = Library.check(session.library, repair=repair, on_stage=lambda stage: bar.stage(stage.text))
    if as_json:
        emit_json(to_json(report))
    else:
        _show(session, report)
    lost = report.repair is not None and any(report.repair.lost.values())
    return FAILED if report.findings or lost else None


def _show(session: Session, report: CheckReport) -> None:
    entries = plural(report.entries, "journal entry", "journal entries")
    emit(f"{short_path(report.path)}: {plural(report.tracks, 'track')}, {entries}")
    if report.holder:
        emit(f"in use by {printable(report.holder)}")
    if report.removed:
        emit(f"removed {plural(len(report.removed), 'file')} left behind by killed commands")
    if report.repair is not None:
        _show_repair(session, report.repair)
    for finding in report.findings:
        emit(f"\n{printable(finding.text)}")
        for path in finding.paths[:SHOWN]:
            emit(f"  {short_path(path)}")
        if len(finding.paths) > SHOWN:
            emit(f"  and {number(len(finding.paths) - SHOWN)} more (--json lists all)")
        emit(f"  {printable(finding.advice)}")
    if report.copies and any(finding.damage for finding in report.findings):
        emit(f"\nthe newest automatic copy is {short_path(report.copies[0])}")
        emit(f"  {session.command('backup')} --restore FILE puts it in place")
    if not report.findings:
        emit("all is well" if report.repair is None else "\nthe new library file is sound")


def _show_repair(session: Session, repair: Repair) -> None:
    emit(
        f"\nsaved: {plural(repair.saved.get('track', 0), 'track')}, "
        f"{plural(repair.saved.get('journal', 0), 'journal entry', 'journal entries')}"
    )
    if repair.kept is not None:
        emit(f"the damaged file is kept as {short_path(repair.kept)}")
    tracks, entries = repair.lost.get("track", ()), repair.lost.get("journal", ())
    if tracks:
        emit(f"{plural(len(tracks), 'track')} could not be saved: {session.command('scan')} finds their files again")
    if entries:
        ids = ", ".join(map(str, entries[:8])) + (", ..." if len(entries) > 8 else "")
        word = plural(len(entries), "journal entry", "journal entries")
        emit(f"{word} could not be saved (ids {ids}): undo cannot take these back")
    again = set(repair.lost.get("embedding", ()))
    if again:
        emit(
            f"the vectors of {plural(len(again), 'track')} were damaged: {session.command('scan')} computes them again"
        )
