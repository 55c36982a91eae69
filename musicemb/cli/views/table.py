"""Tables that fit the terminal; in a pipe they are printed in full."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from musicemb.cli.output import PIPE_WIDTH, emit, into_pipe, render, stdout_console
from musicemb.cli.wording import printable

NARROW = 110
"""Columns of terminal below which paths stand on a line of their own."""
GAP = 2
"""Cells between columns."""


@dataclass(frozen=True)
class Column:
    """One column of a table."""

    title: str
    right: bool = False
    style: str = ""
    at_least: int = 4
    """Cells it keeps when the terminal is narrow."""
    end: bool = False
    """Show the end of what does not fit, as of paths, not its beginning."""
    spare: int = 0
    """Not 0: left out where the terminal is too narrow for all columns, the highest number first."""


def emit_table(
    columns: Sequence[Column],
    rows: Sequence[Sequence[str]],
    *,
    below: Literal["", "path", "text"] = "",
    last: int = 1,
) -> None:
    """Print a table: on a terminal each row is one line that fits, in a pipe everything is printed in full.

    Parameters
    ----------
    columns : sequence of Column
    rows : sequence of sequences of str
        One text per column; made printable here.
    below : str
        Where the terminal is narrow, the last columns stand on lines of their own below their row: a
        "path" in full, a "text" as far as it fits.
    last : int
        How many columns these are.
    """
    cells = [[printable(cell) for cell in row] for row in rows]
    widths = _widths(columns, cells)
    if into_pipe() and _total(widths) <= PIPE_WIDTH:
        _emit_plain(columns, cells, widths)
        return
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    console = stdout_console()
    folded = below and console.width < min(NARROW, _total(widths))
    beside = len(columns) - last if folded else len(columns)
    kept = _kept(columns[:beside], widths, console.width)
    shown = [columns[place] for place in kept]
    fitting = _shrunk([widths[place] for place in kept], shown, console.width)
    if console.color_system is None and not folded and fitting == widths:
        _emit_plain(columns, cells, widths)
        return
    table = Table(box=None, padding=(0, GAP, 0, 0), pad_edge=False, header_style="bold")
    for column, width in zip(shown, fitting, strict=True):
        table.add_column(
            column.title,
            justify="right" if column.right else "left",
            style=column.style,
            width=width,
            no_wrap=True,
            overflow="ellipsis",
        )
    for row in cells:
        texts = [(row[place], columns[place].end, width) for place, width in zip(kept, fitting, strict=True)]
        table.add_row(*(Text(_end(text, width) if end else text) for text, end, width in texts))
    lines = render(console, table).splitlines()
    # The header is one line and so is every row, so line i belongs to row i from 1 on.
    for place, row in enumerate(cells, start=1):
        for text in filter(None, row[beside:]):
            overflow: Literal["fold", "ellipsis"] = "fold" if below == "path" else "ellipsis"
            under = Text(text, style="dim", no_wrap=below == "text", overflow=overflow)
            lines[place] += "\n" + render(console, Padding(under, (0, 0, 0, 6))).rstrip("\n")
    emit("\n".join(line.rstrip() for line in "\n".join(lines).split("\n")))


def _emit_plain(columns: Sequence[Column], cells: Sequence[Sequence[str]], widths: Sequence[int]) -> None:
    # To have a table of thousands of rows laid out would take longer than all else.
    emit("\n".join(_plain_line(row, widths, columns) for row in ([column.title for column in columns], *cells)))


def _kept(columns: Sequence[Column], widths: Sequence[int], available: int) -> list[int]:
    """Indices of the columns that fit."""
    kept = list(range(len(columns)))
    least = [min(width, column.at_least) for column, width in zip(columns, widths, strict=False)]
    for place in sorted(kept, key=lambda place: -columns[place].spare):
        if columns[place].spare and _total([least[one] for one in kept]) > available:
            kept.remove(place)
    return kept


def _plain_line(cells: Sequence[str], widths: Sequence[int], columns: Sequence[Column]) -> str:
    spaces = [" " * (width - _cells(cell)) for cell, width in zip(cells, widths, strict=True)]
    filled = (pad + text if one.right else text + pad for text, pad, one in zip(cells, spaces, columns, strict=True))
    return (" " * GAP).join(filled).rstrip()


def _widths(columns: Sequence[Column], cells: Sequence[Sequence[str]]) -> list[int]:
    """The preferred width of each column."""
    texts = zip([column.title for column in columns], *cells, strict=True)
    return [max(map(_cells, column)) for column in texts]


def _total(widths: Sequence[int]) -> int:
    return sum(widths) + GAP * (len(widths) - 1)


def _shrunk(widths: Sequence[int], columns: Sequence[Column], available: int) -> list[int]:
    """Reduce the widths until they fit: the widest column first, and none below its minimum."""
    shrunk = list(widths)
    for _ in range(max(0, _total(widths) - available)):
        spare = [(width, place) for place, width in enumerate(shrunk) if width > columns[place].at_least]
        if not spare:
            break
        shrunk[max(spare)[1]] -= 1
    return shrunk


def _end(text: str, width: int) -> str:
    """Cut a text that is too long for its column, and mark the cut."""
    if _cells(text) <= width:
        return text
    while _cells(text) > width - 1:
        text = text[1:]
    return f"…{text}"


def _cells(text: str) -> int:
    """Number of terminal cells that a text takes."""
    if text.isascii() and text.isprintable():  # most are, and need neither rich nor its import
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)
