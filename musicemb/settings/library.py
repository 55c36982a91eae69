"""Settings of scanning, grouping, guessing, tagging, similarity and the map."""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

TagPolicy = Literal["missing", "add", "replace"]


@dataclass(frozen=True)
class ScanSettings:
    """How a scan runs."""

    minimum_tracks: int = 30
    """Fewer tracks than this are not clustered: density means nothing among so few."""
    nearest_pairs: int = 5
    """Pairs shown where there are too few tracks to group."""
    decode_share: float = 0.98
    """A decoder that returns less of the promised frames than this is asked to give way to the next."""
    longest: float = 4 * 3600.0
    """Seconds of audio read of one file; what lies beyond is left out and said."""
    file_timeout: float = 900.0
    """Seconds that one file may take before its process is ended: a hanging decoder or drive must not
    stop a scan, and a slow machine needs minutes for hours of audio."""
    excerpts: int = 0
    """Excerpts that are heard of a track, the rest being skipped; 0: all of it is decoded. Measured by
    tests/benchmarks/fast_quality.py."""


FAST_EXCERPTS = 5
"""Number of excerpts of about four seconds that ``scan --fast`` embeds."""


LONGEST_TRACK = 20 * 60.0
"""Seconds; what plays longer is a mix (a DJ set, an album in one file): its mean vector is that of no music in it."""


@dataclass(frozen=True)
class ClusterSettings:
    """How tracks are grouped. `None` means: chosen from the library's size (see `core.clustering.selection`)."""

    min_cluster_size: int | None = None
    min_samples: int | None = None
    typical: int = 3
    """Typical tracks named per cluster."""
    most_clustered: int = 20_000
    """Tracks that HDBSCAN looks at; of a larger library so many are chosen by their content, and the others join
    the clusters of those. What it takes grows with the square of their number."""
    with_mixes: bool = False
    """Whether mixes (see `LONGEST_TRACK`) are grouped and vote too."""


@dataclass(frozen=True)
class SimilarSettings:
    """How similar tracks are chosen."""

    reduction: Literal["none", "local scaling"] = "local scaling"
    """See `core.vectors.hubness`. Takes half of the hubs away and costs nothing that could be shown (cross-validated by
    tests/benchmarks/hubness.py: skewness 0.53 to 0.27, precision@5 .000 less; contextual dissimilarity leaves 0.09
    and costs .011)."""
    unlike_weight: float = 0.5
    """What nearness to an unwanted track takes away, per unit. Below 1, so that being like what was asked for
    counts for more than being unlike the rest (Rocchio's feedback weighs in the same order)."""
    same_recording: float = 0.999
    """Cosine from which two tracks of equal length, whose titles do not differ, are one recording."""
    same_duration: float = 2.0
    """Seconds by which two copies of a recording may differ."""
    path_candidates: int = 1500
    """Tracks near the line between two ends that a smooth path may lead through: a matrix of 9 MB."""


@dataclass(frozen=True)
class DuplicateSettings:
    """When two files are copies of one recording. Measured by tests/benchmarks/duplicate_copies.py."""

    cosine: float = 0.85
    """Of the tracks' vectors, below which no pair is looked at."""
    similarity: float = 0.75
    """Mean cosine of the segments that meet."""
    share: float = 0.45
    """Segments in step (`core.similarity.recordings`) from which two tracks are one recording."""
    drift: float = 0.012
    """Cosine that beginning and end may gain by offsets of their own; more tells another tempo."""
    tempo: float = 0.015
    """Share by which two tempos that are sure may differ: of copies they do by a thousandth."""
    lead: float = 5.0
    """Seconds by which the music of a copy may begin later or earlier, beside a silence before it; the further, the
    more there is to coincide."""
    fewest: int = 12
    """Segments that must meet: of a sound of a few seconds, chance puts many in step."""
    seconds: float = 10.0
    """By which what is heard of two copies may differ: a cut end, noise of a record before the music."""
    part: float = 0.12
    """Share of the longer one by which they may differ, in long tracks."""


