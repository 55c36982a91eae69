"""A stand-in for a Dask cluster: workers in this process that can die, be blind, or have another version."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from musicemb import __version__
from musicemb.encoder.runtime.bundle import FORMAT
from musicemb.errors import MusicembError
from musicemb.workflows.parallel.cluster_worker import PROTOCOL, Answer, TravellingWork
from musicemb.workflows.parallel.dask_cluster import CallFailed, SchedulerLost, Worker, WorkerLost
from musicemb.workflows.parallel.dask_pool import DaskPool
from musicemb.workflows.parallel.executor import WorkerFailure, run_guarded

ADDRESS = "tcp://there:8786"


@dataclass
class FakeWorker:
    """A worker, and what is wrong with it."""

    name: str
    threads: int = 1
    version: str = __version__
    blind: bool = False
    dies_at: int = 0
    """The item at which it goes away, 1 being its first; 0: never."""
    end: Literal["gone", "silent", "reborn"] = "gone"
    """How it goes: told by Dask; seen only by whoever looks who is there; or back at once, knowing nothing."""
    unable: str = ""
    lacks: bool = False
    """Whether it lacks all bundles."""
    delay: float = 0.0
    begun: list[Any] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    """Facts."""
    runs: dict[str, TravellingWork] = field(default_factory=dict)
    most: int = 0
    """Calls that were under way or queued at once, at most."""
    now: int = 0


class FakeCluster:
    """Satisfies `dask_cluster.Cluster`; `connect` is its connector."""

    def __init__(self, *workers: FakeWorker) -> None:
        self.there = {f"tcp://{worker.name}:1": worker for worker in workers}
        self.alive = True
        self.connections = 0
        self.dies_after = 0
        """Items after which the scheduler goes away once; 0: never."""
        self.away = 0
        """Connections that fail then, before it is back."""
        self.items = 0
        self.shared = 0
        self.ended: list[str] = []
        self.closed = 0

    async def connect(self, address: str) -> FakeCluster:
        self.connections += 1
        if self.connections > 1 and self.away > 0:
            self.away -= 1
            raise SchedulerLost("connection refused")
        self.alive = True
        return self

    async def workers(self) -> list[Worker]:
        self._check()
        return [Worker(address, worker.name, worker.threads) for address, worker in self.there.items()]

    async def share(self, make: Callable[[], bytes], known: Any = None) -> Any:
        self._check()
        if known is None:
            self.shared += 1
        return known or make()

    async def call(
        self, worker: Worker, function: Callable[..., Any], *arguments: Any, shared: Sequence[Any] = ()
    ) -> Any:
        self._check()
        if worker.address not in self.there:
            await asyncio.sleep(3600)  # as a task for a worker that is not there
        there = self.there[worker.address]
        there.now += 1
        there.most = max(there.most, there.now)
        try:
            await asyncio.sleep(there.delay)
            self._check()
            answer = getattr(self, f"_{function.__name__}")(there, worker.address, *arguments, *shared)
            if worker.address not in self.there:
                await asyncio.sleep(3600)
            return answer
        finally:
            there.now -= 1

    async def tell(self, workers: Sequence[Worker], function: Callable[..., Any], *arguments: Any) -> None:
        self.ended += [worker.name for worker in workers if function.__name__ == "end_run"]

    async def close(self) -> None:
        self.closed += 1

    def _check(self) -> None:
        if not self.alive:
            raise SchedulerLost("connection closed")

    def _describe_worker(self, there: FakeWorker, address: str, bundles: Sequence[str]) -> dict[str, Any]:
        if there.version == "none":
            raise CallFailed("ModuleNotFoundError: No module named 'musicemb'")
        lacks = [one for one in bundles if there.lacks and one not in there.taken]
        return {"musicemb": there.version, "bundle format": FORMAT, "protocol": PROTOCOL, "lacks": lacks}

    def _take_bundle(self, there: FakeWorker, address: str, wanted: str, block: bytes) -> None:
        there.taken.append(wanted)

    def _prepare(
        self, there: FakeWorker, address: str, run: str, bundles: Sequence[str], limit: float, block: bytes
    ) -> None:
        there.runs[run] = TravellingWork(block, {})

    def _work_on(
        self, there: FakeWorker, address: str, run: str, block: bytes, anyhow: bool, facts: Sequence[str]
    ) -> Answer | None:
        if run not in there.runs:
            return Answer("unprepared")
        self.items += 1
        if self.items == self.dies_after:
            self.alive = False
            for other in self.there.values():
                other.runs.clear()
            raise SchedulerLost("connection closed")
        there.begun.append(block)
        if len(there.begun) == there.dies_at:
            there.runs.clear()
            if there.end != "reborn":
                del self.there[address]
            if there.end == "silent":
                return None
            raise WorkerLost("killed")
        if there.blind and not anyhow:
            return Answer("not here", reason="no such file or directory")
        work = there.runs[run]
        there.told += facts
        for fact in facts:
            work.on_broadcast(fact)
        if there.unable:
            return Answer("unable", reason=there.unable)
        try:
            outcome = run_guarded(work, (block, anyhow))
        except MusicembError as error:
            return Answer("unable", reason=str(error))
        return Answer("failure", failure=outcome) if isinstance(outcome, WorkerFailure) else outcome


@dataclass
class SpokenWork:
    """Does what the item's first word says."""

    heard: set[str] = field(default_factory=set)

    def on_broadcast(self, fact: str, /) -> None:
        self.heard.add(fact)

    def broadcast(self, result: object, /) -> str | None:
        return result.removeprefix("news ") if isinstance(result, str) and result.startswith("news") else None

    def __call__(self, item: Any, /) -> object:
        if isinstance(item, Path):
            return item, item.read_text()
        match item.split()[0]:
            case "raise":
                raise ValueError("odd")
            case "nothing":
                return None
            case "full":
                raise MusicembError("no space left")
            case "heard":
                return frozenset(self.heard)
        return item


def run_on(cluster: FakeCluster, items: list[Any], **options: Any) -> tuple[dict[Any, Any], list[str]]:
    """Outcomes by item, each item once; and what was told."""
    told: list[str] = []
    pool = DaskPool(ADDRESS, connector=cluster.connect, tell=told.append, **options)
    results = list(pool.run(SpokenWork(), items))
    assert sorted(str(item) for item, _ in results) == sorted(map(str, items))
    assert cluster.closed >= 1
    assert not [thread for thread in threading.enumerate() if thread.name == "musicemb-dask"]
    return dict(results), told


def plain(count: int) -> list[str]:
    return [f"plain {number}" for number in range(count)]


def texts(folder: Path, count: int) -> list[Path]:
    folder.mkdir(exist_ok=True)
    for number in range(count):
        (folder / f"{number}.txt").write_text(f"sound {number}")
    return sorted(folder.iterdir())
