"""Sentences and labelled lines, wrapped between words at the terminal's width."""

from __future__ import annotations

import textwrap

from musicemb.cli.output import emit, stdout_width
from musicemb.cli.wording import printable


def emit_paragraph(text: str, *, first: str = "", hang: int = 0) -> None:
    """Print text on stdout, wrapped between words at the terminal's width; without a terminal it is not wrapped.

    Parameters
    ----------
    text : str
        Made printable here. A word longer than a line (a path) stays in one piece, so that it can be copied.
    first : str
        What stands before it on the first line: a name, padded.
    hang : int
        By how many spaces the lines after the first are indented.
    """
    lines = textwrap.wrap(
        printable(text),
        stdout_width(),
        initial_indent=first,
        subsequent_indent=" " * hang,
        break_long_words=False,
        break_on_hyphens=False,
    )
    emit("\n".join(lines) or first.rstrip())
