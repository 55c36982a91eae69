"""musicemb hears a music library: embeds every track, groups, guesses genres, finds similar tracks.

The names below are opened on first use (PEP 562), so that ``import musicemb`` stays light.
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

_HOMES = {
    "scan": ("musicemb.workflows.library.scan", "scan_library"),
    "similar": ("musicemb.workflows.similarity.similar", "find_similar"),
    "clusters": ("musicemb.workflows.clustering.cluster", "list_clusters"),
    "map_library": ("musicemb.workflows.similarity.map", "map_library"),
    "plan_tags": ("musicemb.workflows.tagging.tag", "plan_tags"),
    "apply_tags": ("musicemb.workflows.tagging.tag", "apply_tags"),
    "plan_undo": ("musicemb.workflows.tagging.undo", "plan_undo"),
    "apply_undo": ("musicemb.workflows.tagging.undo", "apply_undo"),
    "retrain": ("musicemb.workflows.training.retrain", "retrain_encoder"),
    "evaluate": ("musicemb.workflows.evaluation.evaluate", "evaluate_encoder"),
    "load_encoder": ("musicemb.encoder.runtime.litert", "load_encoder"),
    "open_catalogue": ("musicemb.io.catalogue.catalogue", "open_catalogue"),
    "MusicembError": ("musicemb.errors", "MusicembError"),
}

__all__ = ["__version__", *sorted(_HOMES)]


def __getattr__(name: str) -> Any:
    try:
        module, attribute = _HOMES[name]
    except KeyError:
        raise AttributeError(f"module 'musicemb' has no attribute {name!r}") from None
    return getattr(importlib.import_module(module), attribute)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
