"""Evaluations in seconds."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="module", autouse=True)
def always_quick(quick_probes: None) -> None:
    """For all tests here."""
