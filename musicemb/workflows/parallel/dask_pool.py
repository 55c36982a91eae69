"""The executor that works on the machines of an existing Dask cluster.

A thread of its own speaks with the cluster (`dask_run`); whoever iterates the results is never called from there. Each
item is sent to one worker by name (`dask_worker`), so that a loss can be put down to its items, and a worker that lacks
the music, or has another version of this program, gets none. What happens on the worker stands in `cluster_worker`, who
has which item in `job_queue`, how Dask is spoken with in `dask_cluster`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import TypeVar

from musicemb.workflows.parallel.dask_cluster import Cluster, check_address, connect
from musicemb.workflows.parallel.dask_run import GRACE, DaskRun, RunSettings
from musicemb.workflows.parallel.executor import Work, WorkerFailure
from musicemb.workflows.parallel.process_pool import DEFAULT_TIMEOUT
from musicemb.workflows.parallel.transfer import PathMap

Item = TypeVar("Item")
Result = TypeVar("Result")

PATIENCE = 600.0
"""Seconds that a run waits for a worker, or for the scheduler to come back, before it gives up."""


class DaskPool:
    """Executor that works on a Dask cluster, whose workers have musicemb installed.

    Parameters
    ----------
    address : str
        Of the scheduler: "tcp://scheduler:8786".
    path_map : PathMap, optional
        Where the workers have the music; None: where it is here.
    timeout : float
        Seconds that one item may take.
    patience : float
        Seconds to wait for a worker, or for a scheduler that was lost.
    tell : callable, optional
        Called with one line for whoever watches: a worker that is not used, or is waited for.
    grace : float
        Seconds in which others may join where all workers that are there are of no use.
    connector : callable, optional
        Connects to an address; tests have a cluster of their own.

    Raises
    ------
    SettingsError
        Where the address is none.
    """

    shares_files = False
    """Workers see the music; what they write on their disks nobody reads."""

    def __init__(
        self,
        address: str,
        *,
        path_map: PathMap | None = None,
        timeout: float = DEFAULT_TIMEOUT,
        patience: float = PATIENCE,
        tell: Callable[[str], None] | None = None,
        grace: float = GRACE,
        connector: Callable[[str], Awaitable[Cluster]] = connect,
    ) -> None:
        self.settings = RunSettings(check_address(address), path_map or PathMap(), timeout, patience, grace, connector)
        self._tell = tell

    def run(self, work: Work[Item, Result], items: Sequence[Item]) -> Iterator[tuple[Item, Result | WorkerFailure]]:
        """Do the work on all items.

        An item whose worker is lost goes to another. One whose process crashed on a worker is tried once more at the
        end. A file that a worker cannot read goes to the others; where none can, it is a failure.

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
            Where no scheduler answers, no worker can be used, or none of them sees any of the files.
        """
        if not items:
            return
        run = DaskRun(self.settings, work, items)
        try:
            run.start()
            while True:
                kind, *told = run.fetch()
                if kind == "outcome":
                    yield told[0], told[1]
                elif kind == "note":
                    if self._tell is not None:
                        self._tell(told[0])
                elif kind == "error":
                    raise told[0]
                else:
                    return
        finally:
            run.stop()
