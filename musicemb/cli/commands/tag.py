"""The command ``tag``: plan, show, ask, apply."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from musicemb.cli.options import genre_options, json_option, library_option, read_words, yes_option
from musicemb.cli.output import emit, emit_json, paged
from musicemb.cli.progress import note
from musicemb.cli.session import FAILED, Session, pass_session
from musicemb.cli.views.changes import RESULTS_HELP, ask_and_apply, show_changes, show_results, tagging_document
from musicemb.documents import SCHEMA
from musicemb.errors import ConsentMissing

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from musicemb.records import Applied, Change


@click.command(
    "tag",
    epilog=f"""\b
--json prints
  {{"schema": 1, "policy", "dry_run", "changes": [CHANGE], "results": [RESULT]}}
  CHANGE   {{"path", "before": [genres], "after": [genres], "confidence": 0..1,
            "obstacle": "" or why the file cannot be written}}
and with --values also "values": [which]; its CHANGEs have no "confidence",
and "before" and "after" are
{{tag field: [texts]}}
{RESULTS_HELP}
""",
)
@click.option("--dry-run", is_flag=True, help="Only show what would be written: all of it, the most confident first.")
@click.option("--no-pager", is_flag=True, help="Do not page the output of a long --dry-run.")
@click.option(
    "--review",
    is_flag=True,
    help="Decide on the guesses group by group or track by track, then write. You can stop at any time: the next "
    "--review continues from there.",
)
@click.option("--again", is_flag=True, help="With --review: ask also about tracks that you decided on before.")
@click.option(
    "--policy",
    type=click.Choice(["missing", "add", "replace"]),
    help="missing: fill empty genres only; add: append the guess to the genres in the file; "
    "replace: replace them by the guess.  [default: missing]",
)
@click.option(
    "--values",
    metavar="LIST",
    help="Write values instead of genres, to files that have none: bpm, key, replaygain (several with commas), with a "
    "confidence of 0.50 or --min-confidence; --policy replace overwrites existing values.",
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
    no_pager: bool,
    review: bool,
    again: bool,
    policy: Any,
    values: str | None,
    min_confidence: float | None,
    vocabulary: Path | None,
    any_genre: bool,
    max_genres: int | None,
    upgrade_tags: bool,
    yes: bool,
    as_json: bool,
) -> int | None:
    """Write guessed genres, or measured values, to the files' tags.

    All changes are shown first and need your confirmation. Only the genre is changed, and genres of your own stay
    unless --policy says otherwise. "musicemb undo" restores everything. --vocabulary, --max-genres and --min-confidence
    apply to this run only; scan remembers them. What you decide in a --review is kept in the library: a genre that you
    accept or type for a track is written as your own, and is evidence for guesses from the next scan on; a track that
    you skip stays as it is, until its file or its guess changes.

    \b
    Examples:
      musicemb tag --dry-run
      musicemb tag --min-confidence 0.9
      musicemb tag --review
      musicemb tag --values bpm,key,replaygain --dry-run
    """
    wanted = {
        "policy": policy,
        "min_confidence": min_confidence,
        "upgrade_tags": upgrade_tags,
        "vocabulary": read_words(vocabulary, any_genre=any_genre),
        "max_genres": max_genres,
    }
    if values is not None:
        if policy == "add" or vocabulary is not None or any_genre or max_genres is not None or review or again:
            raise click.UsageError("--values goes with --dry-run, --policy missing or replace, and --min-confidence")
        kinds = [word.strip() for word in values.split(",") if word.strip()]
        return _write_values(session, kinds, wanted, dry_run=dry_run, paged_too=not no_pager, yes=yes, as_json=as_json)
    if review:
        if other := next((name for name, on in (("dry-run", dry_run), ("json", as_json), ("yes", yes)) if on), ""):
            raise click.UsageError(f"--review and --{other} contradict each other")
        return _review(session, wanted, again=again)
    if again:
        raise click.UsageError("--again goes with --review")
    with paged(wanted=dry_run and not no_pager), session.open(read_only=dry_run, create=False) as library:
        wanted["policy"] = policy = library.catalogue.configuration.value("policy", option=policy)
        changes = library.plan_tags(**wanted)
        if not as_json or not dry_run:
            show_changes(changes, on_stderr=as_json, everything=dry_run)
        if dry_run and not as_json and any(not change.obstacle for change in changes):
            emit("\nnothing was written; run the same command without --dry-run to write")
        results = [] if dry_run else ask_and_apply(session, library, changes, yes=yes)
    if as_json:
        document = {"schema": SCHEMA, "policy": policy, "dry_run": dry_run, **tagging_document(changes, results)}
        emit_json(document)
    elif results:
        show_results(session, results, done="written")
    return None if dry_run else _status(changes, results)


def _write_values(
    session: Session,
    kinds: Sequence[Any],
    wanted: dict[str, Any],
    *,
    dry_run: bool,
    paged_too: bool,
    yes: bool,
    as_json: bool,
) -> int | None:
    from musicemb.cli.views.value_changes import conclude, write_values

    asked = {name: wanted[name] for name in ("min_confidence", "upgrade_tags")}
    asked["policy"] = wanted["policy"] or "missing"  # what is configured is of genres
    with paged(wanted=dry_run and paged_too), session.open(read_only=dry_run, create=False) as library:
        changes = library.plan_values(kinds, **asked)
        results = write_values(session, library, changes, dry_run=dry_run, yes=yes, as_json=as_json)
    facts = {"policy": asked["policy"], "dry_run": dry_run, "values": list(kinds)}
    return conclude(session, changes, results, facts, as_json=as_json)


def _status(changes: Sequence[Change], results: Sequence[Applied]) -> int | None:
    troubled = any(result.status == "failed" for result in results) or any(change.failed for change in changes)
    refused = bool(changes) and all(change.obstacle for change in changes)
    return FAILED if troubled or refused else None


def _review(session: Session, wanted: dict[str, Any], *, again: bool) -> int | None:
    from musicemb.cli.views.conversation import Conversation

    if not session.interactive():
        raise ConsentMissing(
            "--review asks about each track, and there is no terminal to ask at: tag --dry-run shows the changes, "
            "tag --yes writes them"
        )
    with session.open(create=False) as library:
        wanted["policy"] = library.catalogue.configuration.value("policy", option=wanted["policy"])
        review = library.plan_review(**wanted, again=again)
        talk = Conversation(session, library, review)
        ending = talk.hold()
        changes = [change for change in library.plan_tags(**wanted) if change.verdict is not None]
        talk.conclude(ending, sum(not change.obstacle for change in changes))
        if ending == "leave" or not changes:
            return None
        show_changes(changes)
        results = ask_and_apply(session, library, changes, yes=False)
    if results:
        show_results(session, results, done="written")
    else:
        note(session.kept)
    return _status(changes, results)
