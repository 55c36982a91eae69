"""The public API: `Library` does what the commands do, for programs and for the server, which imports nothing else.

Heavy modules are imported inside the methods, so that importing this package is cheap.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from musicemb.library.library import Library

if TYPE_CHECKING:  # the same names, for editors and type checkers
    from musicemb.workflows.parallel.executor import Executor, SerialExecutor, Work, WorkerFailure
    from musicemb.workflows.similarity.loaded_library import LoadedLibrary
    from musicemb.workflows.similarity.playlist import PlaylistLength
    from musicemb.workflows.similarity.ranking import ResultFilters

__all__ = [
    "Executor",
    "Library",
    "LoadedLibrary",
    "PlaylistLength",
    "ResultFilters",
    "SerialExecutor",
    "Work",
    "WorkerFailure",
]

_HOMES = {
    "Executor": "parallel.executor",
    "LoadedLibrary": "similarity.loaded_library",
    "PlaylistLength": "similarity.playlist",
    "ResultFilters": "similarity.ranking",
    "SerialExecutor": "parallel.executor",
    "Work": "parallel.executor",
    "WorkerFailure": "parallel.executor",
}


if not TYPE_CHECKING:  # type checkers see the imports above, and refuse an unknown name

    def __getattr__(name: str) -> Any:
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(importlib.import_module(f"musicemb.workflows.{_HOMES[name]}"), name)
