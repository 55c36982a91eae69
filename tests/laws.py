"""How often a law is tried, and how many of its cases a dear test takes: all of them with MUSICEMB_THOROUGH=1."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TypeVar

Case = TypeVar("Case")

THOROUGH = os.environ.get("MUSICEMB_THOROUGH", "") not in ("", "0")

QUICK = 15
"""Examples of a law that does not say how many it takes; 100 in a thorough run, which is Hypothesis's own number."""


def trials(thorough: int) -> int:
    """Examples of a law: a seventh of those of a thorough run, but five where there are as many."""
    return thorough if THOROUGH else max(min(thorough, 5), thorough * QUICK // 100)


def cases(every: Iterable[Case], quick: Iterable[Case]) -> list[Case]:
    """Cases of a test that costs seconds: all in a thorough run, else some in which each part still occurs."""
    return list(every if THOROUGH else quick)
