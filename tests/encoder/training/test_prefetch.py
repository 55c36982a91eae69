"""Batches made ahead: their order, how far ahead, and how the thread ends."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from musicemb.encoder.training.prefetch import Prefetched


def test_items_come_in_order_with_none_at_the_end_of_each_epoch() -> None:
    source = Prefetched(lambda epoch: iter([10 * epoch, 10 * epoch + 1]), range(2, 4))
    assert [source.take() for _ in range(6)] == [20, 21, None, 30, 31, None]
    source.close()


def test_no_more_are_made_ahead_than_asked_for_and_closing_ends_the_source() -> None:
    made: list[int] = []
    full, ended = threading.Event(), threading.Event()

    def endless(epoch: int) -> Iterator[int]:
        try:
            while True:
                made.append(len(made))
                if len(made) == 4:
                    full.set()
                yield made[-1]
        finally:
            ended.set()

    source = Prefetched(endless, range(1), ahead=3)
    assert full.wait(10)
    source.close()
    assert made == [0, 1, 2, 3]  # three in the queue, and the one that found no room
    assert ended.is_set()


def test_a_problem_reaches_the_taker_at_its_place() -> None:
    def broken(epoch: int) -> Iterator[int]:
        yield 1
        raise ValueError("no more sound")

    source = Prefetched(broken, range(1))
    assert source.take() == 1
    with pytest.raises(ValueError, match="no more sound"):
        source.take()
    source.close()
