"""Work that is done in threads is done once each, alone with its products, and fails as it would fail by itself."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from threadpoolctl import ThreadpoolController

from musicemb.core.vectors.neighbours import nearest
from musicemb.core.vectors.threads import products_in_one_thread, work_in_threads


def product_threads() -> set[int]:
    return {one["num_threads"] for one in ThreadpoolController().info() if one["user_api"] == "blas"}


@pytest.fixture
def two_cores() -> object:
    with ThreadpoolController().limit(limits=2, user_api="blas"):
        yield
        assert product_threads() == {2}, "as many threads as before"


def test_each_part_is_done_once_in_threads_that_multiply_alone(two_cores: None) -> None:
    done, seen, both = [0] * 50, list[set[int]](), threading.Barrier(2, timeout=30)

    def work(part: int) -> None:
        if part < 2:
            both.wait()  # would time out, were there one thread
            seen.append(product_threads())
        done[part] += 1

    work_in_threads(work, range(50))
    assert done == [1] * 50
    assert seen == [{1}, {1}]


def test_work_within_work_is_done_where_it_is_asked_for(two_cores: None) -> None:
    names: dict[int, set[str]] = {}

    def work(part: int) -> None:
        inner = names.setdefault(part, {threading.current_thread().name})
        work_in_threads(lambda _: inner.add(threading.current_thread().name), range(4))

    work_in_threads(work, range(6))
    assert sorted(names) == list(range(6)) and all(len(one) == 1 for one in names.values())


def test_where_products_take_one_thread_so_does_the_work() -> None:
    names = set[str]()
    with ThreadpoolController().limit(limits=1, user_api="blas"):
        work_in_threads(lambda _: names.add(threading.current_thread().name), range(5))
    assert names == {threading.current_thread().name}


def test_products_may_take_one_thread_while_the_work_takes_two(two_cores: None) -> None:
    names, both = set[str](), threading.Barrier(2, timeout=30)

    def work(part: int) -> None:
        if part < 2:
            both.wait()
        names.add(threading.current_thread().name)

    with products_in_one_thread(), products_in_one_thread():
        assert product_threads() == {1}
        work_in_threads(work, range(20))
        assert product_threads() == {1}
    assert len(names) == 2 and threading.current_thread().name not in names


def test_what_fails_is_told_and_the_rest_left(two_cores: None) -> None:
    done: list[int] = []

    def work(part: int) -> None:
        if part == 0:
            raise MemoryError("no room")
        done.append(part)
        threading.Event().wait(0.02)

    with pytest.raises(MemoryError, match="no room"):
        work_in_threads(work, range(200))
    assert len(done) < 199


def test_neighbours_are_the_same_with_one_thread_and_with_two(two_cores: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("musicemb.core.vectors.neighbours._BLOCK", 20_000)
    vectors = np.random.default_rng(0).normal(size=(700, 12)).astype(np.float32)
    own = np.arange(700)
    indices, similarities = nearest(vectors, vectors, 9, own=own)
    with ThreadpoolController().limit(limits=1, user_api="blas"):
        alone = nearest(vectors, vectors, 9, own=own)
    assert np.array_equal(indices, alone[0])
    assert np.array_equal(similarities, alone[1])
