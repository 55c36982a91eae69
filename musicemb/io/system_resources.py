"""Processors and memory that this process may use, including the limits of its container (cgroup)."""

from __future__ import annotations

import gc
import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import NamedTuple

_ROOT = Path("/")
_UNLIMITED = 1 << 60
"""Bytes; cgroup v1 writes a number beyond this where there is no limit."""


class _Files(NamedTuple):
    """How a version of cgroups names its files of memory."""

    limit: str
    used: str
    cache: str
    """Key in memory.stat of what is cached of files: given back when it is needed."""


_V1 = _Files("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
_V2 = _Files("memory.max", "memory.current", "inactive_file")


@contextmanager
def collection_paused() -> Iterator[None]:
    """Context in which Python does not look for objects that hold each other.

    For where a million objects are made of which none do: it would look through all of them again and again, which is a
    fifth of the time that it takes to make them.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def count_cpus(root: Path = _ROOT) -> int:
    """CPUs that this process may use.

    Parameters
    ----------
    root : Path
        Where `proc` and `sys` lie.

    Returns
    -------
    int
        At least 1. Of a share of a CPU that its cgroup grants, what is begun counts.
    """
    if hasattr(os, "process_cpu_count"):  # Python 3.13
        cpus = os.process_cpu_count() or 1
    elif hasattr(os, "sched_getaffinity"):
        cpus = len(os.sched_getaffinity(0)) or 1
    else:
        cpus = os.cpu_count() or 1
    shares = [quota for folder in _folders(root, "cpu") if (quota := _cpu_quota(folder)) is not None]
    return max(1, min([cpus, *map(math.ceil, shares)]))


def available_memory(root: Path = _ROOT) -> int:
    """Memory that can be had without swapping.

    Parameters
    ----------
    root : Path
        Where `proc` and `sys` lie.

    Returns
    -------
    int
        Bytes: what the system has left, or what the cgroup may still take, if that is less.
    """
    import psutil

    left = [int(psutil.virtual_memory().available)]
    for files in (_V1, _V2):
        for folder in _folders(root, "memory" if files is _V1 else ""):
            limit, used = _number(folder / files.limit), _number(folder / files.used)
            if limit is not None and used is not None and limit < _UNLIMITED:
                left.append(max(0, limit - max(0, used - _cached(folder, files.cache))))
    return min(left)


def _folders(root: Path, controller: str) -> Iterator[Path]:
    """Folders of the process's cgroups that a controller may stand in, and of those above: each may set a limit."""
    mount = root / "sys/fs/cgroup"
    try:
        lines = (root / "proc/self/cgroup").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return
    for line in lines:
        number, names, place = (*line.split(":", 2), "", "")[:3]
        here = PurePosixPath("/", place.lstrip("/"))
        if ".." in here.parts:
            continue
        if number == "0" and not names:
            bases = [mount, mount / "unified"]
        elif controller in names.split(",") and controller:
            bases = [mount / name for name in (controller, names)]
        else:
            continue
        for base in bases:
            for step in (here, *here.parents):  # in a container the path may be the host's: the top is its own then
                yield base / step.relative_to("/")


def _cpu_quota(folder: Path) -> float | None:
    """CPUs that a cgroup grants; None where it sets no limit."""
    try:  # v2
        quota, period = (folder / "cpu.max").read_text(encoding="ascii").split()[:2]
        return int(quota) / int(period) if quota != "max" else None
    except (OSError, ValueError, ZeroDivisionError):
        pass
    allowed, period_us = _number(folder / "cpu.cfs_quota_us"), _number(folder / "cpu.cfs_period_us")
    return allowed / period_us if allowed and period_us and allowed > 0 else None


def _cached(folder: Path, key: str) -> int:
    try:
        lines = (folder / "memory.stat").read_text(encoding="ascii").splitlines()
    except (OSError, ValueError):
        return 0
    values = dict(line.split()[:2] for line in lines if len(line.split()) > 1)
    return int(values[key]) if values.get(key, "").isdigit() else 0


def _number(file: Path) -> int | None:
    try:
        return int(file.read_text(encoding="ascii"))
    except (OSError, ValueError):  # "max"
        return None
