"""What the commands do, for programs that use musicemb without them: `Library`. A server imports nothing else.

Everything heavy is imported inside the methods, so that to import this costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from musicemb.library.library import Library

if TYPE_CHECKING:
    from musicemb.workflows.similarity.loaded_library import LoadedLibrary

__all__ = ["Library", "LoadedLibrary"]


def __getattr__(name: str) -> Any:
    if name == "LoadedLibrary":
        from musicemb.workflows.similarity.loaded_library import LoadedLibrary

        return LoadedLibrary
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
