"""Changes to files as they are made, and what became of them; what ``tag`` and ``undo`` share."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from musicemb.cli.output import emit, emit_reasons
from musicemb.cli.progress import counting
from musicemb.cli.session import Session
from musicemb.cli.wording import number, plural

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from musicemb.records import Applied

RESULTS_HELP = """\
  RESULT   {"path", "status": "written", "unchanged", "skipped" or "failed", "reason"}"""


def apply_all(session: Session, applied: Iterable[Applied], total: int, doing: str, after: str) -> list[Applied]:
    """Let changes be made, with a bar, and remember how far it got.

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
    """Show what became of the files: counts, then reasons.

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
    reasoned = (result for result in results if result.reason and result.status != "written")
    emit_reasons((f"{result.status}: {result.reason}", result.path) for result in reasoned)
    if done == "written" and counts["written"]:
        emit(f"{session.command('undo')} takes it back")
