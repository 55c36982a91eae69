"""The bookkeeping of items and workers: every item has one outcome, whatever happens to the workers."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from musicemb.workflows.parallel.executor import WorkerFailure
from musicemb.workflows.parallel.job_board import BLIND_AFTER, MOST_FACTS, MOST_LOSSES, Hand, Job, JobBoard, named


def board_with(items: int, *threads: int) -> tuple[JobBoard, list[Hand]]:
    board = JobBoard(range(items))
    hands = [Hand(f"tcp://w{number}:1", f"w{number}", count) for number, count in enumerate(threads)]
    for hand in hands:
        board.join(hand)
    return board, hands


def take(board: JobBoard, hand: Hand, now: float = 0.0) -> Job:
    job = board.take(hand, now)
    assert job is not None
    return job


def test_items_are_begun_in_order_and_a_worker_holds_a_few() -> None:
    board, (one, four) = board_with(100, 1, 4)
    assert [take(board, one).item for _ in range(2)] == [0, 1]
    assert board.take(one, 0.0) is None  # one at work, one at hand
    assert [take(board, four).item for _ in range(5)] == [2, 3, 4, 5, 6]
    assert board.take(four, 0.0) is None
    assert (board.waiting, board.left) == (93, 100)


def test_towards_the_end_nobody_keeps_what_another_could_begin() -> None:
    board, (first, second) = board_with(3, 1, 1)
    take(board, first)
    assert board.take(first, 0.0) is None  # two wait, and there are two threads
    assert take(board, second).item == 1


def test_an_outcome_counts_once() -> None:
    board, (first, second) = board_with(1, 1, 1)
    job = take(board, first)
    assert board.put_back(first, job, lost=True) is None
    assert take(board, second) is job
    assert board.finish(second, job, "done")
    assert not board.finish(first, job, "done again")
    assert board.put_back(first, job, lost=True) is None
    assert board.left == 0


def test_a_lost_item_comes_before_new_ones_and_is_given_up_at_last() -> None:
    board, (hand,) = board_with(10, 1)
    job = take(board, hand)
    for _ in range(MOST_LOSSES - 1):
        assert board.put_back(hand, job, lost=True) is None
        assert take(board, hand) is job
    assert board.put_back(hand, job, lost=True) == WorkerFailure("killed")
    assert (board.left, board.has_read) == (9, False)


def test_what_is_put_back_without_a_loss_is_never_given_up() -> None:
    board, (hand,) = board_with(1, 1)
    for _ in range(3 * MOST_LOSSES):
        assert board.put_back(hand, take(board, hand), lost=False) is None
    assert board.left == 1


def test_a_crash_is_tried_once_more_at_the_end_alone() -> None:
    board, (hand,) = board_with(3, 1)
    crash = WorkerFailure("crashed", "exit status 7")
    first = take(board, hand)
    assert not board.finish(hand, first, crash)
    second, third = take(board, hand), None
    assert second.item == 1
    board.finish(hand, second, "ok")
    third = take(board, hand)
    assert third.item == 2
    assert board.take(hand, 0.0) is None  # not beside another
    board.finish(hand, third, "ok")
    assert take(board, hand) is first
    assert board.finish(hand, first, crash)
    assert board.left == 0


def test_a_file_that_one_lacks_goes_to_another_and_where_all_lack_it_is_found() -> None:
    board, (first, second) = board_with(2, 1, 1)
    job = take(board, first)
    board.not_here(first, job, "no such file", 0.0, pause=60)
    assert take(board, first).item == 1  # not the same again
    assert list(board.unreadable(0.0)) == []
    assert take(board, second) is job
    board.not_here(second, job, "permission denied", 0.0, pause=60)
    assert list(board.unreadable(0.0)) == [job]
    assert job.missing == {first.address: "no such file", second.address: "permission denied"}
    board.settle(job)
    assert board.left == 1


def test_who_reads_nothing_pauses_and_is_asked_again() -> None:
    board, (hand,) = board_with(20, 4)
    for number in range(BLIND_AFTER):
        blind = board.not_here(hand, take(board, hand), "no such file", 10.0, pause=60)
        assert blind is (number == BLIND_AFTER - 1)
    assert board.take(hand, 69.0) is None
    assert len(list(board.unreadable(69.0))) == BLIND_AFTER
    job = take(board, hand, 70.0)
    assert board.take(hand, 70.0) is None  # one to see whether it reads by now
    board.finish(hand, job, "ok")
    assert board.has_read and len([take(board, hand, 70.0) for _ in range(4)]) == 4


def test_a_single_lack_does_not_blind_who_has_read() -> None:
    board, (hand,) = board_with(20, 1)
    board.finish(hand, take(board, hand), "ok")
    assert not any(board.not_here(hand, take(board, hand), "no such file", 0.0, pause=60) for _ in range(9))


def test_facts_go_to_each_worker_once_the_newest_where_they_are_many() -> None:
    board, (first, second) = board_with(1, 1, 1)
    board.facts += ["a", "b"]
    assert board.news_for(first) == ["a", "b"]
    board.facts.append("c")
    assert (board.news_for(first), board.news_for(second)) == (["c"], ["a", "b", "c"])
    assert board.news_for(first) == []
    board.facts += [str(number) for number in range(1000)]
    assert board.news_for(first) == [str(number) for number in range(1000 - MOST_FACTS, 1000)]


@settings(max_examples=60, deadline=None)
@given(
    items=st.integers(1, 12),
    threads=st.lists(st.integers(1, 4), min_size=1, max_size=4),
    moves=st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["done", "crash", "lost", "back", "leave"]))),
)
def test_every_item_has_exactly_one_outcome(items: int, threads: list[int], moves: list[tuple[int, str]]) -> None:
    board, hands = board_with(items, *threads)
    outcomes: list[int] = []

    def note(job: Job, outcome: object) -> None:
        if outcome:
            outcomes.append(job.item)

    for which, what in [*moves, *((which % 4, "done") for which in range(16 * items + 16))]:
        hand = hands[which % len(hands)]
        board.take(hand, 0.0)
        job = next(iter(hand.at_work.values()), None)
        if job is None:
            continue
        if what == "done":
            note(job, board.finish(hand, job, "ok"))
        elif what == "crash":
            note(job, board.finish(hand, job, WorkerFailure("crashed")))
        elif what == "leave":
            for held in list(hand.at_work.values()):
                note(held, board.put_back(hand, held, lost=True))
            board.leave(hand)
            board.join(hand)
        else:
            note(job, board.put_back(hand, job, lost=what == "lost"))
    assert sorted(outcomes) == list(range(items))
    assert board.left == 0


@pytest.mark.parametrize(
    ("names", "text"), [(["a"], "a"), (["a", "b", "c"], "a, b, c"), (list("abcde"), "a, b, c and 2 more")]
)
def test_names_are_shortened(names: list[str], text: str) -> None:
    assert named(names) == text
