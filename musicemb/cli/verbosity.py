"""How much the commands print, and the log: -q, -v and --log-file."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from musicemb.errors import MusicembError


@dataclass
class _Verbosity:
    level: int = 0
    log: TextIO | None = None


_now = _Verbosity()


def reset() -> None:
    """Reset the options of an earlier command in this process."""
    if _now.log is not None:
        _now.log.close()
    _now.level, _now.log = 0, None


def be_quiet() -> None:
    """Suppress progress and remarks; errors and questions stay."""
    _now.level = -1


def be_verbose() -> None:
    """Show details that most people do not need."""
    _now.level = 1


def is_quiet() -> bool:
    """Whether only errors and questions are printed."""
    return _now.level < 0


def is_verbose() -> bool:
    """Whether details are printed."""
    return _now.level > 0


def open_log(path: Path) -> None:
    """Add all that is said from now on to a file, with the time, whatever is shown of it.

    Parameters
    ----------
    path : Path

    Raises
    ------
    MusicembError
        Where it cannot be written.
    """
    if _now.log is not None:
        return
    try:
        _now.log = path.expanduser().open("a", encoding="utf-8", errors="backslashreplace", buffering=1)
    except OSError as error:
        raise MusicembError(f"the log {path} cannot be written: {error.strerror or error}") from None
    log(f"musicemb {' '.join(sys.argv[1:])}")


def read_ahead(words: Sequence[str]) -> None:
    """Take -q and --log-file from words as typed: click stops at a mistake before it has read them all.

    Parameters
    ----------
    words : sequence of str
    """
    for place, word in enumerate(words):
        name, equals, value = word.partition("=")
        if word in ("-q", "--quiet"):
            be_quiet()
        elif name == "--log-file" and (equals or words[place + 1 :]):
            with suppress(MusicembError):  # the usage error itself must be reported
                open_log(Path(value if equals else words[place + 1]))


def log(text: str) -> None:
    """Write lines to the log, where one is kept.

    Parameters
    ----------
    text : str
    """
    if _now.log is None:
        return
    moment = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    try:
        for line in text.splitlines():
            _now.log.write(f"{moment} {line}\n")
    except OSError:  # a full disk must not end what is being logged
        broken, _now.log = _now.log, None
        with suppress(OSError):
            broken.close()
