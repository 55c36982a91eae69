"""Probes with nothing to choose from, for tests that ask what else an evaluation does."""

from __future__ import annotations

QUICK = {"STRENGTHS": (0.1,), "DECAYS": (1.0,), "PASSES": 20}
"""Constants of `musicemb.core.evaluation.probes`; tests/core/evaluation/test_probes.py has them choose."""
