"""The command ``playlist``."""

from __future__ import annotations

import os
from pathlib import Path

import click

from musicemb.cli.options import FILE, encoder_option, json_option, library_option
from musicemb.cli.output import emit_bytes, emit_json
from musicemb.cli.progress import note
from musicemb.cli.session import Session, pass_session
from musicemb.cli.track_arguments import find_known, find_named
from musicemb.cli.wording import duration, plural, printable
from musicemb.documents import SCHEMA, TRACK_HELP, track_document


@click.command(
    "playlist",
    short_help="Make a playlist: similar to a track, of a cluster, or from one track to another.",
    epilog=f"""\b
--json prints
  {{"schema": 1, "tracks": [TRACK], "duration": seconds, "notes": [text], "output": null or path}}
{TRACK_HELP}
""",
)
@click.argument("tracks", metavar="[TRACK]...", nargs=-1)
@click.option("--cluster", type=int, metavar="ID", help="Use the tracks of a cluster (see musicemb clusters).")
@click.option("--from", "start", metavar="TRACK", help="Start of a smooth path; needs --to.")
@click.option("--to", "end", metavar="TRACK", help="End of the path.")
@click.option(
    "-n", "--tracks", "count", type=click.IntRange(min=1), metavar="N", help="Length in tracks.  [default: 25]"
)
@click.option(
    "--minutes", type=click.FloatRange(min=0, min_open=True), metavar="M", help="Approximate length in minutes."
)
@click.option(
    "--spacing",
    type=click.IntRange(min=0),
    metavar="K",
    default=3,
    show_default=True,
    help="Number of tracks between two by the same artist, where possible.",
)
@click.option("--within", metavar="GENRE|FOLDER", help="Only tracks of a genre, or in a folder (with TRACK).")
@click.option("-o", "--output", type=FILE, metavar="FILE", help="Write the playlist to FILE instead of printing it.")
@click.option("--force", is_flag=True, help="Replace FILE if it exists.")
@click.option("--relative-to", type=FILE, metavar="FOLDER", help="Write paths relative to FOLDER.")
@click.option("--absolute", is_flag=True, help="Write absolute paths, also with --output.")
@json_option
@encoder_option("Encoder for a file outside the library (default: the one the library was made with).")
@library_option()
@pass_session
def playlist_command(
    session: Session,
    tracks: tuple[str, ...],
    cluster: int | None,
    start: str | None,
    end: str | None,
    count: int | None,
    minutes: float | None,
    spacing: int,
    within: str | None,
    output: Path | None,
    force: bool,
    relative_to: Path | None,
    absolute: bool,
    as_json: bool,
    encoder: str | None,
) -> None:
    """Make a playlist: tracks similar to TRACK, the tracks of a cluster, or a smooth path between two tracks.

    The playlist is M3U8 (UTF-8). With --output, its paths are relative to the folder it is written to, so that both
    can be moved together; printed paths are absolute. The same library and arguments give the same playlist.

    \b
    Examples:
      musicemb playlist "code monkey" --tracks 20 > like-code-monkey.m3u8
      musicemb playlist --from "first of may" --to "skullcrusher" --minutes 60 -o ~/Music/way.m3u8
      musicemb playlist --cluster 3 --minutes 90 --output evening.m3u8 --absolute
    """
    ways = [bool(tracks), cluster is not None, start is not None or end is not None]
    if sum(ways) != 1:
        raise click.UsageError("give one of TRACKs, --cluster ID, or --from TRACK --to TRACK")
    if (start is None) != (end is None):
        raise click.UsageError("--from and --to need each other")
    if count is not None and minutes is not None:
        raise click.UsageError("--tracks and --minutes both set the length: give one of them")
    if absolute and relative_to is not None:
        raise click.UsageError("--absolute and --relative-to contradict each other")
    if within is not None and not tracks:
        raise click.UsageError("--within needs TRACKs")
    if start is not None and count == 1:
        raise click.UsageError("a path from one track to another has at least 2 tracks")
    from musicemb.io.output.files import write_output
    from musicemb.io.output.m3u import encode_playlist, m3u8_text, playlist_notes
    from musicemb.workflows.similarity.playlist import PlaylistLength
    from musicemb.workflows.similarity.ranking import ResultFilters

    length = PlaylistLength(minutes=minutes) if count is None else PlaylistLength(count)
    with session.open(read_only=True, encoder=encoder) as library:
        ends = None
        if start is not None and end is not None:
            ends = find_known(session, library, start), find_known(session, library, end)
        seeds = [find_named(session, library, text) for text in tracks]
        filters = ResultFilters(within=within or "")
        chosen = library.playlist(seeds, cluster=cluster, ends=ends, length=length, spacing=spacing, filters=filters)
    if output is not None and relative_to is None and not absolute:
        relative_to = output.expanduser().absolute().parent
    folder = None if relative_to is None else Path(os.path.abspath(relative_to.expanduser()))  # noqa: PTH100
    notes = playlist_notes(chosen, folder=folder)
    if output is not None:
        write_output(output.expanduser(), encode_playlist(m3u8_text(chosen, folder=folder)), force=force)
    seconds = sum(track.duration for track in chosen)
    for text in notes:
        note(text)
    if as_json:
        written = None if output is None else str(output)
        documents = [track_document(track) for track in chosen]
        emit_json(
            {"schema": SCHEMA, "tracks": documents, "duration": round(seconds, 3), "notes": notes, "output": written}
        )
    elif output is None:
        emit_bytes(encode_playlist(m3u8_text(chosen, folder=folder)))
    if output is not None:
        note(f"{printable(str(output))}: {plural(len(chosen), 'track')}, {duration(seconds)}")
    if count is not None and len(chosen) < count:
        note(f"the library has only {plural(len(chosen), 'track')} for this, not {count}")
