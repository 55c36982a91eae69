"""The catalogue's own state: who holds it, what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Holder:
    """A process that scans, or writes to music, just now."""

    pid: int
    host: str
    """Empty where it runs on this machine."""
    command: str
    since: str
    """ISO 8601, UTC."""
