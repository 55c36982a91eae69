"""The command ``export``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from musicemb.cli.options import FILE, json_option, library_option
from musicemb.cli.output import emit, emit_json
from musicemb.cli.piped import stdout_for_data
from musicemb.cli.progress import Bar, note
from musicemb.cli.session import Session, pass_session
from musicemb.cli.wording import plural, short_path, size
from musicemb.documents import SCHEMA

if TYPE_CHECKING:
    from musicemb.records import Exported, MeasureStage

STDOUT = Path("-")


@click.command(
    "export",
    short_help="Write all data on the tracks to a table.",
    epilog="""\b
--json prints
  {"schema": 1, "written": [{"path", "tracks", "columns", "dimensions": of the
   vectors, "segments": segment vectors written, "bytes"}], "notes": [text]}
""",
)
@click.option(
    "-o", "--output", type=FILE, metavar="FILE", help="Table to write: .parquet, .csv, .npz or .jsonl; - prints it."
)
@click.option("--format", "form", type=click.Choice(["csv", "jsonl"]), help="Format that -o - prints (default: csv).")
@click.option("--no-vectors", is_flag=True, help="Leave out the vectors, for a smaller table.")
@click.option("--segments", is_flag=True, help="Also write the vectors of the tracks' segments (not in .csv).")
@click.option("--tensorboard", type=FILE, metavar="FOLDER", help="Write files for TensorBoard's embedding projector.")
@click.option("--force", is_flag=True, help="Replace files that exist.")
@json_option
@library_option()
@pass_session
def export_command(
    session: Session,
    output: Path | None,
    form: str | None,
    no_vectors: bool,
    segments: bool,
    tensorboard: Path | None,
    force: bool,
    as_json: bool,
) -> None:
    """Write all data on the tracks to a table for other programs.

    There is one row per track: path, tags, your genre, guess, group, values of the sound, and the vector. Columns that
    begin with sound_ hold the probabilities of moods, instruments and voices, if the encoder knows them. A table is
    written completely or not at all. Parquet needs PyArrow, which pip installs with the extra "parquet".

    \b
    Examples:
      musicemb export -o library.csv --no-vectors
      musicemb export -o library.npz --segments
      musicemb export --tensorboard projector
      musicemb export -o - --format jsonl | jq .title
    """
    if output is None and tensorboard is None:
        raise click.UsageError("name a file with --output FILE, or a folder with --tensorboard FOLDER")
    if output is None and (segments or no_vectors):
        raise click.UsageError("--segments and --no-vectors need --output FILE")
    printed = output == STDOUT
    if form is not None and not printed:
        raise click.UsageError("--format is for -o -: for a file, the suffix sets the format")
    if printed and (as_json or tensorboard is not None):
        raise click.UsageError("-o - prints the table and nothing else: name a file, or leave the other option out")
    stream = stdout_for_data() if printed else None
    written: list[Exported] = []
    with session.open(read_only=True) as library:
        if output is not None:
            with Bar("reading the library") as bar:
                begun = False

                def show(stage: MeasureStage) -> None:
                    nonlocal begun
                    if stage.total and not begun:
                        begun = True
                        bar.start(stage.total, "writing")
                    if stage.total:
                        bar.advance("")

                target = Path(f"stdout.{form or 'csv'}") if printed else output
                exported = library.export(
                    target,
                    vectors=not no_vectors,
                    segments=segments,
                    replace=force,
                    stream=stream,
                    on_stage=show,
                )
                written.append(exported)
        if tensorboard is not None:
            written.append(library.export_projector(tensorboard, replace=force))
    notes = [text for one in written for text in one.notes]
    for text in notes:
        note(text)
    if as_json:
        documents = [
            {
                "path": str(one.path),
                "tracks": one.tracks,
                "columns": one.columns,
                "dimensions": one.dimensions,
                "segments": one.segments,
                "bytes": one.size,
            }
            for one in written
        ]
        emit_json({"schema": SCHEMA, "written": documents, "notes": notes})
        return
    if printed:
        return
    for one in written:
        parts = [plural(one.tracks, "track"), plural(one.columns, "column")]
        parts += [f"vectors of {one.dimensions} dimensions"] * bool(one.dimensions)
        parts += [plural(one.segments, "segment")] * bool(one.segments)
        emit(f"{short_path(one.path)}: {', '.join(parts)} ({size(one.size)})")
    if tensorboard is not None:
        emit("show it with: tensorboard --logdir " + short_path(tensorboard))
