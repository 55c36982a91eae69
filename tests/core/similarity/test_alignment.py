"""Matching stretches: a passage that two tracks share is found where it is."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from musicemb.core.similarity.alignment import matching_spans


def passages(seed: int, n: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, 32))


def test_a_shared_passage_is_found_and_merged() -> None:
    shared = passages(0, 5)
    here = np.concatenate([passages(1, 6), shared, passages(2, 3)])
    there = np.concatenate([passages(3, 2), shared, passages(4, 7)])
    best = matching_spans(here, there, np.arange(14) * 4.0, np.arange(14) * 4.0, length=4.0)[0]
    assert best.here == (24.0, 44.0)
    assert best.there == (8.0, 28.0)
    assert best.similarity > 0.999


def test_silence_between_segments_ends_a_span() -> None:
    shared = passages(0, 4)
    found = matching_spans(shared, shared, [0, 4, 40, 44], [0, 4, 8, 12], length=4.0, n=2)
    assert {span.here for span in found} == {(0, 8), (40, 48)}


def test_spans_never_share_a_stretch() -> None:
    here, there = passages(1, 20), passages(2, 30)
    found = matching_spans(here, there, np.arange(20), np.arange(30), length=1.0, n=9)
    for side in ("here", "there"):
        ends = sorted(getattr(span, side) for span in found)
        assert all(one[1] <= two[0] for one, two in pairwise(ends))


def test_tracks_that_are_alike_all_through_match_as_a_whole() -> None:
    same = np.ones((5, 4))
    (span, *_) = matching_spans(same, same, np.arange(5) * 2.0, np.arange(5) * 2.0, length=2.0)
    assert span.here == span.there == (0.0, 10.0)


def test_nothing_to_compare() -> None:
    assert matching_spans(np.zeros((0, 4)), np.ones((2, 4)), [], [0, 1], length=1.0) == []
    assert len(matching_spans(np.ones((1, 4)), np.ones((1, 4)), [0], [0], length=4.0)) == 1
