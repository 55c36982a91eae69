"""The commands about the library itself: ``status`` and ``forget``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from musicemb.cli.options import json_option, library_option, yes_option
from musicemb.cli.output import emit, emit_json
from musicemb.cli.progress import note
from musicemb.cli.session import Session, pass_session
from musicemb.cli.wording import duration, number, plural, printable, short_path, size
from musicemb.documents import SCHEMA, problem_document
from musicemb.settings import DEFAULT_BUNDLE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from musicemb.io.catalogue.catalogue import Catalogue
    from musicemb.records import LibraryStatus


@click.command(
    "status",
    short_help="Show what the library holds.",
    epilog="""\b
--json prints
  {"schema": 1, "library": "path", "bytes", "roots": ["path"], "tracks", "gone",
   "seconds": of music, "encoder": id or null, "encoder_name",
   "encoders": [{"encoder": id, "name", "tracks"}], "clusters": how many, "noise",
   "notes": [on how the groups came about], "tagged", "guesses", "problems": [PROBLEM], "runs": how many}
  PROBLEM  {"path", "kind": "failed" or "skipped", "reason", "transient": bool}
""",
)
@click.option("--problems", is_flag=True, help="List every file that gave no vector, with the reason.")
@json_option
@library_option()
@pass_session
def status_command(session: Session, problems: bool, as_json: bool) -> None:
    """Show what the library holds: tracks, encoder, groups, genres, problems.

    \b
    Examples:
      musicemb status
      musicemb status --problems
    """
    from musicemb.workflows.library.status import library_status

    with session.open(read_only=True) as catalogue:
        status = library_status(catalogue)
    if as_json:
        emit_json(_document(status))
    elif problems:
        _show_problems(status)
    else:
        _show(session, status)


@click.command(
    "forget",
    short_help="Drop a folder, or tracks whose files are gone.",
    epilog="""\b
--json prints
  {"schema": 1, "forgotten": how many tracks}
""",
)
@click.argument("paths", metavar="[FOLDER]...", nargs=-1, type=click.Path(path_type=Path))
@click.option("--gone", is_flag=True, help="Forget the tracks whose files are gone.")
@yes_option("Forget without asking.")
@json_option
@library_option()
@pass_session
def forget_command(session: Session, paths: tuple[Path, ...], gone: bool, yes: bool, as_json: bool) -> None:
    """Drop tracks from the library: those in FOLDER, or those whose files are gone. No file is touched.

    FOLDER, there or not, is not scanned any more; it may also be one file. Tracks whose files are
    gone stay until then, marked and out of all results: a folder that comes back is not listened to
    again.

    \b
    Examples:
      musicemb forget /mnt/old-drive
      musicemb forget --gone
    """
    if gone == bool(paths):
        raise click.UsageError("say what to forget: FOLDER, or --gone")
    with session.open(create=False) as catalogue:
        forgotten = _forget_places(session, catalogue, paths, yes) if paths else _forget_gone(session, catalogue, yes)
    if forgotten is None:
        note("nothing was forgotten")
    if as_json:
        emit_json({"schema": SCHEMA, "forgotten": forgotten or 0})
    elif forgotten:
        emit(f"{plural(forgotten, 'track')} forgotten")


def _forget_gone(session: Session, catalogue: Catalogue, yes: bool) -> int | None:
    from musicemb.workflows.library.status import forget_gone

    count = catalogue.counts()["gone"]
    if not count:
        note("no track is gone")
        return 0
    question = f"Forget {plural(count, 'track')} whose file is gone?"
    return forget_gone(catalogue) if session.confirm(question, what="tracks are forgotten", yes=yes) else None


def _forget_places(session: Session, catalogue: Catalogue, paths: tuple[Path, ...], yes: bool) -> int | None:
    from musicemb.workflows.library.status import forget_places, plan_forgetting

    plan = plan_forgetting(catalogue, paths)
    for path in plan.back:
        note(f"{short_path(path)} lies in a folder that stays: a scan without --exclude finds it again")
    question = f"Forget {plural(len(plan.tracks), 'track')} in {', '.join(map(short_path, paths))}?"
    if not session.confirm(question, what="tracks are forgotten", yes=yes):
        return None
    forget_places(catalogue, plan)
    for root in plan.roots:
        note(f"{short_path(root)} is not scanned any more")
    return len(plan.tracks)


def _document(status: LibraryStatus) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "library": str(status.path),
        "bytes": status.size,
        "roots": [str(root) for root in status.roots],
        "tracks": status.tracks,
        "gone": status.gone,
        "seconds": round(status.duration, 3),
        "encoder": status.encoder_id or None,
        "encoder_name": status.encoder_name,
        "encoders": [{"encoder": id_, "name": name, "tracks": tracks} for id_, name, tracks in status.encoders],
        "clusters": len(status.clusters),
        "noise": status.noise,
        "notes": list(status.notes),
        "tagged": status.tagged,
        "guesses": status.guesses,
        "problems": [problem_document(problem) for problem in status.problems],
        "runs": len(status.runs),
    }


def _show_problems(status: LibraryStatus) -> None:
    for problem in status.problems:
        again = "; tried at every scan" if problem.transient else ""
        emit(f"{problem.kind}  {short_path(problem.path)}: {printable(problem.reason)}{again}")
    if not status.problems:
        note("no file gave trouble")


def _show(session: Session, status: LibraryStatus) -> None:
    writable = "" if os.access(status.path, os.W_OK) else ", not writable"
    lines = [("Library", f"{short_path(status.path)}, {size(status.size)}{writable}")]
    for place, root in enumerate(status.roots):
        lines.append(("" if place else "Scanned", short_path(root)))
    gone = f"; {number(status.gone)} gone ({session.command('forget --gone')})" if status.gone else ""
    music = f" with {duration(status.duration)} of music" if status.tracks else ""
    lines.append(("Tracks", f"{number(status.tracks)}{music}{gone}"))
    if status.encoder_id:
        why = "; the default, which gained most over MFCC statistics" if status.encoder_name == DEFAULT_BUNDLE else ""
        lines.append(("Encoder", f"{printable(status.encoder_name)} ({status.encoder_id}{why})"))
    for id_, name, tracks in status.encoders:
        if id_ != status.encoder_id:
            lines.append(("", f"{printable(name)} ({id_}): vectors of {plural(tracks, 'track')}"))
    if status.clusters:
        alone = f"; {plural(status.noise, 'track')} stand{'s' if status.noise == 1 else ''} alone"
        lines.append(("Groups", f"{number(len(status.clusters))}{alone if status.noise else ''}"))
        lines += [("", printable(text)) for text in status.notes]
    if status.tracks:
        counts = [(status.tagged, "with one of their own"), (status.guesses, "with a guess")]
        lines.append(("Genres", _counted(counts) or "none yet"))
    if status.problems:
        failed = sum(problem.kind == "failed" for problem in status.problems)
        counts = [(failed, "failed"), (len(status.problems) - failed, "skipped")]
        lines.append(("Problems", f"{_counted(counts)} ({session.command('status --problems')})"))
    if status.runs:
        last = status.runs[0]
        when = last.started[:16].replace("T", " ")
        lines.append(("Written", f"{plural(len(status.runs), 'run')}; the last: {last.kind}, {when} UTC"))
    for name, text in lines:
        emit(f"{name:9} {text}")
    if not status.tracks:
        emit(f"\nThe library is empty: {session.command('scan FOLDER')} fills it")


def _counted(counts: Iterable[tuple[int, str]]) -> str:
    return ", ".join(f"{number(count)} {word}" for count, word in counts if count)
