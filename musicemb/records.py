"""Frozen records that travel between rooms.

Arrays inside records are read-only by convention. Paths are `pathlib.Path`; undecodable bytes are
kept as surrogates (`os.fsencode` gives the bytes back).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from musicemb.settings import LONGEST_TRACK, FrontEndSettings, SegmentSettings

Floats = NDArray[np.float32]

Split = Literal["train", "val", "test", ""]
"""Side of a dataset; "" where nothing was said."""

NOISE = -1
"""Cluster id of a track that belongs to no cluster, as in HDBSCAN."""


# ---------------------------------------------------------------------------------------- files


@dataclass(frozen=True)
class FoundFile:
    """An audio file on disk, not opened yet."""

    path: Path
    size: int
    """Bytes."""
    mtime_ns: int


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
class TrackTags:
    """What a file's tag says, folded to what the product uses. Missing text is ""."""

    artist: str = ""
    title: str = ""
    album: str = ""
    genres: tuple[str, ...] = ()
    """Genre words as written in the file, one per value."""
    our_genres: tuple[str, ...] = ()
    """The words that we wrote at the last tagging (MUSICEMB_GENRE)."""
    our_confidence: float | None = None
    our_encoder: str = ""

    @property
    def listener_genres(self) -> tuple[str, ...]:
        """Genres that are the listener's own: those in the file that we did not write."""
        return tuple(word for word in self.genres if word not in self.our_genres)


# ------------------------------------------------------------------------------------- encoder


@dataclass(frozen=True)
class FrontEnd:
    """Everything that turns samples into features; stored in the encoder bundle."""

    settings: FrontEndSettings
    segments: SegmentSettings
    filterbank: Floats
    """Mel filters, shape (n_mels, n_fft // 2 + 1); (0, 0) for waveform features."""
    band_mean: Floats
    """Mean of each feature band over the training data, shape (n_bands,)."""
    band_std: Floats
    """Standard deviation likewise."""


@dataclass(frozen=True)
class Projection:
    """PCA fitted on the bundle's training data; `core.vectors.pca` applies it."""

    mean: Floats
    """Shape (n_dimensions,)."""
    components: Floats
    """Shape (n_components, n_dimensions); rows are orthogonal directions, scaled where whitened."""


@dataclass(frozen=True)
class GenreHead:
    """Multinomial logistic regression on track vectors; `core.genres.names` applies it."""

    labels: tuple[str, ...]
    weights: Floats
    """Shape (n_dimensions, n_labels), for vectors standardised by `mean` and `scale`."""
    bias: Floats
    """Shape (n_labels,)."""
    mean: Floats
    scale: Floats
    threshold: float
    """Lowest confidence at which a guess is made, chosen on held-out artists."""


class Encoder(Protocol):
    """What the workflows need of an encoder; `encoder.runtime.litert.load_encoder` opens a real one.

    An encoder is picklable (worker processes open their own) and gives the same vectors everywhere.
    """

    @property
    def id(self) -> str:
        """Id of its bundle: vectors of different ids are never compared."""

    @property
    def name(self) -> str:
        """Name of its bundle, for people."""

    @property
    def front_end(self) -> FrontEnd:
        """How samples become features."""

    @property
    def dimensions(self) -> int:
        """Size of a vector."""

    @property
    def projection(self) -> Projection | None:
        """PCA to cluster in."""

    @property
    def genre_head(self) -> GenreHead | None:
        """Head that names genres; None where it was trained without labels."""

    def embed(self, features: Floats) -> Floats:
        """Vectors of segments.

        Parameters
        ----------
        features : ndarray [shape=(n_segments, n_frames, n_bands)], float32

        Returns
        -------
        ndarray [shape=(n_segments, dimensions)], float32
            Unit length.
        """


# --------------------------------------------------------------------------------------- tracks


@dataclass(frozen=True)
class SegmentVectors:
    """Vectors of a track's segments as int8 with a scale each (vector = codes * scale)."""

    starts: Floats
    """Where each segment starts, seconds, shape (n_segments,)."""
    codes: NDArray[np.int8]
    """Shape (n_segments, n_dimensions)."""
    scales: Floats
    """Shape (n_segments,)."""


