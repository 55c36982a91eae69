"""The command ``export``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from musicemb.cli.options import FILE, json_option, library_option
from musicemb.cli.output import emit, emit_json
from musicemb.cli.progress import Bar, note
from musicemb.cli.session import Session, pass_session
from musicemb.cli.wording import plural, short_path, size
from musicemb.documents import SCHEMA

if TYPE_CHECKING:
    from musicemb.records import MeasureStage
    from musicemb.records.library import Exported


@click.command(
    "export",
    short_help="Write all that is known of the tracks to a table.",
    epilog="""\b
--json prints
  {"schema": 1, "written": [{"path", "tracks", "columns", "dimensions": of the vectors,
   "segments": segment vectors written, "bytes"}], "notes": [text]}
""",
)
@click.option("-o", "--output", type=FILE, metavar="FILE", help="Table to write: .parquet, .csv, .npz or .jsonl.")
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
    no_vectors: bool,
    segments: bool,
    tensorboard: Path | None,
    force: bool,
    as_json: bool,
) -> None:
    """Write all that is known of the tracks to a table for other programs.

    There is one row per track: path, tags, your genre, guess, cluster, values of the sound, and the vector. Columns
    that begin with sound_ hold the probabilities of moods, instruments and voices, where the encoder hears them. A
    table is written whole or not at all. Parquet needs PyArrow, which pip installs with the extra "parquet".

    \b
    Examples:
      musicemb export -o library.csv --no-vectors
      musicemb export -o library.npz --segments
      musicemb export --tensorboard projector
    """
    if output is None and tensorboard is None:
        raise click.UsageError("name a file with --output FILE, or a folder with --tensorboard FOLDER")
    if output is None and (segments or no_vectors):
        raise click.UsageError("--segments and --no-vectors need --output FILE")
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

                written.append(
                    library.export(output, vectors=not no_vectors, segments=segments, replace=force, on_stage=show)
                )
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
    for one in written:
        parts = [plural(one.tracks, "track"), plural(one.columns, "column")]
        parts += [f"vectors of {one.dimensions} dimensions"] * bool(one.dimensions)
        parts += [plural(one.segments, "segment")] * bool(one.segments)
        emit(f"{short_path(one.path)}: {', '.join(parts)} ({size(one.size)})")
    if tensorboard is not None:
        emit("show it with: tensorboard --logdir " + short_path(tensorboard))
