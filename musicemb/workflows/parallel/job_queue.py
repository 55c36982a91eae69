"""The items of a run and which worker has which: workers come, go, crash and may not see every file.

Plain bookkeeping without a clock, a thread or a network of its own; `dask_pool` acts by it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from musicemb.workflows.parallel.executor import WorkerFailure

MOST_LOSSES = 5
"""Workers that may be lost with an item in their hands before the item is given up: machines come and go."""

MOST_FACTS = 256
"""Facts that go to a worker with one item. Of more, the newest: what else was found out meanwhile costs work that could
have been spared, and with a thousand workers would cost the parent more than that."""

BLIND_AFTER = 3
"""Files in a row that a worker cannot read, having read none, before it gets no more for a while."""


@dataclass
class Job:
    """An item that is not done."""

    item: Any
    number: int
    losses: int = 0
    crashed: bool = False
    """Whether its process died; it is tried once more, when nothing else is left."""
    anyhow: bool = False
    """Whether the work is done even if the file cannot be read: nobody can, and the work knows how to say so."""
    missing: dict[str, str] = field(default_factory=dict)
    """Workers where its file is not -> why."""
    done: bool = False


@dataclass
class WorkerState:
    """A worker that takes part."""

    address: str
    name: str
    threads: int
    facts: int = 0
    """How many of the queue's facts it has been sent."""
    at_work: dict[int, Job] = field(default_factory=dict)
    read: int = 0
    """Files that it could read."""
    unread: int = 0
    """Files in a row that it could not."""
    blind_until: float = 0.0
    """When it is given a file again, to see whether it can read by now."""

    def is_blind(self, now: float) -> bool:
        """Whether it gets no items at present.

        Parameters
        ----------
        now : float
            Seconds, of the same clock as `blind_until`.

        Returns
        -------
        bool
        """
        return now < self.blind_until

    @property
    def reach(self) -> int:
        """Items that it may hold: one per thread, and one more per four of them, so that no thread waits for us."""
        return self.threads + -(-self.threads // 4)


class JobQueue:
    """The items of a run.

    Parameters
    ----------
    items : sequence
    """

    def __init__(self, items: Sequence[Any]) -> None:
        self.left = len(items)
        """Items that have no outcome yet."""
        self.states: dict[str, WorkerState] = {}
        self.has_read = False
        """Whether any worker could read any file."""
        self._threads = 0
        self.facts: list[str] = []
        self._fresh = (Job(item, number) for number, item in enumerate(items))
        self._n_fresh = len(items)
        self._again: deque[Job] = deque()
        self._last: deque[Job] = deque()

    def take(self, state: WorkerState, now: float) -> Job | None:
        """The next item for a worker.

        Parameters
        ----------
        state : WorkerState
        now : float

        Returns
        -------
        Job or None
            None where there is nothing for it now. What others gave back comes first, then what is new, and what
            crashed a process at the very end, to a worker that has nothing else.
        """
        held = len(state.at_work)
        if state.is_blind(now) or (state.unread and not state.read and held >= 1) or held >= state.reach:
            return None
        if held >= state.threads and self.waiting <= self._threads:
            return None  # towards the end nobody keeps an item that another could begin
        if any(job.crashed for job in state.at_work.values()):
            return None
        job = next(self._suitable(self._again, state), None)
        if job is not None:
            self._again.remove(job)
        elif self._n_fresh:
            self._n_fresh -= 1
            job = next(self._fresh)
        elif not held:
            job = next(self._suitable(self._last, state), None)
            if job is not None:
                self._last.remove(job)
        if job is not None:
            state.at_work[job.number] = job
        return job

    @property
    def waiting(self) -> int:
        """Items that nobody has in hand."""
        return self._n_fresh + len(self._again) + len(self._last)

    def news_for(self, state: WorkerState) -> list[str]:
        """Facts that go with the next item of a worker.

        Parameters
        ----------
        state : WorkerState

        Returns
        -------
        list of str
        """
        first = max(state.facts, len(self.facts) - MOST_FACTS)
        state.facts = len(self.facts)
        return self.facts[first:]

    def put_back(self, state: WorkerState, job: Job, *, lost: bool) -> WorkerFailure | None:
        """An item comes back without an outcome.

        Parameters
        ----------
        state : WorkerState
        job : Job
        lost : bool
            Whether the worker went away with it.

        Returns
        -------
        WorkerFailure or None
            Where the item is given up.
        """
        if state.at_work.pop(job.number, None) is None or job.done:
            return None
        job.losses += lost
        if job.losses >= MOST_LOSSES:
            job.done = True
            self.left -= 1
            return WorkerFailure("killed")
        (self._last if job.crashed else self._again).append(job)
        return None

    def finish(self, state: WorkerState, job: Job, outcome: Any) -> bool:
        """An item has an outcome.

        Parameters
        ----------
        state : WorkerState
        job : Job
        outcome
            A result or a `WorkerFailure`.

        Returns
        -------
        bool
            Whether this is the item's one outcome; False where it has one already, and where its process died and it
            is to be tried again.
        """
        state.at_work.pop(job.number, None)
        if not job.anyhow:
            state.read += 1
            state.unread = 0
            self.has_read = True
        if job.done:
            return False
        if isinstance(outcome, WorkerFailure) and outcome.cause in ("crashed", "killed") and not job.crashed:
            job.crashed = True
            self._last.append(job)
            return False
        job.done = True
        self.left -= 1
        return True

    def not_here(self, state: WorkerState, job: Job, reason: str, now: float, *, pause: float) -> bool:
        """A worker cannot read the file of an item; others may.

        Parameters
        ----------
        state : WorkerState
        job : Job
        reason : str
        now, pause : float
            Seconds: what time it is, and how long a worker that reads nothing at all gets nothing.

        Returns
        -------
        bool
            Whether it has just become clear that the worker sees none; it gets no items for the pause.
        """
        job.missing[state.address] = reason
        self.put_back(state, job, lost=False)
        state.unread += 1
        if state.read or state.unread < BLIND_AFTER:
            return False
        state.blind_until = now + pause
        return state.unread == BLIND_AFTER

    def unreadable(self, now: float) -> Iterator[Job]:
        """Items whose file no worker can read.

        Parameters
        ----------
        now : float

        Yields
        ------
        Job
        """
        able = {state.address for state in self.states.values() if not state.is_blind(now)}
        if self.states:
            yield from [job for job in self._again if job.missing and able <= job.missing.keys()]

    def settle(self, job: Job) -> None:
        """An item that is in nobody's hands has an outcome.

        Parameters
        ----------
        job : Job
        """
        self._again.remove(job)
        job.done = True
        self.left -= 1

    def force(self, job: Job) -> None:
        """Have the work done on an item whose file nobody can read, by whichever worker is next.

        Parameters
        ----------
        job : Job
        """
        job.anyhow = True
        for state in self.states.values():
            state.blind_until = 0.0

    def join(self, state: WorkerState) -> None:
        """A worker takes part.

        Parameters
        ----------
        state : WorkerState
        """
        self.states[state.address] = state
        self._threads += state.threads

    def leave(self, state: WorkerState) -> None:
        """A worker takes part no longer; what it had in hand has been put back.

        Parameters
        ----------
        state : WorkerState
        """
        if self.states.get(state.address) is state:
            del self.states[state.address]
            self._threads -= state.threads

    @staticmethod
    def _suitable(jobs: Iterable[Job], state: WorkerState) -> Iterator[Job]:
        return (job for job in jobs if job.anyhow or state.address not in job.missing)


def named(names: Collection[str], most: int = 3) -> str:
    """Names for a message: the first few, and how many more there are.

    Parameters
    ----------
    names : collection of str
    most : int

    Returns
    -------
    str
    """
    first = list(names)[:most]
    more = len(names) - len(first)
    return ", ".join(first) + (f" and {more:,} more" if more else "")
