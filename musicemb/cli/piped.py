"""Stdout in place of a file (``-o -``), and for lines of JSON while a command runs."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import Any, BinaryIO

import click

from musicemb.documents import SCHEMA


def stdout_for_data() -> BinaryIO:
    """Stdout as a binary file, for output to a pipe.

    Returns
    -------
    binary file

    Raises
    ------
    UsageError
        Where it is a terminal, or closed.
    """
    if sys.stdout is None:
        raise click.UsageError("stdout is closed, so - cannot be used: name a file")
    if sys.stdout.isatty():
        raise click.UsageError("- would print to a terminal: redirect it with > FILE or |, or name a file")
    return sys.stdout.buffer


def emit_line(event: str, **said: Any) -> None:
    """Print an event as one line of JSON, and flush it.

    Parameters
    ----------
    event : str
    **said : JSON types
        Undecodable bytes of paths leave as in `output.emit_json`.
    """
    import json

    moment = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    document = {"schema": SCHEMA, "time": moment, "event": event, **said}
    text = json.dumps(document, ensure_ascii=False, allow_nan=False)
    click.echo(text.encode("utf-8", "backslashreplace"))  # which flushes
