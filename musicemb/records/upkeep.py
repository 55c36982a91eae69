"""The state of a catalogue: its lock, and its damage."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal


@dataclass(frozen=True)
class Holder:
    """A process that has locked the catalogue, because it scans or writes to music."""

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
    """The result of restoring a backup."""

    path: Path
    tracks: int
    entries: int
    """Of the journal."""
    kept: Path | None
    """Where the catalogue lies that was there before; None where there was none."""


FindingKind = Literal["unreadable", "structure", "checksum", "values", "log", "missing", "changed"]


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with a catalogue, or with the files that it knows."""

    kind: FindingKind
    text: str
    """What was found, in a sentence."""
    advice: str
    """What to do."""
    paths: tuple[Path, ...] = ()
    """Files that it concerns."""

    @property
    def damage(self) -> bool:
        """True if a repair can mend it."""
        return self.kind in ("unreadable", "structure", "checksum", "values")


@dataclass(frozen=True)
class Repair:
    """The rows that were saved of a damaged catalogue."""

    kept: Path | None
    """Where the damaged file lies now."""
    saved: dict[str, int]
    """Rows in the new file, by table."""
    lost: dict[str, tuple[int, ...]]
    """Ids of tracks and journal entries that are known to have been there and could not be saved; of "embedding" and
    "segment" the tracks whose vectors were damaged."""


@dataclass(frozen=True)
class CheckReport:
    """The findings and actions of a check."""

    path: Path
    findings: tuple[Finding, ...]
    tracks: int = 0
    entries: int = 0
    """Of the journal."""
    removed: tuple[Path, ...] = ()
    """What killed runs had left, and is no more."""
    copies: tuple[Path, ...] = ()
    """Copies of the catalogue that were made by themselves, the newest first."""
    holder: str = ""
    """The process that has locked it, in words."""
    repair: Repair | None = None
    """None where nothing had to be saved."""
