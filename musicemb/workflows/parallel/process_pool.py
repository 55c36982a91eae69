"""Runs one piece of work on many items in processes of their own, and survives their deaths.

Each process has one item at a time and a pipe of its own, so that a death or a hang is known to be
the fault of exactly one item. What happens inside of a process stands in `processes`.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from typing import Any, Generic, TypeVar

from musicemb.errors import MusicembError
from musicemb.workflows.parallel.worker_process import Casualty, Work, fit_to_be_born, serve

Item = TypeVar("Item")
Result = TypeVar("Result")

_START_TIMEOUT = 300.0
"""Seconds a process may take to begin: antivirus and cold network drives are slow, not this slow."""


def count_cpus() -> int:
    """CPUs that this process may use.

    Returns
    -------
    int
        At least 1.
    """
    if hasattr(os, "process_cpu_count"):  # Python 3.13
        return os.process_cpu_count() or 1
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0)) or 1
    return os.cpu_count() or 1


@dataclass
class _Worker(Generic[Item]):
    """A process, the parent's end of its pipe, and what it is at."""

    process: Any
    pipe: Connection
    since: float
    ready: bool = False
    item: Item | None = None
    unheard: list[str] = field(default_factory=list)


class Workers(Generic[Item, Result]):
    """A crew of spawned processes; leave the ``with`` and none is left.

    Parameters
    ----------
    work : Work
        Done in each process; must be picklable.
    count : int
        Processes; 0 does everything in this one, without protection against crashes and hangs.
    timeout : float
        Seconds that one item may take.
    """

    def __init__(self, work: Work[Item, Result], count: int, *, timeout: float) -> None:
        self._work = work
        self._count = count
        self._timeout = timeout
        self._crew: list[_Worker[Item]] = []

    def __enter__(self) -> Workers[Item, Result]:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End all processes now, whatever they are at."""
        crew, self._crew = self._crew, []
        for worker in crew:
            worker.pipe.close()
            worker.process.kill()  # they hold nothing that could be left half-written
        for worker in crew:
            worker.process.join()
            worker.process.close()

    def run(self, items: Sequence[Item]) -> Iterator[tuple[Item, Result | Casualty]]:
        """Do the work on all items.

        At most one item per process is under way. An item whose process died is tried once more at
        the end, alone: what the system killed for memory may well fit then.

        Parameters
        ----------
        items : sequence
            Begun in this order; results come as they are done.

        Returns
        -------
        iterator of (item, result or Casualty)

        Raises
        ------
        MusicembError
            If processes cannot be started.
        """
        if self._count == 0:
            for item in items:
                result = self._work(item)
                self._spread(result)
                yield item, result
            return
        again: list[Item] = []
        for item, outcome in self._share(items, min(self._count, len(items))):
            if isinstance(outcome, Casualty) and outcome.cause in ("crashed", "killed"):
                again.append(item)
            else:
                yield item, outcome
        self.stop()  # idle processes hold memory that the rest may need
        yield from self._share(again, 1)

    def _share(self, items: Sequence[Item], count: int) -> Iterator[tuple[Item, Result | Casualty]]:
        waiting = iter(items)
        left = len(items)
        while left:
            while len(self._crew) < min(count, left):
                self._crew.append(self._start())
            done = self._collect()
            left -= len(done)
            for _, outcome in done:
                if not isinstance(outcome, Casualty):
                    self._spread(outcome)
            self._hand_out(waiting)  # before yielding: nobody idles while the results are dealt with
            yield from done

    def _spread(self, result: Result) -> None:
        """Let all processes know; each hears it with its next item."""
        lesson = self._work.lesson(result)
        if lesson is not None:
            self._work.learn(lesson)
            for worker in self._crew:
                worker.unheard.append(lesson)

    def _hand_out(self, waiting: Iterator[Item]) -> None:
        for worker in self._crew:
            if worker.ready and worker.item is None:
                item = next(waiting, None)
                if item is None:
                    return
                worker.item, worker.since = item, time.monotonic()
                facts, worker.unheard = worker.unheard, []
                with contextlib.suppress(OSError):  # it is dead already: _collect will see it
                    worker.pipe.send((item, facts))

    def _collect(self) -> list[tuple[Item, Result | Casualty]]:
        """Wait until something happened; what came of the items that were under way."""
        deadline = min(worker.since + self._limit(worker) for worker in self._crew)
        heard = set(wait([worker.pipe for worker in self._crew], max(0.0, deadline - time.monotonic())))
        done: list[tuple[Item, Result | Casualty]] = []
        for worker in list(self._crew):
            outcome: Any
            if worker.pipe in heard:
                try:
                    word, outcome = worker.pipe.recv()
                except (EOFError, OSError):
                    word, outcome = "dead", self._bury(worker)
            elif worker.item is not None or not worker.ready:
                if time.monotonic() < worker.since + self._limit(worker):
                    continue
                worker.process.kill()
                self._bury(worker)
                word, outcome = "dead", Casualty("timeout", f"took longer than {self._timeout / 60:.3g} minutes")
            else:
                continue
            if word == "hello":
                self._brief(worker)
            elif word == "ready":
                worker.ready, worker.since = True, time.monotonic()
            elif not worker.ready:
                raise MusicembError(
                    f"worker processes cannot start ({outcome.text}); a script that scans needs "
                    "`if __name__ == '__main__':` around the call, and workers=0 does without processes"
                )
            elif worker.item is not None:
                done.append((worker.item, outcome))
                worker.item = None
        return done

    def _limit(self, worker: _Worker[Item]) -> float:
        if not worker.ready:
            return _START_TIMEOUT
        return self._timeout if worker.item is not None else float("inf")

    def _start(self) -> _Worker[Item]:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=serve, args=(theirs,), daemon=True, name="musicemb-worker")
        with fit_to_be_born():
            process.start()
        theirs.close()  # its death is then the end of the pipe
        return _Worker(process, ours, time.monotonic())

    def _brief(self, worker: _Worker[Item]) -> None:
        # Not as an argument of the process: a large one would block us until Python has started there.
        with contextlib.suppress(OSError):
            worker.pipe.send(self._work)

    def _bury(self, worker: _Worker[Item]) -> Casualty:
        self._crew.remove(worker)
        worker.pipe.close()
        worker.process.join(10)
        if worker.process.is_alive():
            worker.process.kill()
            worker.process.join()
        status = worker.process.exitcode
        worker.process.close()
        killed = hasattr(signal, "SIGKILL") and status == -signal.SIGKILL
        return Casualty("killed" if killed else "crashed", f"exit status {status}")
