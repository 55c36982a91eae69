"""The command ``mpd``."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from musicemb.cli.options import FILE, library_option
from musicemb.cli.output import emit
from musicemb.cli.piped import emit_line
from musicemb.cli.progress import note
from musicemb.cli.session import Session, pass_session
from musicemb.cli.track_arguments import find_named
from musicemb.cli.wording import plural, printable

if TYPE_CHECKING:
    from musicemb.library import Library
    from musicemb.plugins.mpd.player import Player


@click.command("mpd", short_help="Queue similar tracks in MPD, keep its queue filled, publish stickers.")
@click.option(
    "-n",
    "--tracks",
    "count",
    type=click.IntRange(min=1),
    metavar="N",
    default=20,
    show_default=True,
    help="Number of tracks to add; with --follow, to keep after the current one.",
)
@click.option("--like", metavar="TRACK", help="Add tracks similar to TRACK (default: to the current song).")
@click.option("--replace", is_flag=True, help="Remove everything but the current song from the queue first.")
@click.option("--follow", is_flag=True, help="Keep the queue filled, until Ctrl-C; waits while MPD cannot be reached.")
@click.option(
    "--json", "as_json", is_flag=True, help="With --follow, print a line of JSON for everything that happens."
)
@click.option("--stickers", is_flag=True, help="Write group, guess, confidence and tempo as stickers of MPD.")
@click.option("--dry-run", is_flag=True, help="Change nothing; print MPD's paths of the tracks that would be added.")
@click.option("--host", metavar="HOST", help="Host or socket of MPD (default: MPD_HOST, the usual sockets, localhost).")
@click.option("--port", type=click.IntRange(1, 65535), metavar="PORT", help="Port of MPD (default: MPD_PORT, 6600).")
@click.option(
    "--music-directory",
    type=FILE,
    metavar="FOLDER",
    help="Folder that MPD's paths begin at (default: as MPD reports over a local socket).",
)
@library_option()
@pass_session
def mpd_command(
    session: Session,
    count: int,
    like: str | None,
    replace: bool,
    follow: bool,
    as_json: bool,
    stickers: bool,
    dry_run: bool,
    host: str | None,
    port: int | None,
    music_directory: Path | None,
) -> None:
    """Add tracks to MPD's queue that sound like the current song.

    Tracks in the queue are not added again, and tracks of one artist are kept apart. With --follow, the queue never
    runs out: similar tracks are added as it plays on, also after MPD was restarted. --stickers publishes what musicemb
    knows to all clients of MPD; no music file is changed.

    \b
    Examples:
      musicemb mpd
      musicemb mpd --like "code monkey" --replace -n 50
      musicemb mpd --follow -n 5
      musicemb mpd --stickers
    """
    if follow and (stickers or dry_run or replace or like is not None):
        raise click.UsageError("--follow takes no --stickers, --dry-run, --replace or --like")
    if as_json and not follow:
        raise click.UsageError("--json is for --follow: what it adds, line by line")
    if stickers and (replace or like is not None):
        raise click.UsageError("--stickers takes no --replace or --like")
    from musicemb.plugins.mpd.player import Player, find_address

    player = Player(find_address(host, port), music_directory and music_directory.expanduser().absolute())
    with session.open(read_only=True) as library, closing(player):
        if follow:
            _follow(session, library, player, count, as_json=as_json)
            return
        player.connect()
        if stickers:
            _publish(library, player, dry_run=dry_run)
            return
        _queue(session, library, player, count, like, replace=replace, dry_run=dry_run)


def _queue(
    session: Session, library: Library, player: Player, count: int, like: str | None, *, replace: bool, dry_run: bool
) -> None:
    from musicemb.plugins.mpd.queueing import fill_queue

    seed = None
    if like is not None:
        found = find_named(session, library, like)
        seed = found if isinstance(found, Path) else found.path
    added = fill_queue(library, player, count, seed=seed, replace=replace, pretend=dry_run)
    for one in added:
        if dry_run:
            emit(one.uri)
        else:
            note(printable(one.track.name))
    if player.client.status().get("random") == "1" and not dry_run:
        note("MPD plays in random order: what was added may not come next")
    note(f"{plural(len(added), 'track')} {'would be ' if dry_run else ''}added")
    if len(added) < count:
        note("MPD has no more tracks that the library knows: run mpc update, and musicemb scan of its music folder")


def _follow(session: Session, library: Library, player: Player, count: int, *, as_json: bool) -> None:
    from musicemb.plugins.mpd.queueing import MpdNotice, follow

    session.kept = "the queue stays as it is"
    note(f"keeping {plural(count, 'track')} queued at {player.address}; Ctrl-C ends it")
    if as_json:
        emit_line("following", address=str(player.address), count=count)
    with closing(follow(library, player, count)) as events:  # type: ignore[type-var]
        for event in events:
            if as_json and isinstance(event, MpdNotice):
                emit_line("notice", text=event.text)
            elif as_json:
                emit_line("added", uri=event.uri, name=event.track.name)  # type: ignore[union-attr]
            note(printable(event.text if isinstance(event, MpdNotice) else f"added {event.track.name}"))


def _publish(library: Library, player: Player, *, dry_run: bool) -> None:
    from musicemb.plugins.mpd.stickers import put_stickers

    counts = put_stickers(library, player, pretend=dry_run)
    told = ", ".join(f"{counts[name]} {name}" for name in ("set", "removed", "unchanged"))
    note(f"stickers: {told}{' (dry run: nothing was changed)' if dry_run else ''}")
    if counts["unknown"]:
        note(f"{plural(counts['unknown'], 'track')} of the library are not in MPD's database")
