"""``tag --values``: shows the planned values, asks, writes and prints the results."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from musicemb.cli.output import emit, emit_json, emit_reasons
from musicemb.cli.progress import note
from musicemb.cli.session import FAILED, Session
from musicemb.cli.views.changes import SHOWN, apply_all, show_results
from musicemb.cli.views.table import Column, emit_table
from musicemb.cli.wording import number, plural
from musicemb.documents import SCHEMA, applied_document, value_change_document

if TYPE_CHECKING:
    from collections.abc import Sequence

    from musicemb.library import Library
    from musicemb.records import Applied, ValueChange


def write_values(
    session: Session, library: Library, changes: Sequence[ValueChange], *, dry_run: bool, yes: bool, as_json: bool
) -> list[Applied]:
    """Show what would be written, ask for confirmation, and write.

    Parameters
    ----------
    session : Session
    library : Library
    changes : sequence of ValueChange
    dry_run : bool
        Only show, and all of it.
    yes : bool
        Consent was given on the command line.
    as_json : bool
        stdout is for a document.

    Returns
    -------
    list of Applied
        Empty where nothing was written.
    """
    free = [change for change in changes if not change.obstacle]
    if not as_json or not dry_run:
        _show(changes, on_stderr=as_json, everything=dry_run)
    if dry_run or not free:
        if dry_run and free and not as_json:
            emit("\nnothing was written; run the same command without --dry-run to write")
        return []
    if not session.confirm(f"Write to {plural(len(free), 'file')}?", what="tags are written", yes=yes):
        note("nothing was written")
        return []
    back = f"run {session.command('undo')} to take it back"
    return apply_all(session, library.apply_values(free), len(free), "writing", back)


def conclude(
    session: Session,
    changes: Sequence[ValueChange],
    results: Sequence[Applied],
    facts: dict[str, Any],
    *,
    as_json: bool,
) -> int | None:
    """Print the results.

    Parameters
    ----------
    session : Session
    changes : sequence of ValueChange
    results : sequence of Applied
    facts : dict
        What the document says besides.
    as_json : bool

    Returns
    -------
    int or None
        Exit status.
    """
    if as_json:
        planned = [value_change_document(change) for change in changes]
        done = [applied_document(result) for result in results]
        emit_json({"schema": SCHEMA, **facts, "changes": planned, "results": done})
    elif results:
        show_results(session, results, done="written")
    if facts["dry_run"]:
        return None
    troubled = any(result.status == "failed" for result in results) or any(change.failed for change in changes)
    refused = bool(changes) and all(change.obstacle for change in changes)
    return FAILED if troubled or refused else None


def _show(changes: Sequence[ValueChange], *, on_stderr: bool, everything: bool) -> None:
    say = note if on_stderr else emit
    free = [change for change in changes if not change.obstacle]
    blocked = [change for change in changes if change.obstacle]
    if free:
        say(f"{plural(len(free), 'file')} would get values")
    elif not blocked:
        say("nothing to write: no file lacks a value with enough confidence (scan --reembed measures older tracks)")
    elif on_stderr:
        say(f"nothing to write: {plural(len(blocked), 'file')} cannot be written")
    if on_stderr:
        return
    if free:
        columns = [
            Column("before", at_least=8),
            Column("", at_least=2),
            Column("after", style="green", at_least=22),
            Column("track", at_least=24),
        ]
        shown = free if everything else free[:SHOWN]
        emit("")
        emit_table(
            columns,
            [[_words(change.before) or "-", "→", _words(change.after), change.track.name] for change in shown],
        )
        if len(free) > len(shown):
            emit(f"and {number(len(free) - len(shown))} more (--dry-run shows all)")
    if blocked:
        emit(f"{plural(len(blocked), 'file')} cannot be written")
        emit_reasons((change.obstacle, change.track.path) for change in blocked)


def _words(fields: dict[str, list[str]]) -> str:
    """The values of fields as text; the peak is left out."""
    return ", ".join(word for name, words in fields.items() if "PEAK" not in name.upper() for word in words)
