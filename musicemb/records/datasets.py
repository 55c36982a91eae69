"""Tracks of a dataset."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Split = Literal["train", "val", "test", ""]
"""Side of a dataset; "" where nothing was said."""


@dataclass(frozen=True)
class Example:
    """One file of a dataset: what it is called, and what it must not be parted from."""

    path: Path
    label: str
    """What a head or probe is to tell; "" where unknown."""
    group: str
    """Artist, recording session or official fold: a group never stands on two sides of a split."""
    split: Split = ""
    corpus: str = ""
    """Collection it comes from; a head that can tell corpora apart may have learned their codec."""
    artist: str = ""
    title: str = ""
    album: str = ""
    fold: int = 0
    """Official fold that holds it out, from 1; 0 where there is none."""
    moment: str = ""
    """Examples of one moment are recordings of the same instant (other microphones): never distant."""
    start: float | None = None
    """Seconds from the beginning of the group's recording, where it is a piece of one: what lies near it
    there is its neighbour. None: it is whole."""
    channels: int = 1
    """Channels that are read apart (the four microphones of a DCASE node)."""
    genres: tuple[str, ...] = ()
    """All that its source calls it, where that may be several words; `label` is the one that figures ask for."""
