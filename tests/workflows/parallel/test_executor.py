"""The executor without processes, and what stands in place of a result."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from musicemb.errors import FileError, MusicembError
from musicemb.workflows.parallel.executor import IndependentWork, SerialExecutor, WorkerFailure, open_results


class Task(IndependentWork):
    """Raises what it is given; anything else is its result."""

    def __call__(self, item: object, /) -> object:
        if isinstance(item, BaseException):
            raise item
        return item


def test_an_exception_costs_its_item_and_no_other() -> None:
    error, broken = ValueError("two\nlines"), FileError(Path("/x"), "is odd")
    items = [1, error, MemoryError(), broken, RecursionError("deep"), 2]
    found = [outcome for _, outcome in SerialExecutor().run(Task(), items)]
    assert found == [
        1,
        WorkerFailure("exception", "ValueError: two\nlines"),
        WorkerFailure("exception", "does not fit in memory"),
        WorkerFailure("exception", "is odd"),
        WorkerFailure("exception", "RecursionError: deep"),
        2,
    ]


@pytest.mark.parametrize("error", [MusicembError("no space left"), KeyboardInterrupt()])
def test_what_concerns_all_items_ends_the_run(error: BaseException) -> None:
    with pytest.raises(type(error)):
        list(SerialExecutor().run(Task(), [1, error, 2]))


@pytest.mark.parametrize(
    ("failure", "reason", "transient"),
    [
        (
            WorkerFailure("killed", "exit status -9"),
            "its worker process was killed, most likely for lack of memory",
            True,
        ),
        (WorkerFailure("crashed", "exit status 7"), "crashed the decoder (exit status 7)", False),
        (WorkerFailure("timeout", "took longer than 10 minutes"), "took longer than 10 minutes", False),
        (WorkerFailure("exception", "ValueError: two\nlines"), "ValueError: two lines", False),
    ],
)
def test_a_failure_has_a_reason_of_one_line(failure: WorkerFailure, reason: str, transient: bool) -> None:
    assert (failure.reason, failure.transient) == (reason, transient)


def test_results_are_closed_when_nobody_wants_more() -> None:
    closed = []

    class Endless:
        def run(self, work: Any, items: Sequence[Any]) -> Iterator[Any]:
            try:
                while True:
                    yield 1, 1
            finally:
                closed.append(True)

    with open_results(Endless(), Task(), [1]) as results:
        assert next(results) == (1, 1)
        assert not closed
    assert closed

    class Listed:
        def run(self, work: Any, items: Sequence[Any]) -> Iterator[Any]:
            return iter([(1, 2)])  # an iterator that cannot be closed

    with open_results(Listed(), Task(), [1]) as results:
        assert list(results) == [(1, 2)]
