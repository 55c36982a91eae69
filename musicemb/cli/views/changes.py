"""Shows planned changes to files, their progress and their results, for ``tag``, ``scan`` and ``undo``."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from musicemb.cli.output import emit, emit_reasons, stdout_width
from musicemb.cli.progress import counting, note
from musicemb.cli.session import Session
from musicemb.cli.views.table import Column, emit_table
from musicemb.cli.wording import number, plural, printable
from musicemb.documents import applied_document, change_document
from musicemb.settings import TagSettings

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from musicemb.library import Library
    from musicemb.records import Applied, Change

SHOWN = TagSettings().shown
"""Changes shown one by one."""
GENRES = 8
"""Genres counted by name."""
_NARROW = 60
"""Columns of terminal below which the track stands on a line of its own."""

RESULTS_HELP = """\
  RESULT   {"path", "status": "written", "unchanged", "skipped" or "failed",
           "reason"}"""


def apply_all(session: Session, applied: Iterable[Applied], total: int, doing: str, after: str) -> list[Applied]:
    """Apply changes with a progress bar, and record how far it got.

    Parameters
    ----------
    session : Session
    applied : iterable of Applied
        Comes as the changes are made.
    total : int
    doing : str
        What is being done, one word.
    after : str
        What an interruption says besides how many files are done.

    Returns
    -------
    list of Applied
    """
    results = []
    written = 0
    with counting(total, doing) as advance:
        for result in applied:
            results.append(result)
            if result.status == "written":
                written += 1
                session.kept = f"{plural(written, 'file')} of {number(total)} done; {after}"
            advance(result.path.name)
    return results


def show_results(session: Session, results: Sequence[Applied], *, done: str) -> None:
    """Show the results: counts, then the reasons of failures.

    Parameters
    ----------
    session : Session
    results : sequence of Applied
    done : str
        The word for success ("written").
    """
    counts: Counter[str] = Counter(result.status for result in results)
    words = {"written": done, "unchanged": "unchanged", "skipped": "skipped", "failed": "failed"}
    emit(", ".join(f"{number(counts[status])} {word}" for status, word in words.items() if counts[status]))
    reasoned = (result for result in results if result.reason)
    emit_reasons((f"{result.status}: {result.reason}", result.path) for result in reasoned)
    if done == "written" and counts["written"]:
        emit(f"run {session.command('undo')} to take it back")


def tagging_document(changes: Sequence[Change], results: Sequence[Applied]) -> dict[str, Any]:
    """The JSON document of the planned changes and their results.

    Parameters
    ----------
    changes : sequence of Change
    results : sequence of Applied

    Returns
    -------
    dict
    """
    return {
        "changes": [change_document(change) for change in changes],
        "results": [applied_document(result) for result in results],
    }


def show_changes(changes: Sequence[Change], *, on_stderr: bool = False, everything: bool = False) -> None:
    """Show what would be written: counts per genre, the first changes, and why some cannot be written.

    Parameters
    ----------
    changes : sequence of Change
    on_stderr : bool
        True where stdout is for a document: the counts only, on stderr.
    everything : bool
        Show every change, the surest first.
    """
    say = note if on_stderr else emit
    free = [change for change in changes if not change.obstacle]
    blocked = [change for change in changes if change.obstacle]
    if free:
        words = Counter(word for change in free for word in change.after if word not in change.before)
        counts = ", ".join(f"{printable(word)} {number(count)}" for word, count in words.most_common(GENRES))
        more = f" and {plural(len(words) - GENRES, 'other')}" if len(words) > GENRES else ""
        say(f"{plural(len(free), 'file')} would get a genre: {counts}{more}")
    elif not blocked:
        say("nothing to write: no file without a genre has a guess with enough confidence")
    elif on_stderr:
        say(f"nothing to write: {plural(len(blocked), 'file')} cannot be written")
    if on_stderr:
        return
    if free:
        surest = sorted(free, key=lambda change: -change.confidence)
        _show_table(surest, len(surest) if everything else SHOWN)
    if blocked:
        gap = "\n" if free else ""
        emit(f"{gap}{plural(len(blocked), 'file')} cannot be written")
        emit_reasons((change.obstacle, change.track.path) for change in blocked)


def _show_table(changes: Sequence[Change], shown: int) -> None:
    emit("")
    columns = [
        Column("before", at_least=8),
        Column("", at_least=2),
        Column("after", style="green", at_least=10),
        Column("confidence", right=True, style="cyan", at_least=10),
        Column("track", at_least=24),
    ]
    rows = [
        [", ".join(change.before) or "-", "→", ", ".join(change.after), _sure(change), change.track.name]
        for change in changes[:shown]
    ]
    emit_table(columns, rows, below="text" if stdout_width() < _NARROW else "")
    if len(changes) > shown:
        emit(f"and {number(len(changes) - shown)} more, less sure (--dry-run shows all)")


def _sure(change: Change) -> str:
    return "yours" if change.own else f"{change.confidence:.2f}"


def ask_and_apply(session: Session, library: Library, changes: Sequence[Change], *, yes: bool) -> list[Applied]:
    """Ask for confirmation, then write.

    Parameters
    ----------
    session : Session
    library : Library
    changes : sequence of Change
    yes : bool
        Consent was given on the command line.

    Returns
    -------
    list of Applied
        Empty where the answer was no, or where nothing can be written.

    Raises
    ------
    ConsentMissing
        Without a terminal and without `yes`.
    """
    free = [change for change in changes if not change.obstacle]
    if not free:
        return []
    if not session.confirm(f"Write to {plural(len(free), 'file')}?", what="tags are written", yes=yes):
        note("nothing was written")
        return []
    back = f"run {session.command('undo')} to take it back"
    return apply_all(session, library.apply_tags(free), len(free), "writing", back)
