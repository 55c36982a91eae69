"""Output of results on stdout: text, JSON, paths and playlists."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from musicemb.cli.progress import plain_size
from musicemb.cli.wording import first_few, plural, printable, short_path

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from musicemb.records import Track

REASONS = 8
"""Reasons shown where files are grouped by reason."""
PATHS = 3
"""Paths shown per reason."""
PIPE_WIDTH = 100_000
"""Columns of what is no terminal: nothing is cut or broken there."""


def emit(text: str) -> None:
    """Print text on stdout; characters that its encoding lacks are replaced.

    Parameters
    ----------
    text : str
    """
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    shown = text.encode(encoding, "replace").decode(encoding)
    if _held:
        _held[-1].append(shown)
    else:
        click.echo(shown)


_held: list[list[str]] = []
"""Texts that wait for `paged` to show them."""


@contextmanager
def paged(*, wanted: bool = True) -> Iterator[None]:
    """Show the output of the block through a pager if it is longer than the terminal.

    The pager is what PAGER names, else ``less``; there is none where stdout or stdin is no terminal, PAGER is empty,
    or NO_PAGER is set to anything.

    Parameters
    ----------
    wanted : bool
        False: print all at once.

    Yields
    ------
    None
    """
    if not wanted or not has_pager():
        yield
        return
    _held.append([])
    try:
        yield
    finally:
        text = "\n".join(_held.pop())
    console = stdout_console()
    if len(console.render_lines(_decoded(text), pad=False)) < console.height:
        click.echo(text)
        return
    if "LESS" not in os.environ:
        os.environ["LESS"] = "FRX"  # as git does: keeps colours, and the text on the screen afterwards
    click.echo_via_pager(text + "\n")


def has_pager() -> bool:
    """Whether a pager can be used for long text.

    Returns
    -------
    bool
    """
    streams = (sys.stdin, sys.stdout)
    if os.environ.get("NO_PAGER") or any(stream is None or not stream.isatty() for stream in streams):
        return False
    try:
        return bool(shlex.split(os.environ.get("PAGER", "less")))
    except ValueError:  # quotes that do not match
        return False


def _decoded(text: str) -> RenderableType:
    from rich.text import Text

    return Text.from_ansi(text)


def emit_bytes(data: bytes) -> None:
    """Print bytes on stdout: paths and playlists are printed exactly as on disk.

    Parameters
    ----------
    data : bytes
    """
    click.echo(data, nl=False)


def emit_json(document: dict[str, Any]) -> None:
    """Print one JSON document in UTF-8.

    Parameters
    ----------
    document : dict
        Undecodable bytes of paths, which stand as surrogates, leave as the escapes ``\\udc80`` to ``\\udcff``:
        the text is JSON for every reader, and in Python ``os.fsencode`` gives the path's bytes back.
    """
    import json

    text = json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)
    emit_bytes(text.encode("utf-8", "backslashreplace") + b"\n")


def emit_tracks(tracks: Sequence[Track], form: str) -> None:
    """Print tracks in a form for other programs.

    Parameters
    ----------
    tracks : sequence of Track
    form : str
        "paths" one a line, "print0" each ended by NUL, "m3u8" a playlist.
    """
    if form == "m3u8":
        from musicemb.io.output.m3u import encode_playlist, m3u8_text

        emit_bytes(encode_playlist(m3u8_text(tracks)))
        return
    end = b"\0" if form == "print0" else b"\n"
    emit_bytes(b"".join(os.fsencode(track.path) + end for track in tracks))


def emit_reasons(files: Iterable[tuple[str, Path]]) -> bool:
    """Print files grouped by reason, the most frequent first: a few paths of each.

    Parameters
    ----------
    files : iterable of (str, Path)
        Reason and file.

    Returns
    -------
    bool
        Whether some were left out.
    """
    groups: dict[str, list[Path]] = {}
    for reason, path in files:
        groups.setdefault(reason, []).append(path)
    ordered = sorted(groups.items(), key=lambda group: -len(group[1]))
    for reason, paths in ordered[:REASONS]:
        if len(paths) == 1:
            emit(f"  {short_path(paths[0])}: {printable(reason)}")
            continue
        emit(f"  {printable(reason)}: {plural(len(paths), 'file')}")
        for line in first_few(paths, PATHS, short_path):
            emit(f"    {line}")
    if len(ordered) > REASONS:
        emit(f"  and {plural(len(ordered) - REASONS, 'other reason')}")
    return len(ordered) > REASONS or any(len(paths) > PATHS + 1 for paths in groups.values())


def emit_styled(text: str, style: str) -> None:
    """Print a line in a style.

    Parameters
    ----------
    text : str
    style : str
        In rich's words ("bold", "dim").
    """
    if into_pipe():
        emit(printable(text))
        return
    from rich.text import Text

    emit(render(stdout_console(), Text(printable(text), style=style)).rstrip("\n"))


def into_pipe() -> bool:
    """Whether stdout is not a terminal and no colours are forced: then rich need not be loaded.

    Returns
    -------
    bool
    """
    if "FORCE_COLOR" in os.environ or "TTY_COMPATIBLE" in os.environ:
        return False
    return sys.stdout is None or not sys.stdout.isatty()


def stdout_width() -> int:
    """Number of columns on stdout.

    Returns
    -------
    int
        Of a pipe, more than anything takes.
    """
    return PIPE_WIDTH if into_pipe() else stdout_console().width


def stdout_console() -> Console:
    """A console for stdout: as wide as the terminal, or as wide as the text if there is none.

    Returns
    -------
    Console
    """
    from rich.console import Console

    width, height = plain_size(sys.stdout) if sys.stdout is not None and sys.stdout.isatty() else (PIPE_WIDTH, None)
    return Console(file=sys.stdout, width=width, height=height, highlight=False, markup=False, emoji=False)


def render(console: Console, what: RenderableType) -> str:
    """The text as a console would show it.

    Parameters
    ----------
    console : Console
    what : renderable of rich

    Returns
    -------
    str
    """
    # Rendered first and printed by click: one place writes to stdout, so a closed pipe is met in one place.
    with console.capture() as capture:
        console.print(what)
    return capture.get()