@dataclass(frozen=True)
class Sound:
    """What a listener notices of a track's sound (see `core.signal.descriptors`)."""

    tempo: float
    """Beats per minute; 0 where no beat was found."""
    brightness: float
    """Hz: where the middle of the spectrum lies."""
    energy: float
    """dB per second: how much sets in anew."""


@dataclass(frozen=True)
class EmbeddedTrack:
    """What a worker sends back for one file."""

    file: FoundFile
    payload_hash: str
    """Hex digest of the audio payload, tags left out."""
    tags: TrackTags
    duration: float
    """Seconds."""
    decoder: str
    vector: Floats
    """Pooled, unit length, shape (n_dimensions,)."""
    homogeneity: float
    """Norm of the mean segment vector before normalisation: 1 where all segments are alike."""
    segments: SegmentVectors | None
    note: str = ""
    """A damage that was worked around ("stops after 61 of 240 s"); "" if none."""
    sound: Sound | None = None


@dataclass(frozen=True)
class Guess:
    """A genre, or several, with a confidence."""

    genre: str
    """Several are parted by "; "."""
    confidence: float
    """Chance that it is what the listener would say (of several: that one of them is), 0 to 1."""
    witness: Literal["neighbours", "genre head", "cluster"]
    """The one that says most for it."""

    @property
    def genres(self) -> tuple[str, ...]:
        """The genres one by one."""
        return tuple(self.genre.split("; "))


@dataclass(frozen=True)
class Track:
    """A track as the catalogue knows it."""

    id: int
    path: Path
    tags: TrackTags
    duration: float
    payload_hash: str
    gone: bool = False
    cluster: int | None = None
    """Cluster id, NOISE, or None where the track was not clustered yet."""
    strength: float = 0.0
    """HDBSCAN membership strength, 0 to 1; of noise, how near it comes to `nearest`."""
    guess: Guess | None = None
    nearest: int | None = None
    """The cluster that it is nearest to: of noise, the one that it almost belongs to. None where there is none."""

    @property
    def name(self) -> str:
        """ "Artist - Title", or the file's name where the tag is silent."""
        parts = [text for text in (self.tags.artist, self.tags.title) if text]
        return " - ".join(parts) if self.tags.title else self.path.stem

    @property
    def is_mix(self) -> bool:
        """Whether it plays so long that it is no single piece: then it is in no cluster and has no vote, unless asked
        for (`ClusterSettings.with_mixes`)."""
        return self.duration > LONGEST_TRACK


@dataclass(frozen=True)
class KnownFile:
    """What the catalogue remembers of a file, for the comparison at the start of a scan."""

    id: int
    path: Path
    size: int
    mtime_ns: int
    payload_hash: str
    gone: bool
    embedded: bool
    """True where a vector of the asked-for encoder is stored."""


@dataclass(frozen=True)
class Problem:
    """A file that gave no vector: remembered, so that it is not tried at every scan."""

    path: Path
    reason: str
    kind: Literal["failed", "skipped"]
    transient: bool = False
    size: int = 0
    mtime_ns: int = 0


@dataclass(frozen=True)
class Match:
    """A track and how like the seed it is."""

    track: Track
    similarity: float
    """Cosine, -1 to 1."""
    closeness: float = 0.0
    """What matches are ordered by, 0 to 1: 0.5 is as near as the near neighbours of the two usually are
    (see `core.vectors.hubness`). In a library too small for "usual" it equals the cosine; with tracks that
    a match shall be unlike it may be negative."""
    versions: tuple[Track, ...] = ()
    """Copies and other versions of it that were folded into this row."""
    spans: tuple[MatchingSpan, ...] | None = None
    """Where it is like the seed, best first; None where not asked or no segments are stored."""


@dataclass(frozen=True)
class MatchingSpan:
    """A stretch of one track that is like a stretch of another."""

    here: tuple[float, float]
    """Start and end in the seed, seconds."""
    there: tuple[float, float]
    """In the match."""
    similarity: float
    """Mean cosine of the segments along it."""


@dataclass(frozen=True)
class Pair:
    """Two tracks that are near each other."""

    first: Track
    second: Track
    similarity: float