@dataclass(frozen=True)
class MapSettings:
    """How the map of a library is laid out. Measured by tests/benchmarks/map_layout.py."""

    neighbours: int = 8
    """Nearest tracks that the page knows of each: 3 bytes apiece."""
    perplexity: float = 15.0
    """Of t-SNE: about how many neighbours a track is held by. Low, as an album has a dozen tracks."""
    early_iterations: int = 250
    early_exaggeration: float = 12.0
    """openTSNE's defaults, both."""
    iterations: int = 500
    exaggeration: float = 1.0
    """To the end; 1 is plain t-SNE, whose large maps are one even disc."""
    relayout_share: float = 0.25
    """Share of tracks placed among their neighbours since the last layout, from which all are laid out again."""
    threads_from: int = 10_000
    """Tracks from which several threads work: in smaller libraries they wait for each other longer than they
    work (700 tracks: 1 s of CPU with one, 23 s with two on a busy machine)."""
    seed: int = 1
    genres: int = 40
    """Most frequent genres in the legend; the others share one line."""


PoolWeights = tuple[float, ...]

SHIPPED_POOL: Mapping[tuple[str, ...], PoolWeights] = types.MappingProxyType(
    {
        ("neighbours", "genre head", "cluster"): (0.8, 0.5, 0.03, -2.2),
        ("neighbours", "cluster"): (1.2, 0.09, -2.5),
    }
)
"""As tests/benchmarks/guesses.py fits them, with more of the head (tests/benchmarks/few_tags.py). What another genre is
worth is set higher than there, where each track had one of twelve genres and "another" never came true."""


@dataclass(frozen=True)
class GuessSettings:
    """How genres are guessed."""

    neighbours: int = 20
    """Nearest tagged tracks that vote."""
    minimum_votes: int = 5
    """Tagged tracks among them that it takes for the listener's own words to speak."""
    minimum_artists: int = 3
    """Different artists among those."""
    vote_temperature: float = 0.2
    """Cosine: a neighbour that is this much less alike than another weighs 1/e of it."""
    vote_doubt: float = 1.0
    """Weight of an imagined neighbour of yet another genre: few votes never make a certainty."""
    floor: float = 0.01
    """Added to a share before its logarithm is taken: nobody can rule a genre out altogether."""
    pool: Mapping[tuple[str, ...], PoolWeights] = field(default_factory=lambda: SHIPPED_POOL)
    """Predictors -> weight of each, and the worth of "another genre", where the library has no tags to fit them on."""
    company: tuple[PoolWeights, PoolWeights] = ((0.65, 0.7, 0.0), (1.0, 0.0, 0.0))
    """Weight of what a track is likely to be by itself, of what its company says (other tracks by its artist), and the
    worth of "another genre" there, where the library has no tags to fit them on; the same without company."""
    held_to_shipped: float = 5.0
    """Nats that a squared step away from those costs where many artists are tagged."""
    many_artists: int = 200
    """Tagged artists from which on a step costs no more than that; of half as many it costs four times as much, since
    what few tags say of others would move the weights by chance (tests/benchmarks/few_tags.py)."""
    fewest_tried: int = 30
    """Tagged tracks below which nothing is fitted."""
    tried: int = 1000
    """Tagged tracks that the weights are fitted on, spread over the library; there are at most four weights."""
    translation_doubt: float = 20.0
    """Tracks for which it counts that the head and the listener mean the same by the same word."""
    translation_steps: int = 20
    """Rounds of expectation maximisation; it hardly moves after ten."""
    threshold: float = 0.6
    """Confidence below which no guess is made (tests/benchmarks/words.py: 85 of 100 guesses are in the right family
    from there on, for two tracks of three)."""
    head_threshold: float = 0.6
    """The same where only the genre head speaks, unless its own threshold is higher (words.py: 87 of 100, for three
    tracks of five)."""
    max_genres: int = 1
    """Genres that a guess may name."""
    second_share: float = 0.5
    """A further genre is named where it is at least this likely, compared with the first."""


