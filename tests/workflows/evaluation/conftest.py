"""Evaluations in seconds."""

from __future__ import annotations

from collections.abc import Iterator

import pytest


@pytest.fixture(scope="module", autouse=True)
def quick_probes() -> Iterator[None]:
    """Probes with nothing to choose from; tests/core/evaluation/test_probes.py has them choose."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("musicemb.core.evaluation.probes.STRENGTHS", (0.1,))
        patch.setattr("musicemb.core.evaluation.probes.DECAYS", (1.0,))
        patch.setattr("musicemb.core.evaluation.probes.PASSES", 20)
        yield
