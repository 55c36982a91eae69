"""Events of a scan, the state of a library, and records of export and import."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from musicemb.records.arrays import Floats
from musicemb.records.audio import Problem
from musicemb.records.clusters import Cluster
from musicemb.records.tagging import Run
from musicemb.records.tracks import Pair


@dataclass(frozen=True)
class ScanPlanned:
    """What the comparison with the catalogue found. Workers may still find out that a file to embed has
    only moved, or is a copy: to_embed is the number of `ScanProgress` that follow."""

    to_embed: int
    unchanged: int
    retagged: int
    moved: int
    gone: int
    remembered: int
    """Files that failed or were skipped before and have not changed."""
    known: int = 0
    """Tracks that the library had, those that are gone by now among them."""


@dataclass(frozen=True)
class ScanProgress:
    """One file of a scan is done."""

    path: Path
    status: Literal["new", "changed", "moved", "skipped", "failed"]
    """ "moved" where a planned file turned out to be a known track at another place."""
    seconds: float
    """Duration of its audio; 0 where it has none."""
    reason: str = ""


@dataclass(frozen=True)
class ScanStage:
    """A step other than embedding has begun ("checking 12 files ...", "grouping 812 tracks")."""

    text: str


@dataclass(frozen=True)
class ScanSummary:
    """Last event of a scan."""

    new: int
    changed: int
    moved: int
    retagged: int
    gone: int
    unchanged: int
    skipped: tuple[Problem, ...]
    failed: tuple[Problem, ...]
    tracks: int
    """Tracks in the library now, the gone ones left out."""
    clusters: tuple[Cluster, ...]
    noise: int
    pairs: tuple[Pair, ...]
    """Nearest pairs, shown instead of clusters where there are too few tracks to group."""
    too_few: bool
    guesses: int
    """Tracks without a genre of their own that have a guess now."""
    taggable: int
    """Tracks whose empty genre `musicemb tag` would fill."""
    encoder_id: str
    newer_encoder: str = ""
    """Id of another bundle that came with the program; "" if none."""
    elapsed: float = 0.0
    """Wall seconds."""
    notes: tuple[str, ...] = ()
    remembered: int = 0
    """Files that failed or were skipped before, have not changed and were not tried."""


@dataclass(frozen=True)
class WatchNotice:
    """Something that a person should know of while a library is watched; text is for people."""

    text: str


@dataclass(frozen=True)
class Forgetting:
    """The tracks that `forget` would remove with some folders or files."""

    tracks: tuple[int, ...]
    """Their ids, the gone ones among them."""
    problems: tuple[Path, ...]
    """Remembered files that gave trouble."""
    roots: tuple[Path, ...]
    """What is not scanned any more."""
    back: tuple[Path, ...]
    """Those that the next scan will find again: they are there, and in a folder that stays."""


@dataclass(frozen=True)
class LibraryStatus:
    """What a library holds."""

    path: Path
    """The catalogue's file."""
    size: int
    """Bytes of it."""
    read_only: bool
    roots: tuple[Path, ...]
    """Folders and files that were scanned."""
    tracks: int
    """The gone ones left out."""
    gone: int
    duration: float
    """Seconds of music, the gone tracks left out."""
    encoder_id: str
    """ "" before the first scan."""
    encoder_name: str
    encoders: tuple[tuple[str, str, int], ...]
    """Id, name and number of tracks of every encoder that vectors are stored of."""
    clusters: tuple[Cluster, ...]
    noise: int
    """Tracks that belong to no cluster."""
    tagged: int
    """Tracks with a genre of the listener's own."""
    guesses: int
    """Tracks without one that have a guess."""
    problems: tuple[Problem, ...]
    """Files that gave no vector."""
    runs: tuple[Run, ...]
    """Calls that wrote to files, newest first."""
    notes: tuple[str, ...] = ()
    """Notes for the listener on how the groups were made."""
    values: Mapping[str, int] = field(default_factory=dict)
    """Tracks with a "bpm", a "key", a "loudness", those that are "unmeasured", of an older scan, and those of
    which only "excerpts" were heard."""
    imported: int = 0
    """Tracks with genres that the listener imported."""
    encoder_origin: str = ""
    """The published model that its weights started from, and that one's licence; "" where there is none, or where the
    bundle is not at hand."""


@dataclass(frozen=True)
class LibraryTable:
    """A library as a table, a row per track."""

    columns: Mapping[str, Sequence[Any]]
    """Name -> a value per track: text, numbers, bools, lists of text, or None where nothing is known."""
    vectors: Floats | None
    """Shape (n_tracks, n_dimensions); None if they were not requested."""
    facts: Mapping[str, str] = field(default_factory=dict)
    """What holds for all of it, such as the encoder's id."""


@dataclass(frozen=True)
class Exported:
    """What was written."""

    path: Path
    tracks: int
    columns: int
    """The vectors' dimensions left out."""
    dimensions: int
    """Of the vectors; 0 where none were written."""
    segments: int
    """Segment vectors written."""
    size: int
    """Bytes; 0 where they went down a pipe."""
    notes: tuple[str, ...] = ()
    """What could not be written, and why."""


@dataclass(frozen=True)
class GenreRow:
    """A row of a table of genres."""

    line: int
    """Where it stands in the file, counted from 1."""
    path: str
    artist: str
    title: str
    genres: tuple[str, ...]

    @property
    def name(self) -> str:
        """What it speaks of."""
        return self.path or " - ".join(text for text in (self.artist, self.title) if text)


@dataclass(frozen=True)
class RefusedRow:
    """A row of a table of genres that could not be used."""

    row: GenreRow
    reason: str


@dataclass(frozen=True)
class GenreImport:
    """What importing a table of genres changes; nothing is stored yet."""

    rows: int
    """Rows of the table."""
    genres: Mapping[str, tuple[str, ...]]
    """Payload hash -> the genres that the recording has from now on; () takes back what was imported before. Only what
    differs from what is stored."""
    told: int
    """Tracks that get genres, or other ones."""
    taken_back: int
    """Tracks whose imported genres are dropped."""
    unchanged: int
    """Tracks of which the table says what is known already."""
    refused: tuple[RefusedRow, ...] = ()
    """Rows that name no track, or no genre."""
