"""The miniatures of tests/datasets, for tests of other rooms."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "datasets"))

import miniatures

__all__ = ["miniatures"]
