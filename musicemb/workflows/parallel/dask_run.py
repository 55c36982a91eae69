"""One run on a Dask cluster, in its own thread: it manages workers, and items that no worker can process."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from musicemb.errors import MusicembError
from musicemb.records import FoundFile
from musicemb.workflows.parallel.cluster_worker import end_run
from musicemb.workflows.parallel.dask_cluster import Cluster, SchedulerLost, Worker, WorkerLost
from musicemb.workflows.parallel.dask_worker import Assignment, WorkerRefused, WorkerRun
from musicemb.workflows.parallel.executor import Work, WorkerFailure
from musicemb.workflows.parallel.job_queue import Job, JobQueue, named
from musicemb.workflows.parallel.run_events import LOOK, RunEvents
from musicemb.workflows.parallel.transfer import Packed, PathMap, pack

GRACE = 15.0
"""Seconds that others may take to join where all that are there are of no use."""

_SLOW_START = 20.0
"""Seconds after which it is said that workers are there, but none is ready: all are at work for others, say."""

_STOP_TIMEOUT = 30.0
"""Seconds that taking leave may take in all."""


@dataclass(frozen=True)
class RunSettings:
    """Settings of a run, from its executor."""

    address: str
    path_map: PathMap
    timeout: float
    patience: float
    grace: float
    connector: Callable[[str], Awaitable[Cluster]]


class DaskRun:
    """One `DaskPool.run`.

    Parameters
    ----------
    settings : RunSettings
    work : Work
    items : sequence
    """

    def __init__(self, settings: RunSettings, work: Work[Any, Any], items: Sequence[Any]) -> None:
        self._settings = settings
        self._queue = JobQueue(items)
        self._events = RunEvents()
        self._assignment = Assignment(work, settings.path_map, settings.timeout)
        self._worker_runs: dict[str, tuple[WorkerRun, asyncio.Task[None]]] = {}
        self._refused: dict[str, tuple[str, str]] = {}
        """Address -> name and reason."""
        self._lost_at: dict[str, float] = {}
        self._nowhere_since: float | None = None
        self._idle_since = time.monotonic()
        self._waiting_told = False
        self._stopping = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._main: asyncio.Task[None] | None = None
        self._thread = threading.Thread(target=self._live, daemon=True, name="musicemb-dask")

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def fetch(self) -> tuple[Any, ...]:
        """Wait for what comes next; see `RunEvents.fetch`.

        Returns
        -------
        tuple
        """
        return self._events.fetch()

    def stop(self) -> None:
        """Take back what was not begun, end what was, and leave."""
        self._stopping = True
        if self._thread.is_alive():
            if self._loop is not None and self._main is not None:
                with contextlib.suppress(RuntimeError):  # it ended just now
                    self._loop.call_soon_threadsafe(self._main.cancel)
            self._thread.join(_STOP_TIMEOUT)

    # ------------------------------------------------------------------ the thread

    def _live(self) -> None:
        try:
            asyncio.run(self._drive())
        except asyncio.CancelledError as error:
            self._events.end(None if self._stopping else error)
        except BaseException as error:  # any error: otherwise the iterating thread would wait for ever
            self._events.end(error)
        else:
            self._events.end()

    async def _drive(self) -> None:
        self._loop, self._main = asyncio.get_running_loop(), asyncio.current_task()
        again = False
        while self._queue.left:
            cluster = await self._connect(again=again)
            again = True
            try:
                await self._work_with(cluster)
            except SchedulerLost as problem:
                self._events.note(f"the scheduler at {self._settings.address} is gone ({problem}); waiting for it")
            finally:
                await self._dismiss_all(cluster)

    async def _connect(self, *, again: bool) -> Cluster:
        address, patience = self._settings.address, self._settings.patience
        deadline = time.monotonic() + patience
        while True:
            try:
                cluster = await self._settings.connector(address)
            except SchedulerLost as problem:
                if not again:
                    raise MusicembError(
                        f"no Dask scheduler answers at {address} ({problem}); is it running, and can this machine "
                        "reach it?"
                    ) from None
                if time.monotonic() > deadline:
                    raise MusicembError(
                        f"the scheduler at {address} did not reconnect within {patience / 60:.3g} minutes; finished "
                        "work is kept: run the same command to resume"
                    ) from None
                await asyncio.sleep(min(LOOK, patience))
            else:
                if again:
                    self._events.note(f"the scheduler at {address} is back")
                self._idle_since, self._waiting_told = time.monotonic(), False
                return cluster

    async def _work_with(self, cluster: Cluster) -> None:
        """Use the available workers until all items are done."""
        self._assignment.begin_anew()
        self._refused.clear()
        while self._queue.left:
            present = {worker.address: worker for worker in await cluster.workers()}
            self._see_who_left(present)
            for address, worker in present.items():
                known = address in self._worker_runs or address in self._refused
                if not known and time.monotonic() > self._lost_at.get(address, 0.0) + LOOK:
                    worker_run = WorkerRun(cluster, worker, self._assignment, self._queue, self._events)
                    self._worker_runs[address] = worker_run, asyncio.create_task(worker_run.employ())
            await self._look_at_unreadable()
            self._judge(present)
            pause = time.monotonic() + LOOK
            while self._queue.left and time.monotonic() < pause:
                await self._events.wait()

    def _see_who_left(self, present: dict[str, Worker]) -> None:
        for address, (worker_run, task) in list(self._worker_runs.items()):
            if task.done():
                del self._worker_runs[address]
                if task.cancelled():  # its worker was gone
                    continue
                try:
                    task.result()
                except WorkerRefused as reason:
                    name = present[address].name if address in present else address
                    self._refused[address] = name, str(reason)
                except WorkerLost:
                    self._lost_at[address] = time.monotonic()  # if it is still there, it is tried again
            elif address not in present:
                worker_run.gone = True
                task.cancel()
        for address in self._refused.keys() - present.keys():
            del self._refused[address]

    async def _dismiss_all(self, cluster: Cluster) -> None:
        workers = [
            worker_run.worker for worker_run, _ in self._worker_runs.values()
        ]  # those too that are just being briefed
        tasks = [task for _, task in self._worker_runs.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._worker_runs.clear()
        if workers:
            await cluster.tell(workers, end_run, self._assignment.name)
        await cluster.close()

    # ------------------------------------------------------------------ what nobody can do

    async def _look_at_unreadable(self) -> None:
        """Decide on items whose file no worker can read."""
        queue, now = self._queue, time.monotonic()
        ours: list[Job] = []
        for job in queue.unreadable(now):
            if await asyncio.to_thread(_is_here, pack(job.item)):
                ours.append(job)
            else:  # here neither: the work itself says what is wrong
                queue.force(job)
        if not ours:
            self._nowhere_since = None
            return
        if not queue.has_read:
            self._nowhere_since = self._nowhere_since or now
            if now - self._nowhere_since >= self._settings.grace:  # another worker may join that sees them
                raise MusicembError(self._describe_blindness(ours[0]))
            return
        for job in ours:
            text = f"cannot be read on any of the {len(queue.states)} workers ({_reasons(job)})"
            queue.settle(job)
            self._events.emit(job.item, WorkerFailure("not there", text))

    def _describe_blindness(self, job: Job) -> str:
        path = next(iter(self._assignment.pack(job).paths), "?")
        names = named(sorted(state.name for state in self._queue.states.values()))
        return (
            f"no worker sees the files ({path} on {names}: {_reasons(job)}); mount the music there too, and where it "
            "has another path on the workers, say so with --map-path LOCAL=REMOTE"
        )

    def _judge(self, present: dict[str, Worker]) -> None:
        """Give up where nobody can be expected to do the work."""
        now, queue = time.monotonic(), self._queue
        address, patience = self._settings.address, self._settings.patience
        if any(not state.is_blind(now) for state in queue.states.values()):
            self._idle_since, self._waiting_told = now, False
            return
        waited = now - self._idle_since
        if present and self._refused.keys() >= present.keys():
            if waited > min(self._settings.grace, patience):
                reasons = [f"{name}: {reason}" for name, reason in self._refused.values()]
                raise MusicembError(f"no worker of {address} can be used; {named(reasons)}")
        elif waited > patience:
            raise MusicembError(
                f"no worker of {address} was free within {patience / 60:.3g} minutes; finished work is kept: run the "
                "same command to resume"
            )
        elif waited > (_SLOW_START if present else 2 * LOOK) and not self._waiting_told and not queue.states:
            self._waiting_told = True
            why = "all are busy" if present else "there is none"
            self._events.note(f"waiting for a worker of {address} ({why}), for {patience / 60:.3g} minutes at most")


def _reasons(job: Job) -> str:
    return named(sorted(set(job.missing.values())))


def _is_here(sent: Packed) -> bool:
    """Whether the files of an item can be read on this machine, and are as they were found."""
    for path in sent.paths.values():
        try:
            with Path(path).open("rb"):
                pass
        except (OSError, ValueError):
            return False
    return all(FoundFile.from_status(file.path, file.path.stat()) == file for file in sent.files.values())
