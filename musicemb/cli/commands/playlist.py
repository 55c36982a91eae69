"""The command ``playlist``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from musicemb.cli.options import (
    FILE,
    encoder_option,
    json_option,
    library_option,
    where_words_option,
)
from musicemb.cli.output import emit_bytes, emit_json
from musicemb.cli.playlist_options import PlaylistForm, form_options, read_form
from musicemb.cli.progress import note
from musicemb.cli.session import Session, pass_session
from musicemb.cli.track_arguments import find_known, find_named, join_words, read_limits, value_options
from musicemb.cli.views.words import tell_left_out
from musicemb.cli.wording import duration, plural, printable
from musicemb.documents import SCHEMA, TRACK_HELP, WORDS_HELP, track_document, words_document
from musicemb.errors import MusicembError

if TYPE_CHECKING:
    from musicemb.library import Library
    from musicemb.records import Cluster, MusicalKey, Track
    from musicemb.workflows.similarity.playlist import PlaylistLength

OURS = "musicemb group"
"""Stands in the playlist of a group, so that the next call knows which files it may replace."""


@click.command(
    "playlist",
    short_help="Make a playlist: similar to a track, of a group, or from one track to another.",
    epilog=f"""\b
--json prints
  {{"schema": 1, "name": null or text, "tracks": [TRACK], "duration": seconds,
   "notes": [text], "output": null or path, "where_words": WORDS}}
