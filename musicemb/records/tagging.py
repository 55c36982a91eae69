"""Planned, written and remembered edits of tags."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from musicemb.records.tracks import Guess, Track

Verdict = Literal["accepted", "chosen", "accepted with its group", "skipped"]
"""What a listener says of a guess: it is right; it is another word; it is right, as its whole group is; the file stays
as it is."""


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
    verdict: Verdict | None = None
    """The listener's decision in a review; None if there was none."""

    @property
    def own(self) -> bool:
        """Whether the listener confirmed or chose the words for this very track: they are theirs then, and vote."""
        return self.verdict in ("accepted", "chosen")


@dataclass(frozen=True)
class Decision:
    """The listener's decision on one planned change, in a review."""

    verdict: Verdict
    genres: tuple[str, ...]
    """Genre words to be written; empty where the track stays as it is."""
    guessed: tuple[str, ...]
    """The guess at the time of the decision."""
    before: tuple[str, ...]
    """Genre words in the file at the time of the decision."""
    payload_hash: str
    """Of the file at the time of the decision."""

    def holds(self, track: Track, guess: Guess | None) -> bool:
        """Whether the decision applies to the present guess and file.

        Parameters
        ----------
        track : Track
        guess : Guess or None
            Of that track; None where none is sure enough.

        Returns
        -------
        bool
            False where the file's audio or genres, or the guess, are others; a guess that has become what the listener
            said, or none, asks nothing new.
        """
        same = self.payload_hash == track.payload_hash and self.before == track.tags.genres
        return same and (guess is None or guess.genres in (self.guessed, self.genres))


@dataclass(frozen=True)
class ReviewItem:
    """A track in a review."""

    change: Change
    guessed: tuple[str, ...]
    """What is guessed, as it was guessed."""
    words: tuple[str, ...]
    """The same as it would be written."""
    others: tuple[tuple[str, float], ...]
    """Other words that are likely, with their probabilities; the likeliest first."""


@dataclass(frozen=True)
class ReviewGroup:
    """The tracks of one group in a review."""

    name: str
    """"" where nothing is grouped."""
    items: tuple[ReviewItem, ...]
    """The surest first."""


@dataclass(frozen=True)
class Review:
    """The groups and tracks of a review."""

    groups: tuple[ReviewGroup, ...]
    """The largest group first, what is in no group last; decided tracks are left out."""
    decided: int
    """Tracks with a decision that waits to be written."""
    skipped: int
    """Tracks that stay as they are, as was decided."""
    blocked: tuple[Change, ...]
    """Files that cannot be written, and are not in the review."""


ValueKind = Literal["bpm", "key", "replaygain"]
"""Values that can be written to files."""


@dataclass(frozen=True)
class ValueChange:
    """One planned edit: the values of one file."""

    track: Track
    before: dict[str, list[str]]
    """Tag field -> what the file holds of it now, for each field that would be written."""
    after: dict[str, list[str]]
    obstacle: str = ""
    """Why this file cannot be written; such a change is skipped."""
    failed: bool = False
    """True where the obstacle is trouble with this file and no rule."""
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