@dataclass(frozen=True)
class ScorecardSettings:
    """How guesses are measured in the listener's own library."""

    mfcc_tracks: int = 200
    """Tagged tracks that MFCC statistics are made of, for comparison: each is decoded and heard, about a second of
    CPU for four minutes of music. 0 leaves them out."""
    draws: int = 1000
    """Bootstrap draws behind each interval."""
    pairs: int = 10
    """Number of pairs of confused genres that are listed."""
    aim: float = 0.85
    """Share of right guesses for which a threshold is named."""


@dataclass(frozen=True)
class TagSettings:
    """How guesses are written to files."""

    policy: TagPolicy = "missing"
    min_confidence: float | None = None
    """None: the threshold that guesses were made with."""
    shown: int = 20
    """Changes shown before asking."""


SPELLINGS: Mapping[str, str] = types.MappingProxyType(
    {
        "pop/rock": "Pop Rock",
        "r&b": "R&B",
        "hip-hop": "Hip-Hop",
        "stage & screen": "Stage & Screen",
        "children's": "Children's",
    }
)
"""How a guessed word is written to a tag, where capitalising it is not enough. Never '/', ';' or NUL."""

MAP_COLOURS = (
    "#4e79a7", "#df6d1a", "#569c4c", "#d1605e", "#8a78b8", "#b4833a", "#489a93", "#d06aa6", "#8c8f3d", "#4d92d1",
    "#ab8a21", "#74973c", "#b5546f", "#6f6bd1", "#a0674f", "#3e8f6b", "#c57872", "#a05bc4", "#6d8794", "#a8479a",
)  # fmt: skip
"""Of the map's largest groups: of middling lightness, to stand out on white and on black (contrasts of 3 and more)."""

MAP_GREY = "#8d8d93"
"""Of tracks that stand alone, or have no genre."""

AUDIO_SUFFIXES = frozenset(
    {
        ".mp3", ".flac", ".ogg", ".oga", ".opus", ".wav", ".aif", ".aiff", ".aifc", ".m4a", ".m4b", ".mp4", ".aac",
        ".wma",
        ".wv", ".ape", ".tta", ".tak", ".shn", ".mpc", ".mp2", ".mpga", ".spx", ".caf", ".au", ".w64", ".mka", ".weba",
        ".webm", ".ac3", ".eac3", ".dts", ".dsf", ".dff", ".amr",
    }
)  # fmt: skip
"""Lower-case suffixes of files that a scan opens; those behind ".wma"
are read by FFmpeg and not written to."""

UNREAD_SUFFIXES = frozenset(
    {
        ".mid", ".midi", ".kar", ".mod", ".xm", ".it", ".s3m", ".ra", ".rm", ".m4p", ".aa",
        ".aax", ".oma", ".at3", ".vqf", ".sid", ".nsf", ".spc", ".vgm", ".cda", ".ofr", ".ofs",
    }
)  # fmt: skip
"""Suffixes of music that nothing here decodes (notes, modules, protected or rare formats): counted, not opened."""

SYSTEM_FOLDERS = frozenset(
    {
        "$recycle.bin", "recycler", "recycled", "#recycle", "@recycle", ".recycle", ".trash",
        ".trashes", "lost+found", "#snapshot", "@eadir", "@recently-snapshot", ".appledouble", "__macosx",
        "system volume information",
    }
)  # fmt: skip
"""Folders (lower case) in which systems and network drives keep what was deleted, or data of their own;
``.Trash-1000`` and the like are told by their beginning."""

NO_MUSIC_MARKER = ".nomusic"
"""A folder that holds a file of this name is left out, with all below it."""
