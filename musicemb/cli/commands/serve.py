"""The command ``serve``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from musicemb.cli.options import FILE, encoder_option, library_option
from musicemb.cli.output import emit, emit_styled
from musicemb.cli.progress import note
from musicemb.cli.session import Session, pass_session
from musicemb.cli.wording import plural, printable
from musicemb.errors import SettingsError
from musicemb.extras import require

if TYPE_CHECKING:
    from collections.abc import Sequence

    from musicemb.library import Library
    from musicemb.records import ServerTracks

TOKEN = "MUSICEMB_TOKEN"
RULES = {"path": "path", "mbid": "MBID", "isrc": "ISRC", "names": "artist, title and length"}
SHOWN = 50
"""Tracks shown that were not found."""


@click.command("serve")
@click.option(
    "--host",
    metavar="ADDRESS",
    default="127.0.0.1",
    show_default=True,
    help="Address to listen on; any other than loopback needs a token.",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    metavar="N",
    default=8000,
    show_default=True,
    help="Port to listen on (0: any free one).",
)
@click.option(
    "--token-file",
    type=FILE,
    metavar="FILE",
    help="File that holds the token and that only you can read (default: MUSICEMB_TOKEN).",
)
@click.option(
    "--user",
    metavar="NAME",
    default="musicemb",
    show_default=True,
    help="User name for clients that send one; the token is the password.",
)
@click.option(
    "--allow-host",
    "allowed",
    metavar="NAME",
    multiple=True,
    help="Host name that clients may use for this server, such as that of a reverse proxy; repeatable.",
)
@click.option(
    "--map",
    "maps",
    metavar="KIND=URL",
    multiple=True,
    help="Accept and return the track ids of a media server: navidrome, jellyfin or lyrion; one of each kind, "
    "repeatable.",
)
@click.option(
    "--refetch", is_flag=True, help="Fetch the tracks of the media servers again, even if that was done within a day."
)
@click.option("--show-map", is_flag=True, help="Show which tracks of the media servers are found, and exit.")
@encoder_option("Encoder of the library, if it was not shipped with musicemb.")
@library_option()
@pass_session
def serve_command(
    session: Session,
    host: str,
    port: int,
    token_file: Path | None,
    user: str,
    allowed: tuple[str, ...],
    maps: tuple[str, ...],
    refetch: bool,
    show_map: bool,
    encoder: str | None,
) -> None:
    """Serve the library to players over HTTP; it changes nothing.

    Similar tracks, paths between tracks, search and the files are served through two APIs: that of AudioMuse, which
    plugins for Navidrome, Jellyfin and Lyrion use, and OpenSubsonic (getSonicSimilarTracks, findSonicPath,
    getSimilarSongs). A rescan is noticed without a restart.

    Only requests from this machine are answered, unless --host names another address; then clients must send the token
    in MUSICEMB_TOKEN or --token-file, as a bearer token, an API key or the password of --user. Ctrl-C ends the server
    with exit status 0. docs/SERVER.md describes how to connect players.

    Plugins use the track ids of their media server: --map fetches its tracks (credentials in MUSICEMB_NAVIDROME_USER
    and ..._PASSWORD, MUSICEMB_JELLYFIN_TOKEN, MUSICEMB_LYRION_USER and ..._PASSWORD, or in credentials.toml beside
    config.toml) and finds them in the library by the end of the path, MBID, ISRC, or artist, title and length.

    \b
    Examples:
      musicemb serve
      musicemb serve --map navidrome=http://localhost:4533
      musicemb serve --map jellyfin=http://localhost:8096 --show-map
      MUSICEMB_TOKEN=$(cat ~/.musicemb-token) musicemb serve --host 0.0.0.0
    """
    if show_map:
        _show_maps(session, maps, anew=refetch)
        return
    require("serve", "starlette", "uvicorn")
    from musicemb.server.running import serve
    from musicemb.server.settings import ServerSettings

    def open_library() -> Library:
        return session.open(read_only=True, encoder=encoder)

    settings = ServerSettings(host, port, _token(token_file), user, allowed)
    settings.check()
    serve(open_library, settings, servers=_ask(maps, anew=refetch), tell=_tell)


def _tell(line: str) -> None:
    note(f"musicemb: {line}")


def _ask(maps: Sequence[str], *, anew: bool) -> list[ServerTracks]:
    from musicemb.library import Library

    kinds = [text.partition("=")[0].strip().casefold() for text in maps]
    if len(set(kinds)) < len(kinds):
        raise click.UsageError("--map takes one server of each kind")
    return [Library.ask_server(text, anew=anew, on_note=_tell) for text in maps]


def _show_maps(session: Session, maps: Sequence[str], *, anew: bool) -> None:
    """Show how many tracks of each server were matched in which way, and list those that were not."""
    if not maps:
        raise click.UsageError("--show-map needs --map KIND=URL")
    servers = _ask(maps, anew=anew)
    with session.open(read_only=True) as opened:
        library = opened.load()
    for server in servers:
        ids = opened.match_server(library, server)
        counts, unknown = ids.counts, ids.unknown
        told = ", ".join(f"{counts[rule]:,} by {name}" for rule, name in RULES.items() if counts[rule]) or "none"
        emit_styled(f"{server.kind}: {plural(len(server.tracks), 'track')} at {server.address}", "bold")
        emit(f"  found: {told}; not found: {len(unknown):,}")
        for track in unknown[:SHOWN]:
            name = " - ".join(filter(None, (track.artist, track.title)))
            emit(f"    {printable(track.id)}  {printable(name)}  {printable(track.path)}".rstrip())
        if len(unknown) > SHOWN:
            emit(f"    and {len(unknown) - SHOWN:,} others")


def _token(file: Path | None) -> str:
    """The token, from a file that only its owner can read, else from the environment."""
    if file is None:
        return os.environ.get(TOKEN, "").strip()
    path = file.expanduser()
    try:
        if os.name == "posix" and path.stat().st_mode & 0o077:
            raise SettingsError(f"{path} can be read by others: chmod 600 {path}")
        text = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not text"
        raise SettingsError(f"{path} cannot be read: {reason}") from None
    if not text:
        raise SettingsError(f"{path} is empty: it must hold the token")
    return text
