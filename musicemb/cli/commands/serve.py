"""The command ``serve``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from musicemb.cli.options import FILE, encoder_option, library_option
from musicemb.cli.progress import note
from musicemb.cli.session import Session, pass_session
from musicemb.errors import SettingsError
from musicemb.extras import require

if TYPE_CHECKING:
    from musicemb.library import Library

TOKEN = "MUSICEMB_TOKEN"


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
    encoder: str | None,
) -> None:
    """Serve the library to players over HTTP; it changes nothing.

    Similar tracks, paths between tracks, search and the files are served in two dialects: the API of AudioMuse, which
    plugins for Navidrome, Jellyfin and Lyrion use, and OpenSubsonic (getSonicSimilarTracks, findSonicPath,
    getSimilarSongs). A rescan is noticed without a restart.

    Only this machine is answered, unless --host names another address: then clients must send the token in
    MUSICEMB_TOKEN or --token-file, as a bearer token, an API key or the password of --user. Ctrl-C ends the server with
    exit status 0. docs/SERVER.md describes how to connect players.

    \b
    Examples:
      musicemb serve
      MUSICEMB_TOKEN=$(cat ~/.musicemb-token) musicemb serve --host 0.0.0.0 --port 8000
    """
    require("serve", "starlette", "uvicorn")
    from musicemb.server.running import serve
    from musicemb.server.settings import ServerSettings

    def open_library() -> Library:
        return session.open(read_only=True, encoder=encoder)

    settings = ServerSettings(host, port, _token(token_file), user, allowed)
    serve(open_library, settings, tell=lambda line: note(f"musicemb: {line}"))


def _token(file: Path | None) -> str:
    """The token: of a file that nobody else can read, else of the environment."""
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
        raise SettingsError(f"{path} is empty: it is to hold the token")
    return text
