"""The command ``tag``: plan, show, ask, apply."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import click

from musicemb.cli.options import genre_options, json_option, library_option, yes_option
from musicemb.cli.output import Column, emit, emit_json, emit_reasons, emit_table
from musicemb.cli.progress import note
from musicemb.cli.session import FAILED, Session, pass_session
from musicemb.cli.views.changes import RESULTS_HELP, apply_all, show_results
from musicemb.cli.wording import number, plural, printable
from musicemb.documents import SCHEMA, applied_document, change_document
from musicemb.settings import TagSettings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from musicemb.io.catalogue.catalogue import Catalogue
    from musicemb.records import Applied, Change, Guess

SETTINGS = TagSettings()
WORDS = 8
"""Genres counted by name."""


@click.command(
    "tag",
    epilog=f"""\b
--json prints
  {{"schema": 1, "policy", "dry_run", "changes": [CHANGE], "results": [RESULT]}}
  CHANGE   {{"path", "before": [genres], "after": [genres], "confidence": 0..1,
            "obstacle": "" or why the file cannot be written}}
{RESULTS_HELP}
""",
)
@click.option("--dry-run", is_flag=True, help="Only show what would be written.")
@click.option(
    "--policy",
    type=click.Choice(["missing", "add", "replace"]),
    default=SETTINGS.policy,
    show_default=True,
    help="missing: fill empty genres only; add: put the guess behind the genres that are there; "
    "replace: put it in their place.",
)
@click.option(
    "--min-confidence",
    type=click.FloatRange(0, 1),
    metavar="0..1",
    help="Leave out guesses less sure than this; by default every guess counts.",
)
@genre_options
@click.option(
    "--upgrade-tags", is_flag=True, help="Write to ID3v2.2 tags too: they become ID3v2.3, and undo puts them back."
)
@yes_option("Write without asking.")
@json_option
@library_option()
@pass_session
def tag_command(
    session: Session,
    dry_run: bool,
    policy: Any,
    min_confidence: float | None,
    vocabulary: Path | None,
    any_genre: bool,
    max_genres: int | None,
    upgrade_tags: bool,
    yes: bool,
    as_json: bool,
) -> int | None:
    """Write guessed genres into the files' tags.

    Shows every change first, then asks. Only the genre is touched, and genres of your own stay
    unless --policy says otherwise. "musicemb undo" takes everything back.
    --vocabulary and --max-genres hold for this once; scan remembers them.

    \b
    Examples:
      musicemb tag --dry-run
      musicemb tag --min-confidence 0.9
    """
    from musicemb.workflows.tagging.tag import plan_tags

    words = read_words(vocabulary, any_genre=any_genre)
    with session.open(read_only=dry_run, create=False) as catalogue:
        changes = plan_tags(
            catalogue,
            policy=policy,
            min_confidence=min_confidence,
            upgrade_tags=upgrade_tags,
            guesses=_guess_otherwise(session, catalogue, words, max_genres),
        )
        if not as_json or not dry_run:
            show_changes(changes, on_stderr=as_json)
        results = [] if dry_run else ask_and_apply(session, catalogue, changes, yes=yes)
    if as_json:
        document = {"schema": SCHEMA, "policy": policy, "dry_run": dry_run, **tagging_document(changes, results)}
        emit_json(document)
    elif dry_run and any(not change.obstacle for change in changes):
        emit("\nnothing was written; the same without --dry-run writes it")
    elif results:
        show_results(session, results, done="written")
    return FAILED if any(result.status == "failed" for result in results) else None


def read_words(vocabulary: Path | None, *, any_genre: bool) -> tuple[str, ...] | None:
    """What ``--vocabulary`` and ``--any-genre`` say.

    Parameters
    ----------
    vocabulary : Path or None
    any_genre : bool

    Returns
    -------
    tuple of str or None
        Words that may be guessed, none of them for any; None: as it was.
    """
    if vocabulary is not None and any_genre:
        raise click.UsageError("--vocabulary and --any-genre contradict each other")
    if vocabulary is None:
        return () if any_genre else None
    from musicemb.workflows.genres.vocabulary import load_aliases, load_vocabulary

    return load_vocabulary(vocabulary, load_aliases())


def _guess_otherwise(
    session: Session, catalogue: Catalogue, words: tuple[str, ...] | None, max_genres: int | None
) -> dict[int, Guess] | None:
    """Guesses under other wishes than those of the last scan; None where they are the same."""
    from musicemb.settings import GuessSettings
    from musicemb.workflows.genres.guess import guess_all, open_hearing
    from musicemb.workflows.genres.vocabulary import Wishes, read_wishes

    kept = read_wishes(catalogue)
    wishes = Wishes(kept.vocabulary if words is None else words, max_genres or kept.max_genres)
    if wishes == kept or catalogue.active_encoder is None:
        return None
    encoder, _ = session.choose_encoder(catalogue, None)
    return guess_all(open_hearing(catalogue, encoder.id, encoder.genre_head), GuessSettings(), wishes)


def tagging_document(changes: Sequence[Change], results: Sequence[Applied]) -> dict[str, Any]:
    """What was planned and what became of it.

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


