"""The command ``forget``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from musicemb.cli.options import FILE, json_option, library_option, yes_option
from musicemb.cli.output import emit, emit_json
from musicemb.cli.progress import note
from musicemb.cli.session import Session, pass_session
from musicemb.cli.wording import plural, short_path
from musicemb.documents import SCHEMA

if TYPE_CHECKING:
    from musicemb.library import Library


@click.command(
    "forget",
    short_help="Remove a folder, or tracks whose files are gone.",
    epilog="""\b
--json prints
  {"schema": 1, "forgotten": how many tracks}
""",
)
@click.argument("paths", metavar="[FOLDER]...", nargs=-1, type=FILE)
@click.option("--gone", is_flag=True, help="Remove the tracks whose files are gone.")
@yes_option("Remove without asking.")
@json_option
@library_option()
@pass_session
def forget_command(session: Session, paths: tuple[Path, ...], gone: bool, yes: bool, as_json: bool) -> None:
    """Remove tracks from the library: those in FOLDER, or those whose files are gone. No file is changed.

    FOLDER need not exist, and may also be one file; it is not scanned any more. Until they are removed, tracks whose
    files are gone are kept but left out of all results: a folder that comes back need not be embedded again.

    \b
    Examples:
      musicemb forget /mnt/old-drive
      musicemb forget --gone
    """
    if gone == bool(paths):
        raise click.UsageError("give either FOLDER or --gone")
    with session.open(create=False) as library:
        forgotten = _forget_places(session, library, paths, yes) if paths else _forget_gone(session, library, yes)
    if forgotten is None:
        note("nothing was removed")
    if as_json:
        emit_json({"schema": SCHEMA, "forgotten": forgotten or 0})
    elif forgotten:
        emit(f"{plural(forgotten, 'track')} removed")


def _forget_gone(session: Session, library: Library, yes: bool) -> int | None:
    count = library.catalogue.counts()["gone"]
    if not count:
        note("no track's file is gone")
        return 0
    question = f"Remove {plural(count, 'track')} whose file is gone from the library?"
    return library.forget() if session.confirm(question, what="tracks are removed", yes=yes) else None


def _forget_places(session: Session, library: Library, paths: tuple[Path, ...], yes: bool) -> int | None:
    plan = library.plan_forgetting(paths)
    for path in plan.back:
        note(f"{short_path(path)} is in a folder that is still scanned: the next scan adds it again")
    question = f"Remove {plural(len(plan.tracks), 'track')} in {', '.join(map(short_path, paths))} from the library?"
    if not session.confirm(question, what="tracks are removed", yes=yes):
        return None
    library.forget(plan)
    for root in plan.roots:
        note(f"{short_path(root)} is not scanned any more")
    return len(plan.tracks)
