"""Batches are the same however many threads make them."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

import numpy as np
import pytest

from musicemb.core.signal.features import make_front_end
from musicemb.settings import EncoderSettings, SegmentSettings, TrainingSettings
from musicemb.workflows.parallel import ordered_map as module
from musicemb.workflows.parallel.ordered_map import ordered_map
from musicemb.workflows.training.track_set import TrackSet


def arguments(n: int) -> list[tuple[object, ...]]:
    return [(i,) for i in range(n)]


def late(number: int) -> int:
    time.sleep(0.01 * (number % 3 == 0))
    return number


@pytest.mark.parametrize("threads", [1, 3, 20])
def test_order_is_kept(threads: int) -> None:
    assert list(ordered_map(late, arguments(12), threads)) == list(range(12))


@pytest.mark.parametrize("threads", [1, 3])
def test_a_problem_reaches_the_caller_at_its_place(threads: int) -> None:
    def make(number: int) -> int:
        if number == 4:
            raise ValueError("no fifth")
        return number

    made = ordered_map(make, arguments(12), threads)
    assert [next(made) for _ in range(4)] == [0, 1, 2, 3]
    with pytest.raises(ValueError, match="no fifth"):
        next(made)


def test_threads_end_when_nobody_wants_more() -> None:
    before = threading.active_count()
    made = ordered_map(late, arguments(1000), 4)
    next(made)
    made.close()
    assert threading.active_count() == before


def test_batches_do_not_depend_on_the_number_of_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = EncoderSettings(
        segments=SegmentSettings(length=0.5, hop=0.5),
        training=TrainingSettings(tracks_per_batch=6, steps_per_epoch=7),
    )
    rng = np.random.default_rng(0)
    frames = [rng.integers(0, 200, (100, 96)).astype(np.uint8) for _ in range(20)]
    tracks = TrackSet(frames, np.arange(20), np.arange(20) % 3, settings)
    front_end = make_front_end(settings.front_end, settings.segments)
    found = []
    for threads in (1, 5):
        monkeypatch.setattr(module, "count_cpus", lambda cpus=2 * threads: cpus)
        found.append(list(tracks.batches(front_end)(3)))
    assert len(found[0]) == 7
    for one, other in zip(*found, strict=True):
        np.testing.assert_array_equal(one.features, other.features)
        np.testing.assert_array_equal(one.tracks, other.tracks)
    again = replace(settings, training=replace(settings.training, seed=2))
    elsewhere = next(replace(tracks, settings=again).batches(front_end)(3))
    assert not np.array_equal(elsewhere.features, found[0][0].features)
