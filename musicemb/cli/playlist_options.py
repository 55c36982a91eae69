"""How a playlist is written: the options for its format, its name and its paths."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from musicemb.cli.options import FILE

if TYPE_CHECKING:
    from musicemb.io.output.playlist_paths import PlaylistPaths
    from musicemb.records import Track

Command = TypeVar("Command", bound=Callable[..., Any])


@dataclass(frozen=True)
class PlaylistForm:
    """What the options say."""

    form: str | None = None
    relative_to: Path | None = None
    absolute: bool = False
    prefixes: Sequence[tuple[Path, str]] = field(default=())

    def places(self, folder: Path | None) -> PlaylistPaths:
        """How paths are written in the playlist.

        Parameters
        ----------
        folder : Path or None
            The one that the playlist is written to; None: it is printed.

        Returns
        -------
        PlaylistPaths
        """
        from musicemb.io.output.playlist_paths import PlaylistPaths

        chosen = self.relative_to or (None if self.absolute else folder)
        return PlaylistPaths(None if chosen is None else _absolute(chosen), tuple(self.prefixes))

    def encode(self, tracks: Sequence[Track], output: Path | None, *, name: str, remark: str = "") -> bytes:
        """The content of the playlist file.

        Parameters
        ----------
        tracks : sequence of Track
        output : Path or None
            The file, whose name tells the format unless an option does.
        name, remark
            As for `io.output.m3u.m3u8_text`.

        Returns
        -------
        bytes
        """
        from musicemb.io.output.playlist_files import format_of, playlist_bytes

        places = self.places(None if output is None else output.parent)
        return playlist_bytes(tracks, self.form or format_of(output), places=places, name=name, remark=remark)

    def notes(self, tracks: Sequence[Track], output: Path | None) -> list[str]:
        """What a listener should know of a playlist.

        Parameters
        ----------
        tracks : sequence of Track
        output : Path or None

        Returns
        -------
        list of str
        """
        from musicemb.io.output.playlist_files import format_of

        places = self.places(None if output is None else output.parent)
        addresses = (self.form or format_of(output)) == "xspf"
        return places.notes([track.path for track in tracks], addresses=addresses)


class _Prefix(click.ParamType):  # type: ignore[type-arg]
    name = "prefix"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[Path, str]:
        """Split OLD=NEW at the first equals sign before which OLD is the path of a folder."""
        old, sign, new = str(value).partition("=")
        if not sign or not old:
            self.fail(f"{value!r} is not OLD=NEW, such as /srv/music=/music", param, ctx)
        return _absolute(Path(old)), new


def form_options(command: Command) -> Command:
    """``--format``, ``--prefix``, ``--relative-to`` and ``--absolute``.

    Parameters
    ----------
    command : callable

    Returns
    -------
    callable
    """
    form = click.option(
        "--format",
        "form",
        type=click.Choice(["m3u8", "m3u", "xspf"]),
        help="Format of the playlist (default: from the suffix of --output, else m3u8). m3u is UTF-8 too; "
        "xspf holds any file name, also those with '#', '?' or '%' that VLC misreads in an m3u8.",
    )
    prefix = click.option(
        "--prefix",
        "prefixes",
        type=_Prefix(),
        multiple=True,
        metavar="OLD=NEW",
        help="Write NEW where a path begins with the folder OLD, for players that see the music in another place, "
        "such as a container; repeatable.",
    )
    relative = click.option("--relative-to", type=FILE, metavar="FOLDER", help="Write paths relative to FOLDER.")
    absolute = click.option("--absolute", is_flag=True, help="Write absolute paths, also with --output.")
    player = click.option(
        "--for",
        "player",
        type=click.Choice(["mpd"]),
        help="Write the form that a player needs. mpd: M3U, with paths relative to MPD's music folder.",
    )
    folder = click.option(
        "--music-directory",
        type=FILE,
        metavar="FOLDER",
        help="With --for mpd: MPD's music folder (default: as MPD reports over a local socket).",
    )
    return form(prefix(relative(absolute(player(folder(command))))))


def read_form(
    form: str | None,
    prefixes: Sequence[tuple[Path, str]],
    relative_to: Path | None,
    absolute: bool,
    *,
    player: str | None = None,
    music_directory: Path | None = None,
    output: Path | None = None,
) -> PlaylistForm:
    """Read the options; contradictory ones are refused.

    Parameters
    ----------
    form : str or None
    prefixes : sequence of (Path, str)
    relative_to : Path or None
    absolute : bool
    player : str or None
        "mpd", or none in particular.
    music_directory : Path or None
        MPD's; it is asked where this is None.
    output : Path or None
        The file or folder that is written.

    Returns
    -------
    PlaylistForm
    """
    if player is None and music_directory is not None:
        raise click.UsageError("--music-directory needs --for mpd")
    if player is not None and (prefixes or absolute or relative_to is not None or form not in (None, "m3u")):
        raise click.UsageError("--for mpd sets the format and the paths itself")
    if player is not None:
        if output is not None and output.suffix.lower() in (".m3u8", ".xspf"):
            raise click.UsageError(f"MPD lists playlists that end in .m3u only: {output.with_suffix('.m3u')}")
        return PlaylistForm("m3u", prefixes=((_mpd_folder(music_directory), ""),))
    if absolute and relative_to is not None:
        raise click.UsageError("--absolute and --relative-to contradict each other")
    if prefixes and (relative_to is not None or absolute):
        other = "--absolute" if absolute else "--relative-to"
        raise click.UsageError(f"--prefix and {other} contradict each other")
    return PlaylistForm(form, relative_to, absolute, prefixes)


def _mpd_folder(named: Path | None) -> Path:
    if named is not None:
        return _absolute(named)
    from contextlib import closing

    from musicemb.plugins.mpd.player import Player, find_address

    with closing(Player(find_address())) as player:
        player.connect()
        return player.folder


def _absolute(path: Path) -> Path:
    return Path(os.path.abspath(path.expanduser()))  # noqa: PTH100
