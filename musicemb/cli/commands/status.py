"""The command ``status``."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from musicemb.cli.options import json_option, library_option
from musicemb.cli.output import emit, emit_json
from musicemb.cli.paragraphs import emit_paragraph
from musicemb.cli.progress import note
from musicemb.cli.session import Session, pass_session
from musicemb.cli.wording import duration, number, plural, printable, short_path, size
from musicemb.documents import SCHEMA, status_document
from musicemb.settings import DEFAULT_BUNDLE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from musicemb.records import LibraryStatus


@click.command(
    "status",
    short_help="Show what the library holds.",
    epilog="""\b
--json prints
  {"schema": 1, "library": "path", "bytes", "roots": ["path"], "tracks",
   "gone", "seconds": of music, "encoder": id or null, "encoder_name",
   "encoder_origin": model that its weights started from, and its licence, or
   "", "encoders": [{"encoder": id, "name", "tracks"}], "clusters": how many,
   "noise", "notes": [on the clustering], "tagged", "imported", "guesses",
   "values": {"bpm": tracks with one, "key", "loudness", "unmeasured": scanned
   by an older version or in excerpts, "excerpts": scanned in excerpts
   (--fast)}, "problems": [PROBLEM], "runs": how many}
  PROBLEM  {"path", "kind": "failed" or "skipped", "reason",
           "transient": bool}
""",
)
@click.option("--problems", is_flag=True, help="List all files that failed or were skipped, with the reason.")
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
    with session.open(read_only=True) as library:
        status = library.status()
    if as_json:
        emit_json({"schema": SCHEMA, **status_document(status)})
    elif problems:
        _show_problems(status)
    else:
        _show(session, status)


def _show_problems(status: LibraryStatus) -> None:
    for problem in status.problems:
        again = "; retried at every scan" if problem.transient else ""
        emit(f"{problem.kind}  {short_path(problem.path)}: {printable(problem.reason)}{again}")
    if not status.problems:
        note("no file failed or was skipped")


def _show(session: Session, status: LibraryStatus) -> None:
    writable = "" if os.access(status.path, os.W_OK) else ", not writable"
    lines = [("Library", f"{short_path(status.path)}, {size(status.size)}{writable}")]
    for place, root in enumerate(status.roots):
        lines.append(("" if place else "Scanned", short_path(root)))
    gone = f"; {number(status.gone)} gone ({session.command('forget --gone')})" if status.gone else ""
    music = f" with {duration(status.duration)} of music" if status.tracks else ""
    lines.append(("Tracks", f"{number(status.tracks)}{music}{gone}"))
    if status.encoder_id:
        why = "; the default: largest gain over MFCC statistics" if status.encoder_name == DEFAULT_BUNDLE else ""
        lines.append(("Encoder", f"{printable(status.encoder_name)} ({status.encoder_id}{why})"))
        if status.encoder_origin:
            lines.append(("", printable(f"its weights started from those of {status.encoder_origin}")))
    for id_, name, tracks in status.encoders:
        if id_ != status.encoder_id:
            lines.append(("", f"{printable(name)} ({id_}): vectors of {plural(tracks, 'track')}"))
    if status.clusters:
        alone = f"; {plural(status.noise, 'track')} in no group"
        lines.append(("Groups", f"{number(len(status.clusters))}{alone if status.noise else ''}"))
        lines += [("", printable(text)) for text in status.notes]
    if status.tracks:
        counts = [
            (status.tagged - status.imported, "tagged"),
            (status.imported, "imported"),
            (status.guesses, "guessed"),
        ]
        lines.append(("Genres", _counted(counts) or "none yet"))
    lines += _values(session, status)
    if status.problems:
        failed = sum(problem.kind == "failed" for problem in status.problems)
        counts = [(failed, "failed"), (len(status.problems) - failed, "skipped")]
        lines.append(("Problems", f"{_counted(counts)} ({session.command('status --problems')})"))
    if status.runs:
        last = status.runs[0]
        when = last.started[:16].replace("T", " ")
        lines.append(("Written", f"{plural(len(status.runs), 'run')}; the last: {last.kind}, {when} UTC"))
    for name, text in lines:
        emit_paragraph(text, first=f"{name:9} ", hang=10)
    if not status.tracks:
        emit(f"\nThe library is empty: run {session.command('scan FOLDER')}")


def _values(session: Session, status: LibraryStatus) -> list[tuple[str, str]]:
    names = {"bpm": "tempo", "key": "key", "loudness": "loudness"}
    counts = [(status.values.get(value, 0), f"with {name}") for value, name in names.items()]
    lines = [("Values", text)] if (text := _counted(counts)) else []
    if excerpts := status.values.get("excerpts", 0):
        todo = (
            f"{plural(excerpts, 'track')} embedded from excerpts only ({session.command('scan')} embeds them in full)"
        )
        lines.append(("" if lines else "Values", todo))
    if (unmeasured := status.values.get("unmeasured", 0) - excerpts) > 0:
        todo = f"{plural(unmeasured, 'track')} not measured yet ({session.command('scan --reembed')})"
        lines.append(("" if lines else "Values", todo))
    return lines


def _counted(counts: Iterable[tuple[int, str]]) -> str:
    return ", ".join(f"{number(count)} {word}" for count, word in counts if count)
