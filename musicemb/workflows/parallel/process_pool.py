"""The executor that works in processes of its own, and survives their deaths.

Each process has one item at a time and a pipe of its own, so that a death or a hang can be put down to
exactly one item. What happens inside of a process stands in `worker_process`.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import signal
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from typing import Any, Generic, Literal, TypeVar

from musicemb.errors import MusicembError, SettingsError
from musicemb.io.system_resources import available_memory, count_cpus
from musicemb.workflows.parallel.executor import Executor, SerialExecutor, Work, WorkerFailure
from musicemb.workflows.parallel.worker_process import serve, spawn_environment

Item = TypeVar("Item")
Result = TypeVar("Result")

_START_TIMEOUT = 300.0
"""Seconds a process may take to begin: antivirus and cold network drives are slow, not this slow."""

_MOST_FAILED_STARTS = 3
"""Starts in a row that may fail before no process is started in place of one that died."""

WORKER_MEMORY = 400_000_000
"""Bytes that a worker takes at most, however long a file is (measured by tests/torture/long_files.py)."""

_END_TIMEOUT = 10.0
"""Seconds that a process may take to end: the system cannot end one that waits for a drive which does not answer."""

DEFAULT_TIMEOUT = 600.0
"""Seconds that one item may take."""


def count_workers() -> int:
    """Worker processes that this machine has room for.

    Returns
    -------
    int
        One per CPU, but at least 1 and no more than the memory that is left, or that the process's cgroup may still
        take, suffices for.
    """
    return max(1, min(count_cpus(), available_memory() // WORKER_MEMORY))


def fit_workers(count: int) -> int:
    """Worker processes to start where somebody asks for so many.

    Parameters
    ----------
    count : int

    Returns
    -------
    int
        As many, up to one per CPU; of more those that the free memory suffices for.
    """
    return min(count, max(count_cpus(), available_memory() // WORKER_MEMORY))


def make_executor(workers: int | None = None, *, timeout: float = DEFAULT_TIMEOUT) -> Executor:
    """The executor that a number of workers stands for.

    Parameters
    ----------
    workers : int or None
        Processes; None: as many as CPUs and memory allow; 0 works in this process.
    timeout : float
        Seconds that one item may take; not kept where `workers` is 0.

    Returns
    -------
    ProcessPool or SerialExecutor

    Raises
    ------
    SettingsError
        For a negative number.
    """
    if workers is not None and workers < 0:
        raise SettingsError(
            f"workers cannot be {workers}: 0 works without processes, None takes as many as CPUs and memory allow"
        )
    if workers == 0:
        return SerialExecutor()
    return ProcessPool(workers, timeout=timeout)


class ProcessPool:
    """Executor that works in spawned processes; none is left when an iterator of results is closed.

    Parameters
    ----------
    count : int or None
        Processes at most; None: as many as CPUs and memory allow.
    timeout : float
        Seconds that one item may take.
    """

    def __init__(self, count: int | None = None, *, timeout: float = DEFAULT_TIMEOUT) -> None:
        self._count = count_workers() if count is None else fit_workers(count)
        self._timeout = timeout

    def run(self, work: Work[Item, Result], items: Sequence[Item]) -> Iterator[tuple[Item, Result | WorkerFailure]]:
        """Do the work on all items.

        At most one item per process is under way. An item whose process died is tried once more at
        the end, alone: what the system killed for memory may well fit then.

        Parameters
        ----------
        work : Work
        items : sequence
            Begun in this order; results come as they are done.

        Yields
        ------
        (item, result or WorkerFailure)

        Raises
        ------
        MusicembError
            If no process can be started, or the work ends the run.
        """
        again: list[Item] = []
        run = _Run(work, self._timeout)
        try:
            for item, outcome in run.work_on(items, min(self._count, len(items))):
                if isinstance(outcome, WorkerFailure) and outcome.cause in ("crashed", "killed"):
                    again.append(item)
                else:
                    yield item, outcome
            run.stop()  # idle processes hold memory that the rest may need
            yield from run.work_on(again, 1)
        finally:
            run.stop()


@dataclass
class _Worker(Generic[Item]):
    """A process, the parent's end of its pipe, and its present state."""

    process: Any
    pipe: Connection
    since: float
    ready: bool = False
    item: Item | None = None
    unsent: list[str] = field(default_factory=list)


