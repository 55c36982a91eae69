"""How often a law is tried: a quarter as often as with MUSICEMB_THOROUGH=1, for each run draws other examples."""

from __future__ import annotations

import os

THOROUGH = os.environ.get("MUSICEMB_THOROUGH", "") not in ("", "0")

QUICK = 25
"""Examples of a law that does not say how many it takes; 100 in a thorough run, which is Hypothesis's own number."""


def trials(thorough: int) -> int:
    """Examples of a law: a quarter of those of a thorough run, but five where there are as many."""
    return thorough if THOROUGH else max(min(thorough, 5), thorough * QUICK // 100)
