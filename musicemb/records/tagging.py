"""Planned, written and remembered edits of tags."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from musicemb.records.tracks import Track


@dataclass(frozen=True)
class Change:
    """One planned tag edit: the genre of one file."""

    track: Track
    before: tuple[str, ...]
    """Genre words in the file now."""
    after: tuple[str, ...]
    """Genre words in the file once the change is applied."""
    confidence: float
    encoder_id: str
    obstacle: str = ""
    """Why this file cannot be written ("genre is not written to .wav files"); such a change is skipped."""
    failed: bool = False
    """True where the obstacle is trouble with this file (damage, no permission) and no rule."""
    upgrade: bool = False
    """True where an ID3v2.2 tag may be written as ID3v2.3."""


@dataclass(frozen=True)
class JournalEntry:
    """What was written to one file, with all that undo needs."""

    id: int
    run: int
    path: Path
    payload_hash: str
    before: dict[str, list[str]]
    """Tag field -> values before the edit, for each field that was touched."""
    after: dict[str, list[str]]
    """The same fields as written."""
    note: dict[str, str] = field(default_factory=dict)
    """What restoring the file exactly needs besides (padding, "no tag before"); text only."""
    undone: bool = False
    damaged: bool = False
    """True where the catalogue's row is not what was written: nothing but its id can be relied on."""


@dataclass(frozen=True)
class Applied:
    """Result of applying one change (or undoing one journal entry)."""

    path: Path
    status: Literal["written", "unchanged", "skipped", "failed"]
    reason: str = ""


@dataclass(frozen=True)
class Run:
    """One call that wrote to files."""

    id: int
    kind: Literal["tag", "undo"]
    started: str
    """ISO 8601, UTC."""
    files: int
    encoder_id: str = ""
