"""A worker of a cluster in a run: prepares it, sends it items, and receives results."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable
from typing import Any

from musicemb.workflows.parallel.cluster_worker import PROTOCOL, describe_worker, prepare, take_bundle, work_on
from musicemb.workflows.parallel.dask_cluster import CallFailed, Cluster, Worker, WorkerLost
from musicemb.workflows.parallel.executor import Work
from musicemb.workflows.parallel.job_queue import Job, JobQueue, WorkerState
from musicemb.workflows.parallel.run_events import RunEvents
from musicemb.workflows.parallel.transfer import Packed, PathMap, pack, unpack_result

_PAUSE = 60.0
"""Seconds that a worker which sees none of the files gets none."""


class WorkerRefused(Exception):
    """A worker cannot be used; the text says why."""


class Assignment:
    """The data for all workers of a run: the work and its inputs; shared bytes are sent once.

    Parameters
    ----------
    work : Work
    path_map : PathMap
    timeout : float
        Seconds that one item may take.
    """

    def __init__(self, work: Work[Any, Any], path_map: PathMap, timeout: float) -> None:
        self.name = uuid.uuid4().hex
        self.work = work
        self.path_map = path_map
        self._timeout = timeout
        self._packed = pack(work, path_map.to_remote)
        self._shared: dict[str, Any] = {}
        self._sharing = asyncio.Lock()

    def pack(self, job: Job) -> Packed:
        """Pack an item.

        Parameters
        ----------
        job : Job

        Returns
        -------
        Packed
        """
        return pack(job.item, self.path_map.to_remote)

    async def brief(self, cluster: Cluster, worker: Worker) -> None:
        """Make a worker ready for items.

        Parameters
        ----------
        cluster : Cluster
        worker : Worker

        Raises
        ------
        WorkerRefused
            Where it has another version, or cannot do the work.
        WorkerLost, SchedulerLost
        """
        from musicemb import __version__
        from musicemb.encoder.runtime.bundle import FORMAT
        from musicemb.encoder.runtime.bundle_transfer import pack_bundle

        bundles = self._packed.bundles
        try:
            told = await cluster.call(worker, describe_worker, tuple(bundles))
        except CallFailed as problem:
            raise WorkerRefused(_describe_failure(str(problem))) from None
        for what, ours in (("musicemb", __version__), ("bundle format", FORMAT), ("protocol", PROTOCOL)):
            if told.get(what) != ours:
                raise WorkerRefused(f"it has {what} {told.get(what)}, and this is {ours}; install the same on both")
        try:
            for wanted in told["lacks"]:
                folder = bundles[wanted]
                shared = await self._share(cluster, wanted, lambda folder=folder: pack_bundle(folder))  # type: ignore[misc]
                await cluster.call(worker, take_bundle, wanted, shared=[shared])
            shared = await self._share(cluster, "work", lambda: self._packed.block)
            arguments = (self.name, tuple(bundles), self._timeout)
            await cluster.call(worker, prepare, *arguments, shared=[shared])
        except CallFailed as problem:
            raise WorkerRefused(str(problem)) from None

    def begin_anew(self) -> None:
        """The cluster that knew of it is gone, or believes that it has ended."""
        self.name = uuid.uuid4().hex
        self._shared.clear()

    async def _share(self, cluster: Cluster, what: str, make: Callable[[], bytes]) -> Any:
        async with self._sharing:  # once, however many workers begin together
            self._shared[what] = await cluster.share(make, self._shared.get(what))
            return self._shared[what]


class WorkerRun:
    """One worker in a run.

    Parameters
    ----------
    cluster : Cluster
    worker : Worker
    assignment : Assignment
    queue : JobQueue
    events : RunEvents
    """

    def __init__(
        self, cluster: Cluster, worker: Worker, assignment: Assignment, queue: JobQueue, events: RunEvents
    ) -> None:
        self._cluster = cluster
        self.worker = worker
        self._assignment = assignment
        self._queue = queue
        self._events = events
        self._state = WorkerState(worker.address, worker.name, worker.threads)
        self.gone = False
        """Whether it was seen that the worker no longer exists: then its items were lost with it."""

    async def employ(self) -> None:
        """Brief the worker, and hand it items until it goes or all is done.

        Raises
        ------
        WorkerRefused, WorkerLost, SchedulerLost
        """
        queue, tasks = self._queue, list[asyncio.Task[None]]()
        try:
            await self._assignment.brief(self._cluster, self.worker)
            queue.join(self._state)
            self._events.wake()
            tasks = [asyncio.create_task(self._hand_items()) for _ in range(self._state.reach)]
            await asyncio.gather(*tasks)
        except WorkerRefused as reason:
            self._events.note_once(f"worker {self.worker.name} is not used: {reason}")
            raise
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            queue.leave(self._state)
            self._events.wake()

    async def _hand_items(self) -> None:
        """One item after the other."""
        queue, state = self._queue, self._state
        while queue.left:
            job = None if self._events.is_full else queue.take(state, time.monotonic())
            if job is None:
                await self._events.wait()
                continue
            lost = False
            try:
                sent = self._assignment.pack(job)
                told = (self._assignment.name, sent.block, job.anyhow, queue.news_for(state))
                answer = await self._cluster.call(self.worker, work_on, *told)
                lost = answer.kind == "unprepared"  # its process is a new one under the old address
                self._take_in(job, sent, answer)
            except CallFailed as problem:
                raise WorkerRefused(str(problem)) from None
            except WorkerLost:
                lost = True
                raise
            except asyncio.CancelledError:
                lost = self.gone
                raise
            finally:
                failure = queue.put_back(state, job, lost=lost)
                if failure is not None:
                    self._events.emit(job.item, failure)

    def _take_in(self, job: Job, sent: Packed, answer: Any) -> None:
        queue, state = self._queue, self._state
        if answer.kind == "unprepared":
            raise WorkerLost("it does not know this run")
        if answer.kind == "unable":
            raise WorkerRefused(answer.reason)
        if answer.kind == "not here":
            if queue.not_here(state, job, answer.reason, time.monotonic(), pause=_PAUSE):
                path = next(iter(sent.paths), "")
                self._events.note_once(
                    f"worker {state.name} does not see the files ({path}: {answer.reason}); others get them"
                )
        elif answer.kind == "failure":
            if queue.finish(state, job, answer.failure):
                self._events.emit(job.item, answer.failure)
        else:
            result = unpack_result(answer.block, sent)
            if queue.finish(state, job, result):
                work = self._assignment.work
                fact = work.broadcast(result)
                if fact is not None:
                    work.on_broadcast(fact)
                    queue.facts.append(fact)
                self._events.emit(job.item, result)
        self._events.wake()


def _describe_failure(problem: str) -> str:
    if "No module named 'musicemb'" in problem:
        return "musicemb is not installed there"
    return f"it seems to have another version of musicemb ({problem[:160]}); install the same on both"