@dataclass(frozen=True)
class Cluster:
    """A group of tracks that sound alike."""

    id: int
    name: str
    size: int
    typical: tuple[int, ...] = ()
    """Ids of the most typical tracks, best first."""
    given: bool = False
    """Whether the listener gave the name: then it stays, whatever becomes of the members."""
    traits: tuple[str, ...] = ()
    """What sets it apart from the rest of the library ("fast: 138 BPM"), the clearest first."""


@dataclass(frozen=True)
class Clustering:
    """How the present clusters came about; text is for people, "" where there is nothing to say."""

    setting: str = ""
    """What HDBSCAN was asked for."""
    instead: str = ""
    """What was wrong with the plain setting, where this is another one."""
    fault: str = ""
    """What is wrong with the result all the same."""
    last_id: int = 0
    """Highest cluster id that was ever given: none is given twice."""


# ------------------------------------------------------------------------- datasets, measuring


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


@dataclass(frozen=True)
class Figure:
    """A measured number with its 95 % bootstrap interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} ({self.low:.3f} to {self.high:.3f})"


@dataclass(frozen=True)
class MeasureStage:
    """How far a measurement, or another long calculation, has come."""

    text: str
    done: int = 0
    total: int = 0
    """Steps of this stage; 0 where it has none."""


@dataclass(frozen=True)
class Evaluation:
    """What an encoder is worth on a dataset, with its baselines; every table by contestant."""

    encoder_id: str
    encoder_name: str
    data: str
    """Name of the dataset's folder or table."""
    corpus: str
    split: str
    """"val", "train+val" (cross-validated) or "test"."""
    classes: tuple[str, ...]
    tracks: int
    """Labelled tracks that the figures rest on."""
    artists: int
    results: dict[str, dict[str, Figure]]
    """Contestant -> figure; the encoder is the first one."""
    differences: dict[str, dict[str, Figure]]
    """Baseline -> the encoder's figure minus its, paired."""
    groups: dict[str, dict[str, float]]
    """Contestant -> number of clusters and the largest one's share, for each way of clustering."""
    f1: dict[str, float]
    """F1 of each class by the linear probe on the encoder."""
    confusion: tuple[tuple[int, ...], ...]
    """Of that probe: a row per true class, a column per predicted one."""
    guesses: dict[str, Any]
    damaged: dict[str, dict[str, Figure]]
    """Contestant -> kind of damage -> share that found its original first."""
    corpora: dict[str, dict[str, Figure]]
    """Contestant -> how well the corpus can be told from a vector."""
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()
    by_class: dict[str, dict[str, Figure]] = field(default_factory=dict)
    """"precision@5", "linear F1", "dense F1", ... of the encoder -> class -> figure."""
    dense_confusion: tuple[tuple[int, ...], ...] = ()
    """As `confusion`, of the small classifier."""


@dataclass(frozen=True)
class SoundEvaluation:
    """What an encoder is worth on a dataset of sound events, by the dataset's official folds."""

    encoder_id: str
    encoder_name: str
    dataset: str
    """"dcase" or "esc10"."""
    files: int
    """That the folds hold out."""
    tested: int
    """Files of the evaluation dataset (DCASE); 0 where it is not there."""
    groups: int
    """Recording sessions (DCASE) or clips (ESC): what intervals are drawn over."""
    folds: int
    classes: tuple[str, ...]
    results: dict[str, dict[str, Figure]]
    """Contestant -> figure; the encoder is the first one."""
    differences: dict[str, dict[str, Figure]]
    """Baseline -> the encoder's figure minus its, paired."""
    f1: dict[str, float]
    """F1 of each class by the linear probe on the encoder, mean over folds."""
    confusion: tuple[tuple[int, ...], ...]
    """Of that probe: a row per true class, a column per predicted one."""
    published: dict[str, float]
    """Macro-F1 of others, in per cent, where all of the dataset was measured; else empty."""
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()
    by_class: dict[str, dict[str, Figure]] = field(default_factory=dict)
    """"linear F1" and "dense F1" -> class -> the encoder's, mean over folds."""
    dense_confusion: tuple[tuple[int, ...], ...] = ()
    """As `confusion`, of the small classifier."""


# ------------------------------------------------------------------------------- tags, journal


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


# ----------------------------------------------------------------------------------------- scan


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
class Forgetting:
    """What is dropped from a library with some folders or files."""

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
    """What a listener should know of how the groups came about."""
