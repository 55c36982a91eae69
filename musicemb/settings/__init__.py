"""Every number of the product, once: with its unit, its default and the reason for it.

All settings are frozen dataclasses. `from_dict` reads one from JSON and refuses unknown keys, so a
typo in a file never becomes a silently ignored wish.
"""

from __future__ import annotations

from musicemb.settings.conversion import Settings, from_dict, to_dict
from musicemb.settings.encoder import (
    DEFAULT_BUNDLE,
    INT8_COSINE,
    INT8_SEGMENTS,
    LIMITS,
    Architecture,
    AugmentationSettings,
    EncoderSettings,
    Features,
    FrontEndSettings,
    Loss,
    NetworkSettings,
    SegmentSettings,
    TrainingSettings,
)
from musicemb.settings.library import (
    AUDIO_SUFFIXES,
    LONGEST_TRACK,
    MAP_COLOURS,
    MAP_GREY,
    NO_MUSIC_MARKER,
    SHIPPED_POOL,
    SPELLINGS,
    SYSTEM_FOLDERS,
    UNREAD_SUFFIXES,
    ClusterSettings,
    GuessSettings,
    MapSettings,
    PoolWeights,
    ScanSettings,
    ScorecardSettings,
    SimilarSettings,
    TagPolicy,
    TagSettings,
)

__all__ = [
    "AUDIO_SUFFIXES",
    "DEFAULT_BUNDLE",
    "INT8_COSINE",
    "INT8_SEGMENTS",
    "LIMITS",
    "LONGEST_TRACK",
    "MAP_COLOURS",
    "MAP_GREY",
    "NO_MUSIC_MARKER",
    "SHIPPED_POOL",
    "SPELLINGS",
    "SYSTEM_FOLDERS",
    "UNREAD_SUFFIXES",
    "Architecture",
    "AugmentationSettings",
    "ClusterSettings",
    "EncoderSettings",
    "Features",
    "FrontEndSettings",
    "GuessSettings",
    "Loss",
    "MapSettings",
    "NetworkSettings",
    "PoolWeights",
    "ScanSettings",
    "ScorecardSettings",
    "SegmentSettings",
    "Settings",
    "SimilarSettings",
    "TagPolicy",
    "TagSettings",
    "TrainingSettings",
    "from_dict",
    "to_dict",
]