class _Run(Generic[Item, Result]):
    """The processes of one `ProcessPool.run`."""

    def __init__(self, work: Work[Item, Result], timeout: float) -> None:
        self._work = work
        self._timeout = timeout
        self._pool: list[_Worker[Item]] = []
        self._failed_starts = 0
        """In a row."""

    def stop(self) -> None:
        """End all processes now, whatever they are at."""
        pool, self._pool = self._pool, []
        for worker in pool:
            worker.pipe.close()
            worker.process.kill()  # they hold nothing that could be left half-written
        for worker in pool:
            _wait_for_exit(worker.process)

    def work_on(self, items: Sequence[Item], count: int) -> Iterator[tuple[Item, Result | WorkerFailure]]:
        """Share items among `count` processes."""
        waiting = iter(items)
        left = len(items)
        while left:
            while len(self._pool) < min(count, left) and self._failed_starts < _MOST_FAILED_STARTS:
                try:
                    self._pool.append(self._start())
                except OSError as error:  # no memory, or too many processes
                    self._count_failed_start(error.strerror or str(error))
            done = self._collect()
            left -= len(done)
            for _, outcome in done:
                if not isinstance(outcome, WorkerFailure):
                    self._broadcast(outcome)
            self._hand_out(waiting)  # before yielding: no process idles while the results are dealt with
            yield from done

    def _broadcast(self, result: Result) -> None:
        """Broadcast to all processes; each receives it with its next item."""
        fact = self._work.broadcast(result)
        if fact is not None:
            self._work.on_broadcast(fact)
            for worker in self._pool:
                worker.unsent.append(fact)

    def _hand_out(self, waiting: Iterator[Item]) -> None:
        for worker in self._pool:
            if worker.ready and worker.item is None:
                item = next(waiting, None)
                if item is None:
                    return
                worker.item, worker.since = item, time.monotonic()
                facts, worker.unsent = worker.unsent, []
                with contextlib.suppress(OSError):  # it is dead already: _collect will see it
                    worker.pipe.send((item, facts))

    def _collect(self) -> list[tuple[Item, Result | WorkerFailure]]:
        """Wait until something happened; the outcomes of items that were under way."""
        deadline = min(worker.since + self._limit(worker) for worker in self._pool)
        timeout = None if deadline == float("inf") else max(0.0, deadline - time.monotonic())
        answering = set(wait([worker.pipe for worker in self._pool], timeout))
        done: list[tuple[Item, Result | WorkerFailure]] = []
        for worker in list(self._pool):
            kind: Literal["hello", "ready", "done", "start failed", "stop", "dead"]
            outcome: Any
            if worker.pipe in answering:
                try:
                    kind, outcome = worker.pipe.recv()
                except (EOFError, OSError):
                    kind, outcome = "dead", self._reap(worker)
            elif time.monotonic() < worker.since + self._limit(worker):
                continue
            else:
                worker.process.kill()
                self._reap(worker)
                limit = self._limit(worker)
                kind, outcome = "dead", WorkerFailure("timeout", f"took longer than {limit / 60:.3g} minutes")
            if kind == "hello":
                self._brief(worker)
            elif kind == "ready":
                worker.ready, worker.since = True, time.monotonic()
                self._failed_starts = 0
            elif kind == "stop":
                raise MusicembError(outcome)
            elif kind == "start failed":
                self._reap(worker)
                self._count_failed_start(outcome)
            elif not worker.ready:
                self._count_failed_start(outcome.text)
            elif worker.item is not None:
                done.append((worker.item, outcome))
                worker.item = None
        return done

    def _count_failed_start(self, reason: str) -> None:
        """Go on with the other processes and new ones; raise if none is left and new ones die as well."""
        self._failed_starts += 1
        if not self._pool and self._failed_starts >= _MOST_FAILED_STARTS:
            raise MusicembError(
                f"no worker process could start ({reason}); a script that scans needs "
                "`if __name__ == '__main__':` around the call, and workers=0 works without processes"
            )

    def _limit(self, worker: _Worker[Item]) -> float:
        if not worker.ready:
            return _START_TIMEOUT
        return self._timeout if worker.item is not None else float("inf")

    def _start(self) -> _Worker[Item]:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=serve, args=(theirs,), daemon=True, name="musicemb-worker")
        with spawn_environment():
            process.start()
        theirs.close()  # its death is then the end of the pipe
        return _Worker(process, ours, time.monotonic())

    def _brief(self, worker: _Worker[Item]) -> None:
        # Not as an argument of the process: a large one would block us until Python has started there.
        with contextlib.suppress(OSError):
            worker.pipe.send(self._work)

    def _reap(self, worker: _Worker[Item]) -> WorkerFailure:
        """Forget a process that ended; how it ended."""
        self._pool.remove(worker)
        if worker.ready:
            self._failed_starts = 0  # what it held, memory above all, is free again
        worker.pipe.close()
        worker.process.join(_END_TIMEOUT)
        if worker.process.is_alive():
            worker.process.kill()
        status = _wait_for_exit(worker.process)
        killed = hasattr(signal, "SIGKILL") and status == -signal.SIGKILL
        return WorkerFailure("killed" if killed else "crashed", f"exit status {status}")


def _wait_for_exit(process: Any) -> int | None:
    """Wait for a process that was killed, and give up one that a drive which does not answer holds; its exit status."""
    process.join(_END_TIMEOUT)
    if process.is_alive():
        return None
    status: int | None = process.exitcode
    process.close()
    return status