def show_changes(changes: Sequence[Change], *, on_stderr: bool = False) -> None:
    """Show what would be written: counts of the words, the first changes, and what stands in the way of others.

    Parameters
    ----------
    changes : sequence of Change
    on_stderr : bool
        True where stdout is for a document: the counts only, on stderr.
    """
    say = note if on_stderr else emit
    free = [change for change in changes if not change.obstacle]
    blocked = [change for change in changes if change.obstacle]
    if free:
        words = Counter(word for change in free for word in change.after if word not in change.before)
        counts = ", ".join(f"{printable(word)} {number(count)}" for word, count in words.most_common(WORDS))
        more = f" and {plural(len(words) - WORDS, 'other')}" if len(words) > WORDS else ""
        say(f"{plural(len(free), 'file')} would get a genre: {counts}{more}")
    elif not blocked:
        say("nothing to write: no file that lacks a genre has a guess that is sure enough")
    elif on_stderr:
        say(f"nothing to write: {plural(len(blocked), 'file')} cannot be written")
    if on_stderr:
        return
    if free:
        _show_table(free)
    if blocked:
        gap = "\n" if free else ""
        emit(f"{gap}{plural(len(blocked), 'file')} cannot be written")
        emit_reasons((change.obstacle, change.track.path) for change in blocked)


def _show_table(changes: Sequence[Change]) -> None:
    emit("")
    columns = [
        Column("before", at_least=8),
        Column("", at_least=2),
        Column("after", style="green", at_least=10),
        Column("sure", right=True, style="cyan", at_least=4),
        Column("track", at_least=24),
    ]
    rows = [
        [", ".join(change.before) or "-", "→", ", ".join(change.after), f"{change.confidence:.2f}", change.track.name]
        for change in changes[: SETTINGS.shown]
    ]
    emit_table(columns, rows)
    if len(changes) > SETTINGS.shown:
        emit(f"and {number(len(changes) - SETTINGS.shown)} more (--dry-run --json lists all)")


def ask_and_apply(session: Session, catalogue: Catalogue, changes: Sequence[Change], *, yes: bool) -> list[Applied]:
    """Ask, then write.

    Parameters
    ----------
    session : Session
    catalogue : Catalogue
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
    from musicemb.workflows.tagging.tag import apply_tags

    free = [change for change in changes if not change.obstacle]
    if not free:
        return []
    if not session.confirm(f"Write to {plural(len(free), 'file')}?", what="tags are written", yes=yes):
        note("nothing was written")
        return []
    back = f"{session.command('undo')} takes it back"
    return apply_all(session, apply_tags(catalogue, free), len(free), "writing", back)
