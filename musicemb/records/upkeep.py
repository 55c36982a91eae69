"""The catalogue's own state: who holds it, what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Holder:
    """A process that scans, or writes to music, just now."""

    pid: int
    host: str
    """Empty where it runs on this machine."""
    command: str
    since: str
    """ISO 8601, UTC."""


@dataclass(frozen=True)
class Pruning:
    """Entries of the journal that are to be dropped because they are old."""

    before: str
    """Runs that started before this (ISO 8601, UTC) are meant."""
    entries: tuple[int, ...]
    """Ids."""
    undoable: int
    """How many of them could still be undone, and then no longer can."""
    unfinished: int
    """Entries that are as old and stay: their undo waits, their run was killed, or they are damaged."""


@dataclass(frozen=True)
class Restored:
    """A catalogue that a backup has taken the place of."""

    path: Path
    tracks: int
    entries: int
    """Of the journal."""
    kept: Path | None
    """Where the catalogue lies that was there before; None where there was none."""
