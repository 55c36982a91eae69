"""The command ``undo``: plan, show, ask, restore."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from musicemb.cli.options import json_option, library_option, yes_option
from musicemb.cli.output import emit, emit_json
from musicemb.cli.progress import note
from musicemb.cli.session import FAILED, Session, pass_session
from musicemb.cli.views.changes import RESULTS_HELP, SHOWN, apply_all, show_results
from musicemb.cli.views.table import Column, emit_table
from musicemb.cli.wording import number, plural, short_path
from musicemb.documents import SCHEMA, applied_document, entry_document, run_document

if TYPE_CHECKING:
    from collections.abc import Sequence

    from musicemb.records import Applied, JournalEntry


@click.command(
    "undo",
    short_help="Take back what tag wrote.",
    epilog=f"""\b
--json prints
  {{"schema": 1, "entries": [ENTRY], "results": [RESULT]}}, or with --list
  {{"schema": 1, "runs": [{{"run": id, "kind": "tag" or "undo", "started": UTC,
   "files", "encoder"}}]}}, with --prune
  {{"schema": 1, "pruned": how many entries, "undoable": how many of them could
   still be undone, "unfinished": how many of that age are kept}}
  ENTRY    {{"path", "before": {{field: [values]}}, "after": {{field: [values]}}}}
{RESULTS_HELP}
""",
)
@click.argument("run", type=int, required=False)
@click.option("--list", "listed", is_flag=True, help="List the runs that wrote to files.")
@click.option(
    "--prune",
    type=click.IntRange(min=0),
    metavar="DAYS",
    help="Delete the journal's entries of runs older than DAYS days; these can then no longer be undone.",
)
@yes_option("Restore, or drop, without asking.")
@json_option
@library_option()
@pass_session
def undo_command(
    session: Session, run: int | None, listed: bool, prune: int | None, yes: bool, as_json: bool
) -> int | None:
    """Take back what "musicemb tag" wrote: the last run, or RUN.

    A field is restored only where the file still holds what was written: your later edits stay.

    \b
    Examples:
      musicemb undo
      musicemb undo --list
      musicemb undo 3
      musicemb undo --prune 365
    """
    if (run is not None) + listed + (prune is not None) > 1:
        raise click.UsageError("give one of RUN, --list and --prune")
    if prune is not None:
        _prune(session, prune, yes, as_json)
        return None
    if listed:
        _list_runs(session, as_json)
        return None
    results: list[Applied] = []
    with session.open(create=False) as library:
        entries = library.plan_undo(run)
        if not entries:
            (note if as_json else emit)("nothing to undo")
        else:
            _show_entries(entries, as_json)
            question = f"Restore {plural(len(entries), 'file')}?"
            if session.confirm(question, what="tags are restored", yes=yes):
                again = f"run {session.command('undo')} to resume"
                results = apply_all(session, library.apply_undo(entries), len(entries), "restoring", again)
            else:
                note("nothing was restored")
    if as_json:
        found = {"entries": [entry_document(entry) for entry in entries]}
        emit_json({"schema": SCHEMA, **found, "results": [applied_document(result) for result in results]})
    elif results:
        show_results(session, results, done="restored")
    return FAILED if any(result.status == "failed" for result in results) else None


def _prune(session: Session, days: int, yes: bool, as_json: bool) -> None:
    with session.open(create=False) as library:
        plan = library.plan_pruning(days)
        count = plural(len(plan.entries), "journal entry", "journal entries")
        question = (
            f"Drop {count} older than {plural(days, 'day')}? {number(plan.undoable)} can then no longer be undone."
        )
        done = bool(plan.entries) and session.confirm(question, what="journal entries are dropped", yes=yes)
        if done:
            library.prune(plan)
    dropped = len(plan.entries) if done else 0
    if as_json:
        counts = {"pruned": dropped, "undoable": plan.undoable if done else 0, "unfinished": plan.unfinished}
        emit_json({"schema": SCHEMA, **counts})
        return
    if done:
        emit(f"{count} dropped: {number(plan.undoable)} of them can no longer be undone")
    else:
        emit("nothing was dropped" if plan.entries else f"the journal has nothing older than {plural(days, 'day')}")
    if plan.unfinished:
        kept = plural(plan.unfinished, "entry", "entries")
        note(f"{kept} of that age were kept: they are unfinished or damaged (see musicemb check)")


def _show_entries(entries: Sequence[JournalEntry], on_stderr: bool) -> None:
    if on_stderr:
        note(f"{plural(len(entries), 'file')} would be restored")
        return
    emit(f"{plural(len(entries), 'file')} of run {entries[0].run} would be restored\n")
    columns = [
        Column("written", at_least=10),
        Column("", at_least=2),
        Column("before", style="green", at_least=10),
        Column("file", at_least=30, end=True),
    ]
    rows = [
        [_genre(entry.after) or "-", "→", _genre(entry.before) or "-", short_path(entry.path)]
        for entry in entries[:SHOWN]
    ]
    emit_table(columns, rows)
    if len(entries) > SHOWN:
        emit(f"and {number(len(entries) - SHOWN)} more")


def _genre(fields: dict[str, list[str]]) -> str:
    # Every format has a field name of its own for the genre; ours all carry our name.
    return ", ".join(word for name, words in fields.items() if "MUSICEMB" not in name.upper() for word in words)


def _list_runs(session: Session, as_json: bool) -> None:
    with session.open(read_only=True) as library:
        runs = library.catalogue.runs()
    if as_json:
        emit_json({"schema": SCHEMA, "runs": [run_document(each) for each in runs]})
        return
    if not runs:
        emit("no run has written to files yet")
        return
    columns = [
        Column("run", right=True, style="cyan", at_least=3),
        Column("what", at_least=4),
        Column("started (UTC)", at_least=19),
        Column("files", right=True, at_least=5),
        Column("encoder", style="dim"),
    ]
    rows = [
        [str(each.id), each.kind, each.started[:19].replace("T", " "), number(each.files), each.encoder_id]
        for each in runs
    ]
    emit_table(columns, rows)
