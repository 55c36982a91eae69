"""Frozen records that travel between layers.

Arrays inside records are read-only by convention. Paths are `pathlib.Path`; undecodable bytes are
kept as surrogates (`os.fsencode` gives the bytes back).
"""

from __future__ import annotations

from musicemb.records.arrays import Booleans, Floats, Floats64, Integers
from musicemb.records.audio import Audio, FoundFile, MusicalKey, PassedOver, Problem, TrackValues
from musicemb.records.clusters import NOISE, Cluster, Clustering, Family
from musicemb.records.datasets import Example, Split
from musicemb.records.encoder import (
    AcousticDescriptors,
    BundleInfo,
    EmbeddedTrack,
    Encoder,
    FrontEnd,
    GenreHead,
    Projection,
    SegmentVectors,
    TagHeads,
)
from musicemb.records.evaluation import Evaluation, Figure, MeasureStage, SoundEvaluation
from musicemb.records.explanation import NO_ALIASES, GenreAliases, HeardSound, Reasons, SoundValues, Voter
from musicemb.records.library import (
    Forgetting,
    LibraryStatus,
    ScanPlanned,
    ScanProgress,
    ScanStage,
    ScanSummary,
    WatchNotice,
)
from musicemb.records.tagging import (
    Applied,
    Change,
    Decision,
    JournalEntry,
    Review,
    ReviewGroup,
    ReviewItem,
    Run,
    Verdict,
)
from musicemb.records.teachers import Teacher, TeacherMatch, TeacherShape
from musicemb.records.tracks import (
    FoundTrack,
    GenreOdds,
    Guess,
    KnownFile,
    Match,
    MatchingSpan,
    Pair,
    Search,
    SearchTerm,
    Track,
    TrackTags,
    WordChoice,
)

__all__ = [
    "NOISE",
    "NO_ALIASES",
    "AcousticDescriptors",
    "Applied",
    "Audio",
    "Booleans",
    "BundleInfo",
    "Change",
    "Cluster",
    "Clustering",
    "Decision",
    "EmbeddedTrack",
    "Encoder",
    "Evaluation",
    "Example",
    "Family",
    "Figure",
    "Floats",
    "Floats64",
    "Forgetting",
    "FoundFile",
    "FoundTrack",
    "FrontEnd",
    "GenreAliases",
    "GenreHead",
    "GenreOdds",
    "Guess",
    "HeardSound",
    "Integers",
    "JournalEntry",
    "KnownFile",
    "LibraryStatus",
    "Match",
    "MatchingSpan",
    "MeasureStage",
    "MusicalKey",
    "Pair",
    "PassedOver",
    "Problem",
    "Projection",
    "Reasons",
    "Review",
    "ReviewGroup",
    "ReviewItem",
    "Run",
    "ScanPlanned",
    "ScanProgress",
    "ScanStage",
    "ScanSummary",
    "Search",
    "SearchTerm",
    "SegmentVectors",
    "SoundEvaluation",
    "SoundValues",
    "Split",
    "TagHeads",
    "Teacher",
    "TeacherMatch",
    "TeacherShape",
    "Track",
    "TrackTags",
    "TrackValues",
    "Verdict",
    "Voter",
    "WatchNotice",
    "WordChoice",
]
