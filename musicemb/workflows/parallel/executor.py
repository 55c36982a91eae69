"""The executor interface, which applies work to many items; its results; and the simplest executor.

`process_pool.ProcessPool` is the usual one. Another (a cluster's, say) needs `run` only.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeVar

from musicemb.errors import FileError, MusicembError

Item = TypeVar("Item")
Result = TypeVar("Result")
Item_contra = TypeVar("Item_contra", contravariant=True)
Result_co = TypeVar("Result_co", covariant=True)


class Work(Protocol[Item_contra, Result_co]):
    """The function that is applied to each item; it is pickled once into each process."""

    def __call__(self, item: Item_contra, /) -> Result_co:
        """Process one item.

        A `MusicembError` that is not about a file ends the run (a full disk, say); any other exception
        costs only the item.
        """

    def on_broadcast(self, fact: str, /) -> None:
        """Receive a fact that another process has found.

        Parameters
        ----------
        fact : str
        """

    def broadcast(self, result: Any, /) -> str | None:
        """The facts of a result that the other processes need.

        Parameters
        ----------
        result
            As calling the work returned it.

        Returns
        -------
        str or None
        """


class IndependentWork:
    """Base of work whose items have nothing to do with each other."""

    def on_broadcast(self, fact: str, /) -> None:
        """Ignore it.

        Parameters
        ----------
        fact : str
        """

    def broadcast(self, result: Any, /) -> str | None:
        """Tell nothing.

        Parameters
        ----------
        result

        Returns
        -------
        None
        """


@dataclass(frozen=True)
class WorkerFailure:
    """Takes the place of a result if the work on an item failed."""

    cause: Literal["crashed", "killed", "timeout", "exception", "not there"]
    """The process ended by itself, was killed from outside (memory), took too long; the work raised; or no machine
    that works could read the file."""
    text: str = ""

    @property
    def reason(self) -> str:
        """In a few words, as a `Problem` states it."""
        if self.cause == "killed":
            return "its worker process was killed, most likely for lack of memory"
        if self.cause == "crashed":
            return f"crashed the decoder ({self.text})"
        return " ".join(self.text.split())

    @property
    def transient(self) -> bool:
        """Whether another try may succeed."""
        return self.cause in ("killed", "not there")


class Executor(Protocol):
    """Runs work on items; `ProcessPool`, `SerialExecutor` or one of your own."""

    def run(self, work: Work[Item, Result], items: Sequence[Item]) -> Iterator[tuple[Item, Result | WorkerFailure]]:
        """Do the work on all items.

        Closing the iterator ends the work; an executor may be used again afterwards.

        Parameters
        ----------
        work : Work
            Picklable.
        items : sequence

        Returns
        -------
        iterator of (item, result or WorkerFailure)
            One per item, in any order.
        """
        ...


def shares_files(executor: Executor) -> bool:
    """Whether what the work writes on its disk is where we look for it.

    Parameters
    ----------
    executor : Executor

    Returns
    -------
    bool
        False of an executor whose `shares_files` is False: it works on other machines.
    """
    return bool(getattr(executor, "shares_files", True))


class SerialExecutor:
    """Works in this process, without protection against crashes and hangs."""

    def run(self, work: Work[Item, Result], items: Sequence[Item]) -> Iterator[tuple[Item, Result | WorkerFailure]]:
        """Do the work on all items, in their order.

        Parameters
        ----------
        work : Work
        items : sequence

        Yields
        ------
        (item, result or WorkerFailure)

        Raises
        ------
        MusicembError
            As the work raises it.
        """
        for item in items:
            outcome = run_guarded(work, item)
            if not isinstance(outcome, WorkerFailure):
                fact = work.broadcast(outcome)
                if fact is not None:
                    work.on_broadcast(fact)
            yield item, outcome


@contextlib.contextmanager
def open_results(
    executor: Executor, work: Work[Item, Result], items: Sequence[Item]
) -> Iterator[Iterator[tuple[Item, Result | WorkerFailure]]]:
    """Context in which an executor runs; leaving it early ends the work at once.

    Parameters
    ----------
    executor : Executor
    work : Work
    items : sequence

    Yields
    ------
    iterator of (item, result or WorkerFailure)
    """
    results = executor.run(work, items)
    try:
        yield results
    finally:
        close = getattr(results, "close", None)  # of a generator; an iterator needs none
        if close is not None:
            close()


def run_guarded(work: Work[Item, Result], item: Item) -> Result | WorkerFailure:
    """Do the work on one item; an exception costs this item only.

    Parameters
    ----------
    work : Work
    item

    Returns
    -------
    result or WorkerFailure

    Raises
    ------
    MusicembError
        That is not about one file: the next items would meet it as well.
    """
    try:
        return work(item)
    except FileError as error:
        return WorkerFailure("exception", error.reason)
    except MusicembError:
        raise
    except MemoryError:
        return WorkerFailure("exception", "does not fit in memory")
    except Exception as error:
        return WorkerFailure("exception", f"{type(error).__name__}: {error}")
