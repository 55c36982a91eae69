"""The command ``forget``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from musicemb.cli.options import json_option, library_option, yes_option
from musicemb.cli.output import emit, emit_json
from musicemb.cli.progress import note
from musicemb.cli.session import Session, pass_session
from musicemb.cli.wording import plural, short_path
from musicemb.documents import SCHEMA

if TYPE_CHECKING:
    from musicemb.library import Library


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
    with session.open(create=False) as library:
        forgotten = _forget_places(session, library, paths, yes) if paths else _forget_gone(session, library, yes)
    if forgotten is None:
        note("nothing was forgotten")
    if as_json:
        emit_json({"schema": SCHEMA, "forgotten": forgotten or 0})
    elif forgotten:
        emit(f"{plural(forgotten, 'track')} forgotten")


def _forget_gone(session: Session, library: Library, yes: bool) -> int | None:
    count = library.catalogue.counts()["gone"]
    if not count:
        note("no track is gone")
        return 0
    question = f"Forget {plural(count, 'track')} whose file is gone?"
    return library.forget() if session.confirm(question, what="tracks are forgotten", yes=yes) else None


def _forget_places(session: Session, library: Library, paths: tuple[Path, ...], yes: bool) -> int | None:
    plan = library.plan_forgetting(paths)
    for path in plan.back:
        note(f"{short_path(path)} lies in a folder that stays: a scan without --exclude finds it again")
    question = f"Forget {plural(len(plan.tracks), 'track')} in {', '.join(map(short_path, paths))}?"
    if not session.confirm(question, what="tracks are forgotten", yes=yes):
        return None
    library.forget(plan)
    for root in plan.roots:
        note(f"{short_path(root)} is not scanned any more")
    return len(plan.tracks)
