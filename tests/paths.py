"""Where the tests, the checkout and the package lie, for tests that start processes of their own."""

from __future__ import annotations

import os
from pathlib import Path

TESTS = Path(__file__).parent
ROOT = TESTS.parent
PACKAGE = ROOT / "musicemb"


def with_tests_on_path() -> dict[str, str]:
    """The environment for a Python that imports musicemb and the modules of this folder."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(TESTS)])}
