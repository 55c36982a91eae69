"""The command ``backup``."""

from __future__ import annotations

from pathlib import Path

import click

from musicemb.cli.options import FILE, json_option, library_option, yes_option
from musicemb.cli.output import emit, emit_json
from musicemb.cli.progress import note
from musicemb.cli.session import Session, pass_session
from musicemb.cli.wording import plural, short_path, size
from musicemb.documents import SCHEMA


@click.command(
    "backup",
    short_help="Copy the library file safely, or restore a copy.",
    epilog="""\b
--json prints
  {"schema": 1, "library": "path", "backup": "path", "bytes": of the backup,
   "restored": bool, "kept": path of the library file that was replaced by
   --restore, or null}
""",
)
@click.argument("file", type=FILE)
@click.option("--force", is_flag=True, help="Replace FILE if it exists.")
@click.option("--restore", is_flag=True, help="Put a copy of the backup FILE in the place of the library file.")
@yes_option("With --restore: do not ask.")
@json_option
@library_option()
@pass_session
def backup_command(session: Session, file: Path, force: bool, restore: bool, yes: bool, as_json: bool) -> None:
    """Write a complete copy of the library file to FILE, even while another command is running.

    FILE is written completely or not at all, and can be read with --library FILE. Smaller copies, without the vectors
    of segments, are made beside the library file before tag, before scan --reembed and before a new version changes its
    format: at most one per day, and the last three are kept. --restore accepts both kinds; the library file that it
    replaces is kept under another name.

    \b
    Examples:
      musicemb backup ~/library-backup.sqlite
      musicemb backup --restore ~/library-backup.sqlite
    """
    if restore and force:
        raise click.UsageError("--force is for writing a backup, not for --restore")
    kept = None
    if restore:
        from musicemb.io.catalogue.catalogue import catalogue_path
        from musicemb.library import Library

        library = catalogue_path(session.library)
        question = f"Replace {short_path(library)} by a copy of {short_path(file)}?"
        if not session.confirm(question, what="a library file is replaced", yes=yes):
            note("nothing was replaced")
            return
        restored = Library.restore(file, session.library)
        kept = restored.kept
        if not as_json:
            entries = plural(restored.entries, "journal entry", "journal entries")
            aside = f"; the file that was there is kept as {short_path(kept)}" if kept else ""
            emit(f"restored: {plural(restored.tracks, 'track')}, {entries}{aside}")
    else:
        with session.open(read_only=True) as opened:
            opened.backup(file, replace=force)
            library = opened.catalogue.path
        if not as_json:
            emit(f"{short_path(file)} holds a complete copy ({size(file.expanduser().stat().st_size)})")
    if as_json:
        document = {"library": str(library), "backup": str(file), "bytes": file.expanduser().stat().st_size}
        emit_json({"schema": SCHEMA, **document, "restored": restore, "kept": None if kept is None else str(kept)})
