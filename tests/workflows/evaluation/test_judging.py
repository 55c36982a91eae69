"""Guesses are judged along the tree, by hand."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from musicemb.core.genres.families import build_tree
from musicemb.core.genres.voters import label_distribution
from musicemb.workflows.evaluation.judging import GuessPredictions, Judge

CANDIDATES = ("indie", "jazz", "metal")
TREE = build_tree(CANDIDATES)
TRUTHS = label_distribution([("indie",), ("metal",), ("jazz",), ("jazz",)], CANDIDATES)
TOLD = GuessPredictions(
    np.arange(4),
    np.array([[0.7, 0.1, 0.2, 0], [0.5, 0.1, 0.4, 0], [0.1, 0.8, 0.1, 0], [0.3, 0.3, 0.3, 0.1]]),
    np.full(4, 0.65),
)


def test_the_deepest_word_counts_and_a_family_is_right_for_its_children() -> None:
    judge = Judge(TREE, TRUTHS)
    judged = judge.judge(TOLD)
    said, right = judged.say(TOLD.thresholds)
    assert [TREE.nodes[node] if node >= 0 else "" for node in said.tolist()] == ["indie", "rock", "jazz", ""]
    assert right.tolist() == [1, 1, 1, 0]
    assert_allclose(judged.sure, [0.9, 0.9, 0.8, 0.6])
    assert judged.right.tolist() == [1, 1, 1, 0]
    at = {"threshold": 0.45, "coverage": 1.0, "accuracy": 0.5}
    # "indie" for indie, "indie" for metal, "jazz" for jazz, and "rock", which no tag says, for jazz.
    assert judged.at(0.45) == {**at, "word_coverage": 0.75, "word_accuracy": pytest.approx(2 / 3)}
    words, same = judged.say_words(TOLD.thresholds)
    assert (words.tolist(), same.tolist()) == ([True, False, True, False], [1, 0, 1, 0])
    assert judge.below(said, TREE.nodes.index("rock")).tolist() == [True, True, False, False]


def test_the_lowest_threshold_that_reaches_the_aim() -> None:
    many = GuessPredictions(np.tile(np.arange(4), 5), np.tile(TOLD.probabilities, (5, 1)), np.full(20, 0.65))
    judged = Judge(TREE, TRUTHS).judge(many)
    assert judged.aim(0.9) == 0.61
    assert judged.aim(1.01) is None
    assert judged.aim(0.9, words=True) == 0.51  # where "indie" is not said of metal any more
    assert judged.aim(1.01, words=True) is None
    assert Judge(TREE, TRUTHS, {"rock", "indie", "metal"}).judge(many).aim(0.5) == 0.01
