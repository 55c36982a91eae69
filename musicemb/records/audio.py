"""Files, their audio, what is measured of it, and what is wrong with some."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from musicemb.records.arrays import Floats

_LATEST_NS = 2**63 - 1

PARTLY = ", excerpts"
"""End of the decoder's name if only excerpts of a track were decoded, as ``scan --fast`` does."""


@dataclass(frozen=True)
class FoundFile:
    """An audio file on disk, not opened yet."""

    path: Path
    size: int
    """Bytes."""
    mtime_ns: int

    @classmethod
    def from_status(cls, path: Path, status: os.stat_result) -> FoundFile:
        """The file, from its status in the file system.

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


_MAJOR_NAMES = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
_MINOR_NAMES = ("Cm", "C#m", "Dm", "Ebm", "Em", "Fm", "F#m", "Gm", "G#m", "Am", "Bbm", "Bm")
_LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_KEY_NAME = re.compile(r"([A-G])(#|♯|b|♭)?\s*(m|min|minor|maj|major|)", re.IGNORECASE)
_CAMELOT = re.compile(r"(1[0-2]|0?[1-9])([AB])", re.IGNORECASE)


@dataclass(frozen=True)
class MusicalKey:
    """One of the 24 keys."""

    tonic: int
    """Semitones above C, 0 to 11."""
    minor: bool = False

    @classmethod
    def from_text(cls, text: str) -> MusicalKey:
        """A key as people write it.

        Parameters
        ----------
        text : str
            "Am", "F# minor", "Bb", "8A".

        Returns
        -------
        MusicalKey

        Raises
        ------
        ValueError
            For anything else.
        """
        plain = text.strip()
        if wheel := _CAMELOT.fullmatch(plain):
            tonic = (int(wheel[1]) - 8) * 7  # each step of the wheel is a fifth, and 8B is C
            minor = wheel[2].upper() == "A"
            return cls((tonic - 3 * minor) % 12, minor)
        found = _KEY_NAME.fullmatch(plain)
        if found is None:
            raise ValueError(f"{text!r} is no key")
        shift = {"#": 1, "♯": 1, "b": -1, "♭": -1, "B": -1, None: 0}[found[2]]
        mode = found[3]
        # "M" alone means major: only the small letter stands for minor.
        minor = mode == "m" or mode.lower() in ("min", "minor")
        return cls((_LETTERS[found[1].upper()] + shift) % 12, minor)

    @property
    def name(self) -> str:
        """As tags hold it: "Am", "F#", "Bb"."""
        return (_MINOR_NAMES if self.minor else _MAJOR_NAMES)[self.tonic]

    @property
    def camelot(self) -> str:
        """Its place on the Camelot wheel, "8A" for A minor: neighbours share all notes but one."""
        return f"{self._place}{'A' if self.minor else 'B'}"

    @property
    def neighbours(self) -> frozenset[MusicalKey]:
        """The keys that mix with it: the relative key, and those a fifth above and below."""
        relative = MusicalKey((self.tonic + (3 if self.minor else -3)) % 12, not self.minor)
        fifths = (MusicalKey((self.tonic + step) % 12, self.minor) for step in (5, 7))
        return frozenset((relative, *fifths))

    @property
    def _place(self) -> int:
        major = self.tonic + 3 * self.minor
        return (7 * major + 7) % 12 + 1


@dataclass(frozen=True)
class TrackValues:
    """What is measured of a track's sound. None is "not there": a track without a beat has no tempo."""

    bpm: float | None = None
    """Beats per minute."""
    bpm_confidence: float = 0.0
    """0 to 1, as all confidences."""
    key: MusicalKey | None = None
    key_confidence: float = 0.0
    loudness: float | None = None
    """Integrated loudness, LUFS (EBU R 128); None for silence."""
    loudness_confidence: float = 0.0
    """Share of the file that could be measured."""
    loudness_range: float | None = None
    """LU (EBU Tech 3342)."""
    range_confidence: float = 0.0
    peak: float | None = None
    """Highest sample, 1 being full scale."""
    silence: float | None = None
    """Share of the time, 0 to 1, in which nothing above -60 dBFS sounds for half a second or longer; None where it was
    not measured, as in scans of older versions."""

    @property
    def gain(self) -> float | None:
        """dB that bring the track to ReplayGain 2's loudness, -18 LUFS."""
        return None if self.loudness is None else _REPLAYGAIN_LEVEL - self.loudness


_REPLAYGAIN_LEVEL = -18.0
"""LUFS."""
