"""Drawing batches: neighbours lie within the radius, every track gets its turn."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from musicemb.core.training.triplets import Recordings, draw_batches, draw_places, draw_starts


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


@given(
    pieces=st.lists(st.tuples(st.integers(-1, 2), st.integers(0, 8), st.integers(10, 40)), min_size=2, max_size=20),
    radius=st.one_of(st.none(), st.integers(0, 200)),
    seed=st.integers(0, 99),
)
@settings(deadline=None)
def test_neighbours_lie_in_the_recording_and_within_the_radius(
    pieces: list[tuple[int, int, int]], radius: int | None, seed: int
) -> None:
    of, places, lengths = (np.array(column) for column in zip(*pieces, strict=True))
    offsets = places * 40
    recordings = Recordings(of, offsets)
    for anchor in range(len(pieces)):
        rng = np.random.default_rng(seed)
        tracks, starts = draw_places(anchor, lengths, recordings, segment=10, radius=radius, count=4, rng=rng)
        assert tracks[0] == anchor
        assert (starts >= 0).all() and (starts <= lengths[tracks] - 10).all()
        assert (of[tracks] == of[anchor]).all()
        if of[anchor] < 0:
            assert (tracks == anchor).all(), "a whole track is its own recording"
        if radius is not None:
            at = offsets[tracks] + starts
            assert np.abs(at - at[0]).max() <= radius


def test_a_session_is_heard_through_its_pieces_and_through_all_its_nodes() -> None:
    # Two nodes, six pieces of 40 frames each, one after the other.
    offsets = np.tile(np.arange(6) * 40, 2)
    recordings = Recordings(np.zeros(12, dtype=np.int64), offsets)
    lengths = np.full(12, 40)
    rng = np.random.default_rng(0)
    met: set[int] = set()
    for _ in range(200):
        met |= set(draw_places(2, lengths, recordings, segment=10, radius=40, count=3, rng=rng)[0].tolist())
    assert met == {1, 2, 3, 7, 8, 9}, "the pieces beside it, and the same moments by the other node"
    met = set()
    for _ in range(200):
        met |= set(draw_places(2, lengths, recordings, segment=10, radius=None, count=3, rng=rng)[0].tolist())
    assert met == set(range(12))


def test_pieces_do_not_change_how_whole_tracks_are_drawn() -> None:
    whole = list(islice(batches([50] * 9), 4))
    assert all((draw.anchors == draw.tracks).all() for draw in whole)
    pieces = islice(batches([50] * 9, recordings=Recordings(np.repeat([0, 1, 2], 3), np.tile([0, 50, 100], 3))), 20)
    assert any((draw.anchors != draw.tracks).any() for draw in pieces)
