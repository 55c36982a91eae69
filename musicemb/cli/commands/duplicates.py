"""The command ``duplicates``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from musicemb.cli.options import json_option, library_option
from musicemb.cli.output import emit, emit_json, emit_styled
from musicemb.cli.progress import Bar, note
from musicemb.cli.session import Session, pass_session
from musicemb.cli.views.table import Column, emit_table
from musicemb.cli.wording import clock, plural, printable, short_path, size
from musicemb.documents import TRACK_HELP, to_json

if TYPE_CHECKING:
    from musicemb.records import DuplicateGroup, Duplicates, MeasureStage

SHOWN = 20
"""Groups shown where no number is given."""


@click.command(
    "duplicates",
    short_help="List files that hold the same recording.",
    epilog="""\b
--json prints
  {"schema": 1, "groups": [{"kind": "same audio" or "same recording",
   "copies": [COPY], "differs": [names]}], "files": in all groups,
   "spare": bytes of all but the first of each group, "versions": pairs that
   titles distinguish, "unheard": tracks without stored segments}
  COPY     TRACK with "format", "bitrate": kbit/s, "bytes", "share": of
           segments that match the first one's, "offset": seconds by which it
           begins later
{TRACK_HELP}
""".replace("{TRACK_HELP}", TRACK_HELP),
)
@click.option("--exact", is_flag=True, help="Only files whose audio is equal, byte for byte.")
@click.option("-n", "number", metavar="N", type=click.IntRange(min=1), default=SHOWN, show_default=True,
              help="Number of groups to show.")  # fmt: skip
@json_option
@library_option()
@pass_session
def duplicates_command(session: Session, exact: bool, number: int, as_json: bool) -> None:
    """List files that hold the same recording. Nothing is deleted or changed.

    Files whose audio is equal except for the tags come first, then files that hold the same recording in another format
    or quality: their segments sound alike at the same positions, from beginning to end. Live versions, covers and
    remixes are not duplicates. The first file of each group is the one to keep: lossless before lossy, then the higher
    bit rate. Groups with the most to save come first. Check before you delete: two masterings of a recording count as
    the same recording.

    \b
    Examples:
      musicemb duplicates
      musicemb duplicates --exact --json
    """
    with session.open(read_only=True) as library, Bar("reading the library") as bar:
        begun = ""

        def show(stage: MeasureStage) -> None:
            nonlocal begun
            if stage.total and stage.text != begun:
                begun = stage.text
                bar.start(stage.total, "comparing pairs")
            if stage.total:
                bar.advance("")

        found = library.duplicates(exact_only=exact, on_stage=show)
    spare = sum(copy.size for group in found.groups for copy in group.copies[1:])
    if as_json:
        emit_json(to_json(found))
    else:
        _show(found, spare, number)


def _show(found: Duplicates, spare: int, number: int) -> None:
    if not found.groups:
        emit("no duplicates were found")
    for place, group in enumerate(found.groups[:number], start=1):
        if place > 1:
            emit("")
        _show_group(place, group)
    hidden = len(found.groups) - number
    if found.groups:
        files = sum(len(group.copies) for group in found.groups)
        more = f" ({plural(hidden, 'group')} not shown: -n {len(found.groups)})" if hidden > 0 else ""
        emit(f"\n{plural(len(found.groups), 'group')} of {plural(files, 'file')}; the copies take {size(spare)}{more}")
    if found.versions:
        note(f"{plural(found.versions, 'pair')} left out, since the titles name different versions")
    if found.unheard:
        tracks = plural(found.unheard, "track")
        note(f"{tracks} without stored segments: of those only equal audio is found (scan without --no-segments)")


def _show_group(place: int, group: DuplicateGroup) -> None:
    head = group.copies[0].track
    differs = f"; differs: {', '.join(group.differs)}" if group.differs else ""
    emit_styled(f"{place}. {head.name}", "bold")
    emit(printable(f"{group.kind}{differs}"))
    columns = [
        Column("format", at_least=4),
        Column("kbit/s", right=True, at_least=6),
        Column("size", right=True, at_least=7),
        Column("length", right=True, at_least=5),
        Column("alike", right=True, at_least=5),
        Column("path", style="dim", at_least=20, end=True),
    ]
    rows = [
        [
            copy.format,
            str(copy.bitrate),
            size(copy.size),
            clock(copy.track.duration),
            f"{copy.similarity:.0%}",
            short_path(copy.track.path),
        ]
        for copy in group.copies
    ]
    emit_table(columns, rows, below="path")
