"""musicemb analyses a music library: it embeds every track, groups tracks, guesses genres and finds similar tracks.

The names below are imported on first use (PEP 562), so that ``import musicemb`` stays light.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # the same names, for editors and type checkers; a test compares the two lists
    from musicemb import documents as documents
    from musicemb import records as records
    from musicemb import settings as settings
    from musicemb.encoder.runtime.litert import load_encoder as load_encoder
    from musicemb.errors import MusicembError as MusicembError
    from musicemb.io.catalogue.catalogue import open_catalogue as open_catalogue
    from musicemb.library import Library as Library
    from musicemb.workflows.clustering.listing import list_clusters as clusters
    from musicemb.workflows.embedding.embed import embed_path as embed
    from musicemb.workflows.evaluation.evaluate import evaluate_encoder as evaluate
    from musicemb.workflows.library.scan import scan_library as scan
    from musicemb.workflows.mapping.map import map_library as map_library
    from musicemb.workflows.similarity.similar import find_similar as similar
    from musicemb.workflows.tagging.tag import apply_tags as apply_tags
    from musicemb.workflows.tagging.tag import plan_tags as plan_tags
    from musicemb.workflows.tagging.undo import apply_undo as apply_undo
    from musicemb.workflows.tagging.undo import plan_undo as plan_undo
    from musicemb.workflows.training.retrain import retrain_encoder as retrain

__version__ = "0.1.0"

_HOMES = {
    "Library": ("musicemb.library", "Library"),
    "embed": ("musicemb.workflows.embedding.embed", "embed_path"),
    "documents": ("musicemb.documents", ""),
    "records": ("musicemb.records", ""),
    "settings": ("musicemb.settings", ""),
    "scan": ("musicemb.workflows.library.scan", "scan_library"),
    "similar": ("musicemb.workflows.similarity.similar", "find_similar"),
    "clusters": ("musicemb.workflows.clustering.listing", "list_clusters"),
    "map_library": ("musicemb.workflows.mapping.map", "map_library"),
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

__all__ = [
    "Library",
    "MusicembError",
    "__version__",
    "apply_tags",
    "apply_undo",
    "clusters",
    "documents",
    "embed",
    "evaluate",
    "load_encoder",
    "map_library",
    "open_catalogue",
    "plan_tags",
    "plan_undo",
    "records",
    "retrain",
    "scan",
    "settings",
    "similar",
]


if not TYPE_CHECKING:  # type checkers see the imports above, and refuse an unknown name

    def __getattr__(name: str) -> Any:
        try:
            module, attribute = _HOMES[name]
        except KeyError:
            raise AttributeError(f"module 'musicemb' has no attribute {name!r}") from None
        found = importlib.import_module(module)
        return getattr(found, attribute) if attribute else found

    def __dir__() -> list[str]:
        return sorted([*globals(), *_HOMES])
