"""All settings of the program, each defined once with its unit, its default and the reason for it.

All settings are frozen dataclasses. `from_dict` reads one from JSON and refuses unknown keys, so a
typo in a file is never silently ignored.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from musicemb.settings.array_files import read_npz
    from musicemb.settings.configuration import (
        KEYS,
        NO_CONFIGURATION,
        Configuration,
        Key,
        Kind,
        Source,
        read_configuration,
        resolve,
    )
    from musicemb.settings.conversion import Settings, from_dict, to_dict
    from musicemb.settings.encoder import (
        DEFAULT_BUNDLE,
        INT8_COSINE,
        INT8_SEGMENTS,
        LIMITS,
        Architecture,
        AugmentationSettings,
        EmbeddingStart,
        EncoderSettings,
        Features,
        FrontEndSettings,
        Loss,
        MelScale,
        NetworkSettings,
        SegmentSettings,
        Spectrum,
        TrainingSettings,
    )
    from musicemb.settings.files import open_regular, read_bounded, read_json
    from musicemb.settings.library import (
        AUDIO_SUFFIXES,
        FAST_EXCERPTS,
        LONGEST_TRACK,
        MAP_COLOURS,
        MAP_GREY,
        NO_MUSIC_MARKER,
        SHIPPED_POOL,
        SPELLINGS,
        SYSTEM_FOLDERS,
        UNREAD_SUFFIXES,
        ClusterSettings,
        DuplicateSettings,
        GuessSettings,
        MapSettings,
        PoolWeights,
        ScanSettings,
        ScorecardSettings,
        SimilarSettings,
        TagPolicy,
        TagSettings,
    )

_HOMES = {
    name: module
    for module, names in {
        "array_files": "read_npz",
        "configuration": "KEYS NO_CONFIGURATION Configuration Key Kind Source read_configuration resolve",
        "conversion": "Settings from_dict to_dict",
        "encoder": (
            "DEFAULT_BUNDLE INT8_COSINE INT8_SEGMENTS LIMITS Architecture AugmentationSettings EmbeddingStart "
            "EncoderSettings Features FrontEndSettings Loss MelScale NetworkSettings SegmentSettings Spectrum "
            "TrainingSettings"
        ),
        "files": "open_regular read_bounded read_json",
        "library": (
            "AUDIO_SUFFIXES FAST_EXCERPTS LONGEST_TRACK MAP_COLOURS MAP_GREY NO_MUSIC_MARKER SHIPPED_POOL "
            "SPELLINGS SYSTEM_FOLDERS UNREAD_SUFFIXES ClusterSettings DuplicateSettings GuessSettings "
            "MapSettings PoolWeights ScanSettings ScorecardSettings SimilarSettings TagPolicy TagSettings"
        ),
    }.items()
    for name in names.split()
}
"""The module of each name, which is imported when the name is first used (PEP 562)."""

__all__ = [
    "AUDIO_SUFFIXES",
    "DEFAULT_BUNDLE",
    "FAST_EXCERPTS",
    "INT8_COSINE",
    "INT8_SEGMENTS",
    "KEYS",
    "LIMITS",
    "LONGEST_TRACK",
    "MAP_COLOURS",
    "MAP_GREY",
    "NO_CONFIGURATION",
    "NO_MUSIC_MARKER",
    "SHIPPED_POOL",
    "SPELLINGS",
    "SYSTEM_FOLDERS",
    "UNREAD_SUFFIXES",
    "Architecture",
    "AugmentationSettings",
    "ClusterSettings",
    "Configuration",
    "DuplicateSettings",
    "EmbeddingStart",
    "EncoderSettings",
    "Features",
    "FrontEndSettings",
    "GuessSettings",
    "Key",
    "Kind",
    "Loss",
    "MapSettings",
    "MelScale",
    "NetworkSettings",
    "PoolWeights",
    "ScanSettings",
    "ScorecardSettings",
    "SegmentSettings",
    "Settings",
    "SimilarSettings",
    "Source",
    "Spectrum",
    "TagPolicy",
    "TagSettings",
    "TrainingSettings",
    "from_dict",
    "open_regular",
    "read_bounded",
    "read_configuration",
    "read_json",
    "read_npz",
    "resolve",
    "to_dict",
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