and with --all-groups
  {{"schema": 1, "playlists": [{{"cluster": id, "name", "size": tracks,
   "duration": seconds, "output": path}}], "old": [path of a group that is no
   longer there], "notes": [text]}}
{WORDS_HELP}
{TRACK_HELP}
""",
)
@click.argument("tracks", metavar="[TRACK]...", nargs=-1)
@click.option("--cluster", type=int, metavar="ID", help="Use the tracks of a group (see musicemb clusters).")
@click.option("--all-groups", is_flag=True, help="Write a playlist for every group into the folder --output.")
@click.option("--from", "start", metavar="TRACK", help="Start of a smooth path; needs --to.")
@click.option("--to", "end", metavar="TRACK", help="End of the path.")
@click.option(
    "-n",
    "--tracks",
    "count",
    type=click.IntRange(min=1),
    metavar="N",
    help="Length in tracks.  [default: 25; with --all-groups: all]",
)
@click.option(
    "--minutes", type=click.FloatRange(min=0, min_open=True), metavar="M", help="Approximate length in minutes."
)
@click.option(
    "--spacing",
    type=click.IntRange(min=0),
    metavar="K",
    help="Number of tracks between two by the same artist, where possible.  [default: 3]",
)
@click.option(
    "--curve",
    type=click.Choice(["warm-up", "arc", "cool-down"]),
    help="Order by tempo, so that keys of neighbouring tracks mix. arc: warm up, peak, cool down.",
)
@click.option("--within", metavar="GENRE|FOLDER", help="Only tracks of a genre, or in a folder (with TRACK).")
@where_words_option
@value_options
@click.option(
    "--harmonic",
    is_flag=True,
    help="Let each track follow one whose key and tempo it mixes with, where possible; tracks by one artist may "
    "then be closer together.",
)
@click.option(
    "-o",
    "--output",
    type=FILE,
    metavar="FILE",
    callback=lambda _context, _option, path: None if path == Path("-") else path,
    help="Write the playlist to FILE (default, or -: print it). With --all-groups, FILE is a folder.",
)
@click.option("--force", is_flag=True, help="Replace FILE if it exists.")
@click.option("--name", metavar="TEXT", help="Name that players show (default: the group's, else the file's).")
@form_options
@json_option
@encoder_option("Encoder for a file outside the library (default: the one the library was made with).")
@library_option()
@pass_session
def playlist_command(
    session: Session,
    tracks: tuple[str, ...],
    cluster: int | None,
    all_groups: bool,
    start: str | None,
    end: str | None,
    count: int | None,
    minutes: float | None,
    spacing: int | None,
    curve: str | None,
    within: str | None,
    where_words: str | None,
    bpm: tuple[float, float] | None,
    keys: frozenset[MusicalKey] | None,
    harmonic: bool,
    output: Path | None,
    force: bool,
    name: str | None,
    form: str | None,
    prefixes: tuple[tuple[Path, str], ...],
    relative_to: Path | None,
    absolute: bool,
    player: str | None,
    music_directory: Path | None,
    as_json: bool,
    encoder: str | None,
) -> None:
    """Make a playlist: tracks similar to TRACK, the tracks of a group, or a smooth path between two tracks.

    The playlist is M3U8 (UTF-8), M3U or XSPF. With --output, its paths are relative to the folder it is written to, so
    that both can be moved together; printed paths are absolute. The same library and arguments give the same playlist.
    --all-groups replaces the playlists that it wrote before, and no others.
    --where-words applies to all but the TRACKs that you name and the two ends; it chooses as in musicemb similar.

    \b
    Examples:
      musicemb playlist "code monkey" --tracks 20 > like-code-monkey.m3u8
      musicemb playlist --from "first of may" --to "skullcrusher" -o way.m3u8
      musicemb playlist "code monkey" --where-words "female voice, energetic"
      musicemb playlist "code monkey" --bpm 120-128 --harmonic -n 20
      musicemb playlist --cluster 3 --minutes 90 --output evening.m3u8 --absolute
      musicemb playlist --cluster 3 --minutes 60 --curve arc > dance.m3u8
      musicemb playlist --all-groups -o ~/Music/playlists --prefix ~/Music=/music
    """
    typed = {
        "tracks": bool(tracks),
        "cluster": cluster is not None,
        "all_groups": all_groups,
        "from": start is not None,
        "to": end is not None,
        "count": count is not None,
        "one": count == 1,
        "minutes": minutes is not None,
        "curve": curve is not None,
        "within": within is not None,
        "where_words": where_words is not None,
        "limits": bool(bpm or keys),
        "harmonic": harmonic,
        "output": output is not None,
        "name": name is not None,
    }
    _refuse_contradictions({option for option, there in typed.items() if there})
    written = read_form(
        form, prefixes, relative_to, absolute, player=player, music_directory=music_directory, output=output
    )
    from musicemb.io.output.files import write_output
    from musicemb.workflows.similarity.playlist import PlaylistLength
    from musicemb.workflows.similarity.ranking import ResultFilters

    with session.open(read_only=True, encoder=encoder) as library:
        said = library.catalogue.configuration
        spacing = int(said.value("playlist.spacing", option=spacing))
        if not all_groups and count is None and minutes is None:
            wished = said.value("playlist.tracks")
            minutes = said.value("playlist.minutes") if wished is None else None
            length = PlaylistLength(minutes=minutes) if wished is None else PlaylistLength(wished)
        else:
            length = PlaylistLength(minutes=minutes) if count is None else PlaylistLength(count)
        if all_groups and output is not None:
            wanted = None if count is None and minutes is None else length
            _write_groups(library, output.expanduser(), written, wanted, spacing=spacing, force=force, as_json=as_json)
            return
        ends = None
        if start is not None and end is not None:
            ends = find_known(session, library, start), find_known(session, library, end)
        seeds = [find_named(session, library, text) for text in join_words(tracks)]
        words = None if where_words is None else library.choose_by_words(where_words)
        filters = ResultFilters(
            within=within or "",
            among=None if words is None else words.scores.keys(),
            limits=read_limits(bpm, keys),
            harmonic=harmonic,
        )
        chosen = library.playlist(
            seeds, cluster=cluster, ends=ends, length=length, spacing=spacing, filters=filters, curve=curve
        )
        if name is None:
            names = {} if cluster is None else {one.id: one.name for one in library.clusters()}
            name = names.get(cluster if cluster is not None else -1, output.stem if output is not None else None)
    if words is not None:
        tell_left_out(words)
    target = None if output is None else output.expanduser().absolute()
    content = written.encode(chosen, target, name=name or "")
    if output is not None:
        write_output(output.expanduser(), content, force=force)
    notes = written.notes(chosen, target)
    for text in notes:
        note(text)
    seconds = sum(track.duration for track in chosen)
    if as_json:
        emit_json(
            {
                "schema": SCHEMA,
                "name": name,
                "tracks": [track_document(track) for track in chosen],
                "duration": round(seconds, 3),
                "notes": notes,
                "output": None if output is None else str(output),
                "where_words": None if words is None else words_document(where_words or "", words),
            }
        )
    elif output is None:
        emit_bytes(content)
    if output is not None:
        note(f"{printable(str(output))}: {plural(len(chosen), 'track')}, {duration(seconds)}")
    if count is not None and len(chosen) < count:
        note(f"the library has only {plural(len(chosen), 'track')} for this, not {count}")


def _refuse_contradictions(typed: set[str]) -> None:
    """Refuse options that contradict each other, with one line for each."""
    ways = len(typed & {"tracks", "cluster", "all_groups"}) + bool(typed & {"from", "to"})
    if ways != 1:
        raise click.UsageError("give one of TRACKs, --cluster ID, --all-groups, or --from TRACK --to TRACK")
    if len(typed & {"from", "to"}) == 1:
        raise click.UsageError("--from and --to need each other")
    if "within" in typed and "tracks" not in typed:
        raise click.UsageError("--within needs TRACKs")
    if "all_groups" in typed and "output" not in typed:
        raise click.UsageError("--all-groups needs -o FOLDER")
    for one, other, told in _CONTRADICTIONS:
        if {one, other} <= typed:
            raise click.UsageError(told)


_CONTRADICTIONS = (
    ("count", "minutes", "--tracks and --minutes both set the length: give one of them"),
    ("curve", "harmonic", "--curve considers keys itself: leave --harmonic out"),
    ("curve", "all_groups", "--curve needs TRACKs or --cluster: the others have an order of their own"),
    ("curve", "from", "--curve needs TRACKs or --cluster: the others have an order of their own"),
    ("from", "one", "a path from one track to another has at least 2 tracks"),
    ("all_groups", "name", "--all-groups names each playlist by its group"),
    ("all_groups", "where_words", "--where-words chooses for one playlist: it does not go with --all-groups"),
    ("all_groups", "limits", "--bpm, --key and --harmonic are for one playlist, not for --all-groups"),
    ("all_groups", "harmonic", "--bpm, --key and --harmonic are for one playlist, not for --all-groups"),
)


def _write_groups(
    library: Library,
    folder: Path,
    written: PlaylistForm,
    length: PlaylistLength | None,
    *,
    spacing: int,
    force: bool,
    as_json: bool,
) -> None:
    from musicemb.io.output.files import begins_with, check_output, write_output
    from musicemb.io.output.playlist_files import FORMATS, file_name

    groups = library.group_playlists(length=length, spacing=spacing)
    if not groups:
        raise MusicembError("the library has no groups yet: scan more music, then musicemb clusters lists them")
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise MusicembError(f"{folder} cannot be made: {error.strerror or error}") from None
    planned: list[tuple[Path, Cluster, list[Track]]] = []
    taken = set[str]()
    for group, tracks in groups:
        called = file_name(group.name, written.form or FORMATS[0], taken, number=group.id)
        taken.add(called.casefold())
        planned.append((folder / called, group, tracks))
    for path, _, _ in planned:  # before the first is written
        check_output(path, force=force, ours=OURS.encode())
    for path, group, tracks in planned:
        content = written.encode(tracks, path.absolute(), name=group.name, remark=f"{OURS} {group.id}")
        write_output(path, content, force=force, ours=OURS.encode())
    new = {path.name.casefold() for path, _, _ in planned}
    lists = sorted(path for path in folder.iterdir() if path.suffix.lstrip(".") in FORMATS and path.is_file())
    old = [path for path in lists if path.name.casefold() not in new and begins_with(path, OURS.encode())]
    first = planned[0][0].absolute()
    notes = written.notes([track for _, _, tracks in planned for track in tracks], first)
    for text in notes:
        note(text)
    if old:
        note(f"written earlier, for groups that are gone or in another format (delete them if you like): {len(old)}")
        for path in old:
            note(f"  {printable(str(path))}")
    if as_json:
        playlists = [
            {
                "cluster": group.id,
                "name": group.name,
                "size": len(tracks),
                "duration": round(sum(track.duration for track in tracks), 3),
                "output": str(path),
            }
            for path, group, tracks in planned
        ]
        emit_json({"schema": SCHEMA, "playlists": playlists, "old": [str(path) for path in old], "notes": notes})
    count = sum(len(tracks) for _, _, tracks in planned)
    note(f"{printable(str(folder))}: {plural(len(planned), 'playlist')}, {plural(count, 'track')}")
