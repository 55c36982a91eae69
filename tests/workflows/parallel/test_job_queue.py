"""The bookkeeping of items and workers: every item has one outcome, whatever happens to the workers."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from laws import trials

from musicemb.workflows.parallel.executor import WorkerFailure
from musicemb.workflows.parallel.job_queue import (
    BLIND_AFTER,
    MOST_FACTS,
    MOST_LOSSES,
    Job,
    JobQueue,
    WorkerState,
    named,
)


def board_with(items: int, *threads: int) -> tuple[JobQueue, list[WorkerState]]:
    queue = JobQueue(range(items))
    states = [WorkerState(f"tcp://w{number}:1", f"w{number}", count) for number, count in enumerate(threads)]
    for state in states:
        queue.join(state)
    return queue, states


def take(queue: JobQueue, state: WorkerState, now: float = 0.0) -> Job:
    job = queue.take(state, now)
    assert job is not None
    return job


def test_items_are_begun_in_order_and_a_worker_holds_a_few() -> None:
    queue, (one, four) = board_with(100, 1, 4)
    assert [take(queue, one).item for _ in range(2)] == [0, 1]
    assert queue.take(one, 0.0) is None  # one at work, one at hand
    assert [take(queue, four).item for _ in range(5)] == [2, 3, 4, 5, 6]
    assert queue.take(four, 0.0) is None
    assert (queue.waiting, queue.left) == (93, 100)


def test_towards_the_end_nobody_keeps_what_another_could_begin() -> None:
    queue, (first, second) = board_with(3, 1, 1)
    take(queue, first)
    assert queue.take(first, 0.0) is None  # two wait, and there are two threads
    assert take(queue, second).item == 1


def test_an_outcome_counts_once() -> None:
    queue, (first, second) = board_with(1, 1, 1)
    job = take(queue, first)
    assert queue.put_back(first, job, lost=True) is None
    assert take(queue, second) is job
    assert queue.finish(second, job, "done")
    assert not queue.finish(first, job, "done again")
    assert queue.put_back(first, job, lost=True) is None
    assert queue.left == 0


def test_a_lost_item_comes_before_new_ones_and_is_given_up_at_last() -> None:
    queue, (state,) = board_with(10, 1)
    job = take(queue, state)
    for _ in range(MOST_LOSSES - 1):
        assert queue.put_back(state, job, lost=True) is None
        assert take(queue, state) is job
    assert queue.put_back(state, job, lost=True) == WorkerFailure("killed")
    assert (queue.left, queue.has_read) == (9, False)


def test_what_is_put_back_without_a_loss_is_never_given_up() -> None:
    queue, (state,) = board_with(1, 1)
    for _ in range(3 * MOST_LOSSES):
        assert queue.put_back(state, take(queue, state), lost=False) is None
    assert queue.left == 1


def test_a_crash_is_tried_once_more_at_the_end_alone() -> None:
    queue, (state,) = board_with(3, 1)
    crash = WorkerFailure("crashed", "exit status 7")
    first = take(queue, state)
    assert not queue.finish(state, first, crash)
    second, third = take(queue, state), None
    assert second.item == 1
    queue.finish(state, second, "ok")
    third = take(queue, state)
    assert third.item == 2
    assert queue.take(state, 0.0) is None  # not beside another
    queue.finish(state, third, "ok")
    assert take(queue, state) is first
    assert queue.finish(state, first, crash)
    assert queue.left == 0


def test_a_file_that_one_lacks_goes_to_another_and_where_all_lack_it_is_found() -> None:
    queue, (first, second) = board_with(2, 1, 1)
    job = take(queue, first)
    queue.not_here(first, job, "no such file", 0.0, pause=60)
    assert take(queue, first).item == 1  # not the same again
    assert list(queue.unreadable(0.0)) == []
    assert take(queue, second) is job
    queue.not_here(second, job, "permission denied", 0.0, pause=60)
    assert list(queue.unreadable(0.0)) == [job]
    assert job.missing == {first.address: "no such file", second.address: "permission denied"}
    queue.settle(job)
    assert queue.left == 1


def test_who_reads_nothing_pauses_and_is_asked_again() -> None:
    queue, (state,) = board_with(20, 4)
    for number in range(BLIND_AFTER):
        blind = queue.not_here(state, take(queue, state), "no such file", 10.0, pause=60)
        assert blind is (number == BLIND_AFTER - 1)
    assert queue.take(state, 69.0) is None
    assert len(list(queue.unreadable(69.0))) == BLIND_AFTER
    job = take(queue, state, 70.0)
    assert queue.take(state, 70.0) is None  # one to see whether it reads by now
    queue.finish(state, job, "ok")
    assert queue.has_read and len([take(queue, state, 70.0) for _ in range(4)]) == 4


def test_a_single_lack_does_not_blind_who_has_read() -> None:
    queue, (state,) = board_with(20, 1)
    queue.finish(state, take(queue, state), "ok")
    assert not any(queue.not_here(state, take(queue, state), "no such file", 0.0, pause=60) for _ in range(9))


def test_facts_go_to_each_worker_once_the_newest_where_they_are_many() -> None:
    queue, (first, second) = board_with(1, 1, 1)
    queue.facts += ["a", "b"]
    assert queue.news_for(first) == ["a", "b"]
    queue.facts.append("c")
    assert (queue.news_for(first), queue.news_for(second)) == (["c"], ["a", "b", "c"])
    assert queue.news_for(first) == []
    queue.facts += [str(number) for number in range(1000)]
    assert queue.news_for(first) == [str(number) for number in range(1000 - MOST_FACTS, 1000)]


@settings(max_examples=trials(60), deadline=None)
@given(
    items=st.integers(1, 12),
    threads=st.lists(st.integers(1, 4), min_size=1, max_size=4),
    moves=st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["done", "crash", "lost", "back", "leave"]))),
)
def test_every_item_has_exactly_one_outcome(items: int, threads: list[int], moves: list[tuple[int, str]]) -> None:
    queue, states = board_with(items, *threads)
    outcomes: list[int] = []

    def note(job: Job, outcome: object) -> None:
        if outcome:
            outcomes.append(job.item)

    for which, what in [*moves, *((which % 4, "done") for which in range(16 * items + 16))]:
        state = states[which % len(states)]
        queue.take(state, 0.0)
        job = next(iter(state.at_work.values()), None)
        if job is None:
            continue
        if what == "done":
            note(job, queue.finish(state, job, "ok"))
        elif what == "crash":
            note(job, queue.finish(state, job, WorkerFailure("crashed")))
        elif what == "leave":
            for held in list(state.at_work.values()):
                note(held, queue.put_back(state, held, lost=True))
            queue.leave(state)
            queue.join(state)
        else:
            note(job, queue.put_back(state, job, lost=what == "lost"))
    assert sorted(outcomes) == list(range(items))
    assert queue.left == 0


@pytest.mark.parametrize(
    ("names", "text"), [(["a"], "a"), (["a", "b", "c"], "a, b, c"), (list("abcde"), "a, b, c and 2 more")]
)
def test_names_are_shortened(names: list[str], text: str) -> None:
    assert named(names) == text
