"""What a scorecard counts and writes."""

from __future__ import annotations

from dataclasses import replace

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
    tell_aim,
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


@pytest.mark.parametrize(
    ("aimed", "word", "told"),
    [
        (0.5, 0.8, "keeps it). For your tag's exact word (family not counted), from 0.80 on."),
        (0.5, 0.5, "The same holds for your tag's exact word."),
        (0.5, None, "No confidence reaches this share for your tag's exact word (family not counted)."),
        (None, None, "There is no confidence with at least 8 guesses of which 85% are right."),
    ],
)
def test_the_aim_is_told_of_families_and_of_words(aimed: float | None, word: float | None, told: str) -> None:
    library = GenreEvidence(
        np.eye(2, dtype=np.float32), (("jazz",), ("rock",)), np.arange(2), np.full(2, NOISE, np.int64)
    )
    predictions = GuessPredictions(np.arange(2), np.array([[0.9, 0.1, 0], [0.2, 0.8, 0]]), np.full(2, 0.6))
    found = count_right("x", library, {ENSEMBLE: predictions}, GuessSettings(), PLAIN)
    assert told in tell_aim(replace(found, aimed=aimed, aimed_word=word))
