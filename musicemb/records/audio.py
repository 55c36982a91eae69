"""Files, their audio, and what is wrong with some."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from musicemb.records.arrays import Floats

_LATEST_NS = 2**63 - 1


@dataclass(frozen=True)
class FoundFile:
    """An audio file on disk, not opened yet."""

    path: Path
    size: int
    """Bytes."""
    mtime_ns: int

    @classmethod
    def from_status(cls, path: Path, status: os.stat_result) -> FoundFile:
        """The file by what the system tells of it.

        Parameters
        ----------
        path : Path
        status : os.stat_result

        Returns
        -------
        FoundFile
            A time that does not fit into 64 bits (a date after 2262, which file systems can hold and
            SQLite cannot) is the nearest that does: the file is music all the same.
        """
        return cls(path, status.st_size, max(-_LATEST_NS - 1, min(status.st_mtime_ns, _LATEST_NS)))


@dataclass(frozen=True)
class PassedOver:
    """A file or folder that a scan does not look into; the summary counts them by kind."""

    path: Path
    kind: Literal["format", "hidden file", "hidden folder", "system folder"]


@dataclass(frozen=True)
class Audio:
    """Decoded audio: mono, at the front-end's sample rate."""

    samples: Floats
    """Shape (n_samples,), float32, about -1 to 1."""
    sample_rate: int
    """Hz."""
    duration: float
    """Seconds that were decoded."""
    decoder: str
    """Which decoder it was: "soundfile" or "av"."""
    note: str = ""
    """A damage that was worked around ("stops after 61 of 240 s"); "" if none."""


@dataclass(frozen=True)
class Problem:
    """A file that gave no vector: remembered, so that it is not tried at every scan."""

    path: Path
    reason: str
    kind: Literal["failed", "skipped"]
    transient: bool = False
    size: int = 0
    mtime_ns: int = 0
