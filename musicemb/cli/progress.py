"""Messages and progress, on stderr."""

from __future__ import annotations

import os
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

import click

from musicemb.cli.verbosity import is_quiet, log
from musicemb.cli.wording import duration, printable

SETTLING = 3.0
"""Seconds before a rate means something."""


def note(text: str, *, urgent: bool = False, hang: int = 0, whole: bool = False) -> None:
    """Print a message on stderr, wrapped between words at the terminal's width.

    Parameters
    ----------
    text : str
        May have several lines.
    urgent : bool
        Errors, and what a question is about: said even with --quiet.
    hang : int
        By how many spaces more what is left of a line is indented than its beginning.
    whole : bool
        Never break lines: they hold a command to be copied.
    """
    log(text)
    if is_quiet() and not urgent:
        return
    encoding = getattr(sys.stderr, "encoding", None) or "utf-8"
    width = 0 if whole else _columns()
    shown = "\n".join(_broken(printable(line), width, hang) for line in text.split("\n"))
    click.echo(shown.encode(encoding, "replace").decode(encoding), err=True)


def _columns() -> int:
    """Columns of the terminal on stderr; 0 if there is none."""
    if sys.stderr is None or not sys.stderr.isatty():
        return 0
    columns = os.environ.get("COLUMNS", "")
    if columns.isdecimal():
        return int(columns)
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns
    except (OSError, ValueError):
        return 0


def _broken(line: str, width: int, hang: int) -> str:
    if not width or len(line) <= width:
        return line
    indent = " " * (len(line) - len(line.lstrip()) + hang)
    lines = textwrap.wrap(
        line, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False, drop_whitespace=True
    )
    return "\n".join(lines)


def watched() -> bool:
    """Whether stderr is a terminal whose lines can be redrawn.

    Returns
    -------
    bool
    """
    return not is_quiet() and sys.stderr is not None and sys.stderr.isatty() and os.environ.get("TERM") != "dumb"


def plain_console() -> Any:
    """A console on stderr that takes every text literally.

    Returns
    -------
    rich.console.Console
    """
    from rich.console import Console

    width, height = plain_size(sys.stderr)
    return Console(file=sys.stderr, width=width, height=height, highlight=False, markup=False, emoji=False)


def plain_size(stream: Any) -> tuple[int | None, int | None]:
    """Columns and lines of a terminal without colours, for which rich would always assume 80 by 25.

    Parameters
    ----------
    stream : file or None

    Returns
    -------
    tuple of int, or of None
        None where rich knows better.
    """
    if os.environ.get("TERM") not in ("dumb", "unknown") or stream is None or not stream.isatty():
        return None, None
    try:
        told = os.get_terminal_size(stream.fileno())
    except (OSError, ValueError):
        told = os.terminal_size((0, 0))
    columns = os.environ.get("COLUMNS", "")
    return (int(columns) if columns.isdecimal() else 0) or told.columns or 80, told.lines or 25


class Bar:
    """A progress bar on stderr, shown only on a terminal."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._progress: Any = None
        self._task: Any = None
        self._done = self._total = 0
        self._since = 0.0

    def __enter__(self) -> Bar:
        if watched():
            self._progress = _progress()
            self._task = self._progress.add_task(self._text, total=None, name="", pace="")
            self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def end(self) -> None:
        """Remove the bar; from here on, progress is shown in another way."""
        if self._progress is not None:
            self._progress.stop()
            self._progress = None

    def start(self, total: int, text: str) -> None:
        """Start counting to a total.

        Parameters
        ----------
        total : int
        text : str
            What is being done, one word.
        """
        self._done, self._total, self._since = 0, total, time.monotonic()
        log(f"{text}: {total}")
        if self._progress is not None:
            self._progress.reset(self._task, total=total, description=text)

    def advance(self, name: str) -> None:
        """Count one item as done.

        Parameters
        ----------
        name : str
            What was done, to be seen at work.
        """
        self._done += 1
        if name:
            log(f"done: {name}")
        if self._progress is not None:
            pace = _pace(self._done, self._total, time.monotonic() - self._since)
            self._progress.update(self._task, advance=1, name=printable(name), pace=pace)

    def stage(self, text: str) -> None:
        """Start a stage whose length is not known.

        Parameters
        ----------
        text : str
        """
        log(text)
        if self._progress is not None:
            self._progress.reset(self._task, total=None, description=printable(text), name="", pace="")


def _pace(done: int, total: int, seconds: float) -> str:
    """Rate and time left, averaged over all the work so far, since files differ too much for a shorter average."""
    if seconds < SETTLING or done < 2:
        return ""
    rate = done / seconds
    shown = f"{rate:.1f}/s" if rate >= 1 else f"{rate * 60:.0f}/min"
    return f"{shown}, {duration((total - done) / rate)} left" if done < total else shown


def _progress() -> Any:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn
    from rich.table import Column as Cell

    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=16),
        MofNCompleteColumn(),
        TextColumn("{task.fields[pace]}", markup=False, table_column=Cell(no_wrap=True)),
        TextColumn("{task.fields[name]}", markup=False, table_column=Cell(ratio=1, no_wrap=True, overflow="ellipsis")),
        console=plain_console(),
        transient=True,
        expand=True,
    )


@contextmanager
def counting(total: int, text: str) -> Iterator[Callable[[str], None]]:
    """A bar for work whose length is known from the start.

    Parameters
    ----------
    total : int
    text : str

    Yields
    ------
    callable
        To be called with a name when one is done.
    """
    with Bar(text) as bar:
        bar.start(total, text)
        yield bar.advance


def follow(steps: Iterator[Any], result_type: type | tuple[type, ...]) -> Any:
    """Show the progress of long work and the problems of single files; return its result.

    Parameters
    ----------
    steps : generator of MeasureStage, Problem or the result
        Closed in any case.
    result_type : type or tuple of types
        What the last step is.

    Returns
    -------
    object
        The result.
    """
    from musicemb.records import Problem

    result: Any = None
    stage = ""
    with Bar("reading") as bar, closing(steps):  # type: ignore[type-var]
        for step in steps:
            if isinstance(step, result_type):
                result = step
            elif isinstance(step, Problem):
                note(f"{step.path}: {step.reason}")
            else:
                if step.text != stage:
                    stage = step.text
                    if step.total:
                        bar.start(step.total, stage)
                    else:
                        bar.stage(stage)
                if step.total:
                    bar.advance("")
    assert result is not None  # the last step is the result
    return result
