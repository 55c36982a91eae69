"""``--dask`` and ``--map-path``: use the machines of a cluster instead of processes of this machine."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from musicemb.cli.progress import note

if TYPE_CHECKING:
    from musicemb.workflows.parallel.dask_pool import DaskPool

Command = TypeVar("Command", bound=Callable[..., Any])


def cluster_options(command: Command) -> Command:
    """Add the two options to a command.

    Parameters
    ----------
    command : callable

    Returns
    -------
    callable
        It takes `dask` and `map_path`, as `open_executor` does.
    """
    mapped: Callable[[Command], Command] = click.option(
        "--map-path",
        multiple=True,
        metavar="LOCAL=REMOTE",
        help="With --dask: the workers have the folder LOCAL under the path REMOTE; repeatable.",
    )
    address: Callable[[Command], Command] = click.option(
        "--dask",
        metavar="ADDRESS",
        help="Decode and embed on the workers of a Dask cluster, such as tcp://scheduler:8786, instead of here "
        "(docs/CLUSTER.md).",
    )
    return address(mapped(command))


def open_executor(what: str, dask: str | None, map_path: tuple[str, ...], workers: int | None) -> DaskPool | None:
    """The executor that the options select; no connection is made yet.

    Parameters
    ----------
    what : str
        As a message names the command: "scan --dask".
    dask : str or None
    map_path : tuple of str
    workers : int or None
        What --workers says.

    Returns
    -------
    DaskPool or None
        None where no cluster is asked for.

    Raises
    ------
    click.UsageError
        Where the options contradict each other.
    SettingsError
        Where one is not understood.
    MissingExtra
    """
    if dask is None:
        if map_path:
            raise click.UsageError("--map-path needs --dask: processes of this machine see its paths")
        return None
    if workers is not None:
        raise click.UsageError("--workers does not go with --dask: the cluster says how many workers there are")
    from musicemb.extras import require
    from musicemb.workflows.parallel.dask_pool import DaskPool
    from musicemb.workflows.parallel.transfer import PathMap

    executor = DaskPool(dask, path_map=PathMap.parse(map_path), tell=note)
    require(what, "distributed")
    return executor
