"""The interface to Dask for `dask_pool`: workers, calls on one of them, and bytes shared with many.

Calls travel as bytes that `pickle.loads` carries out on the worker: a scheduler opens the graphs that it is sent, and
need not have musicemb, as the workers do.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import pickle
import re
import uuid
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from musicemb.errors import MusicembError, SettingsError

_CONNECT_TIMEOUT = 10.0
"""Seconds in which a scheduler must answer; those that are just being started get several tries."""

_ANSWER_TIMEOUT = 30.0
"""Seconds within which a connected scheduler must list its workers."""

_CLOSE_TIMEOUT = 5.0
"""Seconds that saying goodbye may take."""

_ADDRESS = re.compile(r"(tcp|tls)://(\[[0-9a-fA-F:.]+\]|[^\s:/\[\]]+):(\d{1,5})")


class SchedulerLost(Exception):
    """The scheduler does not answer, or has forgotten us."""


class WorkerLost(Exception):
    """A worker has gone, or given up."""


class CallFailed(Exception):
    """The called function raised an error; the text says which."""


@dataclass(frozen=True)
class Worker:
    """A worker that is there now."""

    address: str
    name: str
    threads: int
    """Calls that it runs at the same time."""


class Cluster(Protocol):
    """A connection to a cluster. Its methods are coroutines."""

    async def workers(self) -> list[Worker]:
        """The workers that are there now.

        Returns
        -------
        list of Worker

        Raises
        ------
        SchedulerLost
        """

    async def share(self, make: Callable[[], bytes], known: Any = None) -> Any:
        """Make bytes available to calls; workers get them from each other.

        Parameters
        ----------
        make : callable
            Gives the bytes.
        known : object, optional
            What an earlier call gave for the same bytes: it serves where the cluster has not lost them.

        Returns
        -------
        object
            For `call`.
        """

    async def call(
        self, worker: Worker, function: Callable[..., Any], *arguments: Any, shared: Sequence[Any] = ()
    ) -> Any:
        """Call a function on a worker, once one of its threads is free.

        Parameters
        ----------
        worker : Worker
        function : callable
            Found there under its module and name.
        *arguments : object
        shared : sequence
            Bytes that were shared, as the last arguments.

        Returns
        -------
        object

        Raises
        ------
        WorkerLost, SchedulerLost
        CallFailed
            Where the function raised.
        """

    async def tell(self, workers: Sequence[Worker], function: Callable[..., Any], *arguments: Any) -> None:
        """Call a function on workers immediately, even if their threads are busy; workers that do not answer are
        ignored.

        Parameters
        ----------
        workers : sequence of Worker
        function : callable
        *arguments : object
        """

    async def close(self) -> None:
        """Take back what was not begun, and leave."""


def check_address(address: str) -> str:
    """Refuse what cannot be a scheduler's address.

    Parameters
    ----------
    address : str

    Returns
    -------
    str
        The address.

    Raises
    ------
    SettingsError
    """
    found = _ADDRESS.fullmatch(address)
    if found is None or not 0 < int(found.group(3)) < 65536:
        hint = " (the dashboard's address begins with http; Dask prints the scheduler's too)"
        raise SettingsError(
            f"--dask takes the address of a scheduler, such as tcp://scheduler:8786, not {address!r}"
            + hint * address.startswith("http")
        )
    return address


@dataclass(frozen=True)
class _Call:
    """Unpickling it is the call."""

    function: Callable[..., Any]
    arguments: tuple[Any, ...]

    def __reduce__(self) -> tuple[Any, ...]:
        return self.function, self.arguments


async def connect(address: str) -> Cluster:
    """Connect to a scheduler.

    Parameters
    ----------
    address : str

    Returns
    -------
    Cluster

    Raises
    ------
    SchedulerLost
        Where none answers; the text says why.
    MusicembError
        Where one answers that cannot be spoken with.
    """
    from distributed import Client
    from distributed.versions import VersionMismatchWarning

    # What matters of versions is checked worker by worker; Dask's own log would mix with what we say.
    warnings.filterwarnings("ignore", category=VersionMismatchWarning)
    for name in ("distributed", "distributed.client", "distributed.core", "distributed.comm", "distributed.batched"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        client = await Client(
            address, asynchronous=True, timeout=_CONNECT_TIMEOUT, set_as_default=False, direct_to_workers=False
        )
    except (TimeoutError, OSError) as problem:
        raise SchedulerLost(_line(problem)) from problem
    except (ImportError, ValueError, RuntimeError) as problem:
        raise MusicembError(f"the scheduler at {address} cannot be used: {_line(problem)}") from problem
    return _DaskCluster(client)


class _DaskCluster:
    def __init__(self, client: Any) -> None:
        self._client = client

    async def workers(self) -> list[Worker]:
        self._check()
        try:
            async with asyncio.timeout(_ANSWER_TIMEOUT):
                told = await self._client.scheduler.identity()
        except (TimeoutError, OSError) as problem:
            raise SchedulerLost(_line(problem)) from problem
        return [
            Worker(address, str(about.get("name", address)), int(about["nthreads"]))
            for address, about in told["workers"].items()
            if about.get("status", "running") in ("running", "paused", "init")
        ]

    async def share(self, make: Callable[[], bytes], known: Any = None) -> Any:
        if known is not None and known.client is self._client and known.status == "finished":
            return known
        self._check()
        try:
            (shared,) = await self._client.scatter([make()], hash=False, direct=False, timeout=60)
        except (TimeoutError, OSError) as problem:
            raise self._loss(problem) from problem
        return shared

    async def call(
        self, worker: Worker, function: Callable[..., Any], *arguments: Any, shared: Sequence[Any] = ()
    ) -> Any:
        from concurrent.futures import CancelledError as ConcurrentCancelled

        from distributed import KilledWorker
        from distributed.client import FutureCancelledError

        self._check()
        places = tuple(pickle.PickleBuffer(b"-") for _ in shared)
        # The shared bytes take their places as buffers of the pickle, which Dask fills in.
        block = pickle.dumps(_Call(function, arguments + places), protocol=5, buffer_callback=_out_of_band)
        future = self._client.submit(
            pickle.loads,
            block,
            buffers=list(shared),
            key=f"musicemb-{function.__name__}-{uuid.uuid4().hex}",
            workers=[worker.address],
            allow_other_workers=False,
            retries=0,
            pure=False,
        )
        try:
            return await future
        except (FutureCancelledError, ConcurrentCancelled) as problem:
            raise self._loss(problem) from problem
        except KilledWorker as problem:
            raise WorkerLost(_line(problem)) from problem
        except (TimeoutError, OSError) as problem:
            if self._client.status != "running":
                raise SchedulerLost(_line(problem)) from problem
            raise CallFailed(_line(problem)) from problem
        except MusicembError as problem:
            raise CallFailed(str(problem)) from problem
        except Exception as problem:
            raise CallFailed(_line(problem)) from problem
        finally:
            with contextlib.suppress(Exception):
                future.release()

    async def tell(self, workers: Sequence[Worker], function: Callable[..., Any], *arguments: Any) -> None:
        addresses = [worker.address for worker in workers]
        with contextlib.suppress(Exception):
            self._check()
            async with asyncio.timeout(_CLOSE_TIMEOUT):
                await self._client.run(function, *arguments, workers=addresses, on_error="ignore")

    async def close(self) -> None:
        with contextlib.suppress(Exception):
            async with asyncio.timeout(2 * _CLOSE_TIMEOUT):
                await self._client.close(timeout=_CLOSE_TIMEOUT)

    def _check(self) -> None:
        if self._client.status != "running":
            raise SchedulerLost("the connection was lost")

    def _loss(self, problem: BaseException) -> Exception:
        lost = self._client.status != "running" or "scheduler" in str(problem)
        return SchedulerLost(_line(problem)) if lost else WorkerLost(_line(problem))


def _out_of_band(buffer: pickle.PickleBuffer) -> bool:
    return False


def _line(problem: BaseException) -> str:
    return " ".join(f"{type(problem).__name__}: {problem}".split())
