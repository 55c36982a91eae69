"""The command ``tag``: plan, show, ask, apply."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from musicemb.cli.options import genre_options, json_option, library_option, read_words, yes_option
from musicemb.cli.output import emit, emit_json
from musicemb.cli.session import FAILED, Session, pass_session
from musicemb.cli.views.changes import RESULTS_HELP, ask_and_apply, show_changes, show_results, tagging_document
from musicemb.documents import SCHEMA
from musicemb.settings import TagSettings

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS = TagSettings()


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
@click.option("--dry-run", is_flag=True, help="Only show what would be written: all of it, the surest first.")
@click.option(
    "--policy",
    type=click.Choice(["missing", "add", "replace"]),
    default=SETTINGS.policy,
    show_default=True,
    help="missing: fill empty genres only; add: append the guess to the genres in the file; "
    "replace: replace them by the guess.",
)
@genre_options
@click.option(
    "--upgrade-tags", is_flag=True, help="Also write to ID3v2.2 tags by converting them to ID3v2.3; undo restores them."
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
    """Write guessed genres to the files' tags.

    All changes are shown first and need your confirmation. Only the genre is changed, and genres of your own stay
    unless --policy says otherwise. "musicemb undo" takes everything back. --vocabulary, --max-genres and
    --min-confidence apply to this run only; scan remembers them.

    \b
    Examples:
      musicemb tag --dry-run
      musicemb tag --min-confidence 0.9
    """
    words = read_words(vocabulary, any_genre=any_genre)
    with session.open(read_only=dry_run, create=False) as library:
        changes = library.plan_tags(
            policy=policy,
            min_confidence=min_confidence,
            upgrade_tags=upgrade_tags,
            vocabulary=words,
            max_genres=max_genres,
        )
        if not as_json or not dry_run:
            show_changes(changes, on_stderr=as_json, everything=dry_run)
        results = [] if dry_run else ask_and_apply(session, library, changes, yes=yes)
    if as_json:
        document = {"schema": SCHEMA, "policy": policy, "dry_run": dry_run, **tagging_document(changes, results)}
        emit_json(document)
    elif dry_run and any(not change.obstacle for change in changes):
        emit("\nnothing was written; run the same command without --dry-run to write")
    elif results:
        show_results(session, results, done="written")
    troubled = any(result.status == "failed" for result in results) or any(change.failed for change in changes)
    refused = bool(changes) and all(change.obstacle for change in changes)
    return FAILED if not dry_run and (troubled or refused) else None
