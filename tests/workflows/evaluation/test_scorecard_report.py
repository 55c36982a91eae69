"""What a scorecard counts and writes."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from musicemb.core.genres.voters import GenreEvidence
from musicemb.records import NOISE
from musicemb.settings import GuessSettings, ScorecardSettings
from musicemb.workflows.evaluation.scorecard_report import (
    ACCURACY,
    BRIER,
    COVERAGE,
    ENSEMBLE,
    OVERALL,
    GuessPredictions,
    count_right,
)

PLAIN = ScorecardSettings(mfcc_tracks=0, draws=40)


def test_figures_are_counted_by_hand() -> None:
    library = GenreEvidence(
        np.eye(4, dtype=np.float32),
        (("jazz",), ("jazz", "rock"), ("rock",), ("rock",)),
        np.arange(4),
        np.full(4, NOISE, dtype=np.int64),
    )
    told = np.array([[0.9, 0.1, 0], [0.3, 0.7, 0], [0.8, 0.2, 0], [0.4, 0.5, 0.1]])
    predictions = GuessPredictions(np.arange(4), told, np.full(4, 0.6))
    found = count_right("x", library, {ENSEMBLE: predictions}, GuessSettings(), PLAIN)
    mine = found.results[ENSEMBLE]
    assert mine[COVERAGE].value == 0.75
    assert mine[ACCURACY].value == pytest.approx(2 / 3)
    assert mine[OVERALL].value == 0.75
    truths = np.array([[1, 0, 0], [0.5, 0.5, 0], [0, 1, 0], [0, 1, 0]])
    assert_allclose(mine[BRIER].value, ((told - truths) ** 2).sum(axis=1).mean())
    assert found.by_genre["Rock"] == {"tracks": 3, "guessed": 1, "right": 1.0, "found": pytest.approx(1 / 3)}
    assert found.confused == (("Rock", "Jazz", 1),)
