"""The command ``import``."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from musicemb.cli.options import FILE, json_option, library_option, yes_option
from musicemb.cli.output import emit, emit_json
from musicemb.cli.progress import Bar, note
from musicemb.cli.session import FAILED, Session, pass_session
from musicemb.cli.wording import first_few, plural, printable
from musicemb.documents import SCHEMA
from musicemb.errors import MusicembError

if TYPE_CHECKING:
    from musicemb.records import GenreImport

SHOWN = 5
"""Rows shown that could not be used."""


@click.command(
    "import",
    short_help="Read genres from a table, and trust them.",
    epilog="""\b
--json prints
  {"schema": 1, "dry_run": bool, "rows": of the table, "told": tracks that get
   genres, "taken_back": tracks whose imported genres are dropped,
   "unchanged": tracks, "refused": [{"line", "row": path or artist and title,
   "reason"}]}
""",
)
@click.argument("file", type=FILE, required=False, metavar="[FILE]")
@click.option("--clear", is_flag=True, help="Remove all imported genres.")
@click.option("--dry-run", is_flag=True, help="Only show what would change.")
@yes_option("With --clear: do not ask.")
@json_option
@library_option()
@pass_session
def import_command(
    session: Session, file: Path | None, clear: bool, dry_run: bool, yes: bool, as_json: bool
) -> int | None:
    """Take the genres in the table FILE as true: guesses are made from them, and they are shown in place of guesses.

    FILE is CSV in UTF-8 with a header: a column genre (several genres separated by semicolons), and a column path, or
    columns artist and title. A relative path is searched beside FILE, then in the scanned folders. A table that export
    wrote can be edited and imported again. A row with an empty genre removes the imported genres of its track.

    The genres are kept in the library file, by the audio of the tracks: they stay when files are moved, retagged or
    scanned again, and a copy of a track has them too. No music file is changed; "musicemb tag" writes them where the
    genre is empty.

    \b
    Examples:
      musicemb import genres.csv --dry-run
      musicemb import --clear
    """
    if (file is None) != clear:
        raise click.UsageError("give a table FILE to import, or --clear to take back what was imported")
    if clear and not dry_run:
        session.need_consent("imported genres are taken back", yes=yes)
    with session.open(read_only=dry_run, create=False) as library:
        plan = library.plan_import(file)
        if not as_json:
            _show(plan, dry_run=dry_run)
        if plan.refused and len(plan.refused) == plan.rows:
            raise MusicembError(f"{file}: no row can be used; nothing was imported")
        question = f"Take back the imported genres of {plural(plan.taken_back, 'track')}?"
        if plan.genres and not dry_run:
            if clear and not session.confirm(question, what="imported genres are taken back", yes=yes):
                note("nothing was taken back")
                return None
            with closing(library.apply_import(plan)) as steps, Bar("storing genres") as bar:  # type: ignore[type-var]
                for stage in steps:
                    bar.stage(stage.text)
            session.kept = "the genres are imported"
    if as_json:
        refused = [{"line": one.row.line, "row": one.row.name, "reason": one.reason} for one in plan.refused]
        counts = {"told": plan.told, "taken_back": plan.taken_back, "unchanged": plan.unchanged}
        emit_json({"schema": SCHEMA, "dry_run": dry_run, "rows": plan.rows, **counts, "refused": refused})
    elif plan.genres and not dry_run:
        emit(f"guesses are made from them now; see {session.command('status')}")
    return FAILED if plan.refused else None


def _show(plan: GenreImport, *, dry_run: bool) -> None:
    if plan.refused:
        lines = (f"  line {one.row.line}: {printable(one.row.name)}: {printable(one.reason)}" for one in plan.refused)
        note(f"{plural(len(plan.refused), 'row')} of {plan.rows} cannot be used:")
        note("\n".join(first_few(lines, SHOWN)))
    would = "would be " if dry_run else ""
    told = [f"genres of {plural(plan.told, 'track')} {would}imported"] * bool(plan.told)
    back = [f"of {plural(plan.taken_back, 'track')} {would}taken back"] * bool(plan.taken_back)
    same = [f"{plural(plan.unchanged, 'track')} as before"] * bool(plan.unchanged)
    emit("; ".join(told + back + same) or "nothing changes")
