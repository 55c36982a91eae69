"""Frozen records that travel between layers.

Arrays inside records are read-only by convention. Paths are `pathlib.Path`; undecodable bytes are
kept as surrogates (`os.fsencode` gives the bytes back).
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from musicemb.records.arrays import Booleans, Floats, Floats64, Integers
    from musicemb.records.audio import PARTLY, Audio, FoundFile, MusicalKey, PassedOver, Problem, TrackValues
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
    from musicemb.records.explanation import NO_ALIASES, GenreAliases, HeardSound, Passage, Reasons, SoundValues, Voter
    from musicemb.records.library import (
        Exported,
        Forgetting,
        GenreImport,
        GenreRow,
        LibraryStatus,
        LibraryTable,
        RefusedRow,
        ScanPlanned,
        ScanProgress,
        ScanStage,
        ScanSummary,
        WatchNotice,
    )
    from musicemb.records.map import Colouring, MapGroup, MapWords, MusicMap
    from musicemb.records.media_servers import IdMap, Rule, ServerTrack, ServerTracks, plain_isrc, plain_mbid
    from musicemb.records.tagging import (
        Applied,
        Change,
        Decision,
        JournalEntry,
        Review,
        ReviewGroup,
        ReviewItem,
        Run,
        ValueChange,
        ValueKind,
        Verdict,
    )
    from musicemb.records.teachers import Teacher, TeacherMatch, TeacherShape
    from musicemb.records.tracks import (
        CollectionMatch,
        Copy,
        DuplicateGroup,
        Duplicates,
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
    from musicemb.records.upkeep import CheckReport, Finding, FindingKind, Holder, Pruning, Repair, Restored

_HOMES = {
    name: module
    for module, names in {
        "arrays": "Booleans Floats Floats64 Integers",
        "audio": "PARTLY Audio FoundFile MusicalKey PassedOver Problem TrackValues",
        "clusters": "NOISE Cluster Clustering Family",
        "datasets": "Example Split",
        "encoder": (
            "AcousticDescriptors BundleInfo EmbeddedTrack Encoder FrontEnd GenreHead Projection SegmentVectors TagHeads"
        ),
        "evaluation": "Evaluation Figure MeasureStage SoundEvaluation",
        "explanation": "NO_ALIASES GenreAliases HeardSound Passage Reasons SoundValues Voter",
        "library": (
            "Exported Forgetting GenreImport GenreRow LibraryStatus LibraryTable RefusedRow ScanPlanned "
            "ScanProgress ScanStage ScanSummary WatchNotice"
        ),
        "map": "Colouring MapGroup MapWords MusicMap",
        "media_servers": "IdMap Rule ServerTrack ServerTracks plain_isrc plain_mbid",
        "tagging": (
            "Applied Change Decision JournalEntry Review ReviewGroup ReviewItem Run ValueChange ValueKind Verdict"
        ),
        "teachers": "Teacher TeacherMatch TeacherShape",
        "tracks": (
            "CollectionMatch Copy DuplicateGroup Duplicates FoundTrack GenreOdds Guess KnownFile Match "
            "MatchingSpan Pair Search SearchTerm Track TrackTags WordChoice"
        ),
        "upkeep": "CheckReport Finding FindingKind Holder Pruning Repair Restored",
    }.items()
    for name in names.split()
}
"""The module of each name, which is imported when the name is first used (PEP 562)."""

__all__ = [
    "NOISE",
    "NO_ALIASES",
    "PARTLY",
    "AcousticDescriptors",
    "Applied",
    "Audio",
    "Booleans",
    "BundleInfo",
    "Change",
    "CheckReport",
    "Cluster",
    "Clustering",
    "CollectionMatch",
    "Colouring",
    "Copy",
    "Decision",
    "DuplicateGroup",
    "Duplicates",
    "EmbeddedTrack",
    "Encoder",
    "Evaluation",
    "Example",
    "Exported",
    "Family",
    "Figure",
    "Finding",
    "FindingKind",
    "Floats",
    "Floats64",
    "Forgetting",
    "FoundFile",
    "FoundTrack",
    "FrontEnd",
    "GenreAliases",
    "GenreHead",
    "GenreImport",
    "GenreOdds",
    "GenreRow",
    "Guess",
    "HeardSound",
    "Holder",
    "IdMap",
    "Integers",
    "JournalEntry",
    "KnownFile",
    "LibraryStatus",
    "LibraryTable",
    "MapGroup",
    "MapWords",
    "Match",
    "MatchingSpan",
    "MeasureStage",
    "MusicMap",
    "MusicalKey",
    "Pair",
    "Passage",
    "PassedOver",
    "Problem",
    "Projection",
    "Pruning",
    "Reasons",
    "RefusedRow",
    "Repair",
    "Restored",
    "Review",
    "ReviewGroup",
    "ReviewItem",
    "Rule",
    "Run",
    "ScanPlanned",
    "ScanProgress",
    "ScanStage",
    "ScanSummary",
    "Search",
    "SearchTerm",
    "SegmentVectors",
    "ServerTrack",
    "ServerTracks",
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
    "ValueChange",
    "ValueKind",
    "Verdict",
    "Voter",
    "WatchNotice",
    "WordChoice",
    "plain_isrc",
    "plain_mbid",
]


if not TYPE_CHECKING:  # type checkers see the imports above, and refuse an unknown name

    def __getattr__(name: str) -> object:
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        found = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
        globals()[name] = found
        return found

    def __dir__() -> list[str]:
        return sorted({*globals(), *_HOMES})
