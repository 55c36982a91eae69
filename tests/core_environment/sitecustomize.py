"""Python reads this before all else where its folder is on PYTHONPATH: it then finds none of the modules of HIDDEN.

The processes that it starts find none of them either.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

HIDDEN = frozenset(os.environ.get("MUSICEMB_HIDDEN_MODULES", "").split())


class Hiding:
    """A finder that is deaf to some names."""

    def __init__(self, finder: Any) -> None:
        self.finder = finder

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The other finder's answer, or none."""
        if name.partition(".")[0] in HIDDEN or not hasattr(self.finder, "find_spec"):
            return None
        found: ModuleSpec | None = self.finder.find_spec(name, path, target)
        return found

    def __getattr__(self, name: str) -> Any:
        return getattr(self.finder, name)


if HIDDEN:
    sys.meta_path[:] = [Hiding(finder) for finder in sys.meta_path]
