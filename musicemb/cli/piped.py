"""Stdout as the place of a file: ``-o -``."""

from __future__ import annotations

import sys
from typing import BinaryIO

import click


def stdout_for_data() -> BinaryIO:
    """Stdout for a file that goes down a pipe.

    Returns
    -------
    binary file

    Raises
    ------
    UsageError
        Where it is a terminal, or closed.
    """
    if sys.stdout is None:
        raise click.UsageError("stdout is closed, so - has nowhere to go: name a file")
    if sys.stdout.isatty():
        raise click.UsageError("- would print to a terminal: redirect it with > FILE or |, or name a file")
    return sys.stdout.buffer
