"""How results leave: tables and text, JSON, paths and playlists, on stdout."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from musicemb.cli.wording import printable

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from musicemb.records import Track

NARROW = 100
"""Columns of terminal below which paths stand on a line of their own."""


@dataclass(frozen=True)
class Column:
    """One column of a table."""

    title: str
    right: bool = False
    style: str = ""
    at_least: int = 4
    """Cells it keeps when the terminal is narrow."""


def emit(text: str) -> None:
    """Print text on stdout, whatever its encoding can hold.

    Parameters
    ----------
    text : str
    """
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    click.echo(text.encode(encoding, "replace").decode(encoding))


def emit_bytes(data: bytes) -> None:
    """Print bytes on stdout: paths and playlists leave as they are on disk.

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
        from musicemb.io.playlists import encode_playlist, m3u8_text

        emit_bytes(encode_playlist(m3u8_text(tracks)))
        return
    end = b"\0" if form == "print0" else b"\n"
    emit_bytes(b"".join(os.fsencode(track.path) + end for track in tracks))


def emit_table(columns: Sequence[Column], rows: Sequence[Sequence[str]], *, last_below: bool = False) -> None:
    """Print a table: every row one line that fits the terminal, and everything in full where it goes to a pipe.

    Parameters
    ----------
    columns : sequence of Column
    rows : sequence of sequences of str
        One text per column; made printable here.
    last_below : bool
        Let the last column stand on a line of its own, below its row, where the terminal is narrow.
    """
    from rich.table import Table
    from rich.text import Text

    console = stdout_console()
    below = last_below and sys.stdout.isatty() and console.width < NARROW
    shown = columns[:-1] if below else columns
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    for column in shown:
        table.add_column(
            column.title,
            justify="right" if column.right else "left",
            style=column.style,
            no_wrap=True,
            overflow="ellipsis",
            min_width=min(column.at_least, max((len(row[len(table.columns)]) for row in rows), default=0)),
        )
    for row in rows:
        table.add_row(*(Text(printable(cell)) for cell in row[: len(shown)]))
    lines = _render(console, table).splitlines()
    if below:
        # The header is one line and so is every row, so line i + 1 belongs to row i.
        folded = lines[:1]
        for line, row in zip(lines[1:], rows, strict=True):
            path = Text("      " + printable(row[-1]), style="dim", no_wrap=True, overflow="fold")
            folded += [line, _render(console, path).rstrip("\n")]
        lines = folded
    emit("\n".join(line.rstrip() for line in lines))


def emit_styled(text: str, style: str) -> None:
    """Print a line in a style.

    Parameters
    ----------
    text : str
    style : str
        In rich's words ("bold", "dim").
    """
    from rich.text import Text

    emit(_render(stdout_console(), Text(printable(text), style=style)).rstrip("\n"))


def stdout_console() -> Console:
    """A console for stdout: as wide as the terminal, or as wide as it takes where there is none.

    Returns
    -------
    Console
    """
    from rich.console import Console

    width = None if sys.stdout.isatty() else 100_000
    return Console(file=sys.stdout, width=width, highlight=False, markup=False, emoji=False)


def _render(console: Console, what: RenderableType) -> str:
    # Rendered first and printed by click: one place writes to stdout, so a closed pipe is met in one place.
    with console.capture() as capture:
        console.print(what)
    return capture.get()
