"""Drawing batches: neighbours lie within the radius, every track gets its turn."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from musicemb.core.triplets import draw_batches, draw_starts


def batches(lengths: list[int], seed: int = 0, **options: object):
    settings_ = {"segment": 10, "radius": None, "tracks_per_batch": 4, "segments_per_track": 2} | options
    return draw_batches(np.array(lengths), rng=np.random.default_rng(seed), **settings_)


@given(
    length=st.integers(10, 500),
    radius=st.one_of(st.none(), st.integers(1, 1000)),
    count=st.integers(1, 5),
    seed=st.integers(0, 99),
)
@settings(deadline=None)
def test_neighbours_lie_in_the_track_and_within_the_radius(
    length: int, radius: int | None, count: int, seed: int
) -> None:
    starts = draw_starts(length, segment=10, radius=radius, count=count, rng=np.random.default_rng(seed))
    assert len(starts) == count
    assert starts.min() >= 0
    assert starts.max() <= length - 10
    if radius is not None:
        assert np.abs(starts - starts[0]).max() <= radius


def test_neighbours_do_not_overlap_where_there_is_room() -> None:
    for seed in range(50):
        first, second = draw_starts(100, segment=10, radius=None, count=2, rng=np.random.default_rng(seed))
        assert abs(first - second) >= 10


def test_every_track_comes_once_before_any_comes_twice() -> None:
    drawn = np.concatenate([draw.tracks[::2] for draw in islice(batches([50] * 10), 5)])
    assert sorted(drawn[:10]) == list(range(10))
    assert sorted(drawn[10:]) == list(range(10))


def test_no_track_comes_twice_in_a_batch() -> None:
    weights = np.array([100.0, 1, 1, 1, 1, 1])
    for options in ({}, {"weights": weights}):
        for draw in islice(batches([50] * 6, **options), 30):
            assert len(set(draw.tracks)) == 4


def test_weights_make_a_track_come_more_often() -> None:
    weights = np.array([20.0, 1, 1, 1, 1, 1, 1, 1, 1, 1])
    drawn = np.concatenate([d.tracks for d in islice(batches([50] * 10, weights=weights, tracks_per_batch=2), 200)])
    counts = np.bincount(drawn)
    assert counts[0] > 3 * counts[1:].max()


def test_the_same_seed_draws_the_same() -> None:
    one, two = (list(islice(batches([40] * 9, seed=3), 4)) for _ in range(2))
    for a, b in zip(one, two, strict=True):
        assert (a.tracks == b.tracks).all()
        assert (a.starts == b.starts).all()


def test_one_track_alone_has_no_distants() -> None:
    with pytest.raises(ValueError, match="at least two tracks"):
        next(batches([50]))
