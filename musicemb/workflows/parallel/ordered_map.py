"""Computes results in parallel threads, and yields them in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import starmap
from typing import TypeVar

from musicemb.io.system_resources import count_cpus

Result = TypeVar("Result")

MOST_THREADS = 8
"""Threads that make batches: numpy frees the interpreter's lock for most of the work, not for all."""


def ordered_map(
    function: Callable[..., Result], calls: Iterable[tuple[object, ...]], threads: int = 0
) -> Iterator[Result]:
    """Call a function once per tuple of arguments, in threads; their number does not change the results.

    Parameters
    ----------
    function : callable
        Must not depend on the order of its calls: each brings its own random generator.
    calls : iterable of tuples
        Arguments of each call.
    threads : int
        0: half of the CPUs, the rest being the network's.

    Yields
    ------
    object
        What `function` returned, in the order of the calls.
    """
    threads = threads or max(1, min(MOST_THREADS, count_cpus() // 2))
    if threads == 1:
        yield from starmap(function, calls)
        return
    pending: deque[Future[Result]] = deque()
    pool = ThreadPoolExecutor(threads, thread_name_prefix="batches")
    try:
        for arguments in calls:
            pending.append(pool.submit(function, *arguments))
            if len(pending) > threads:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)
