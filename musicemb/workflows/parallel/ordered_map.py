"""Making many things at once, handed out in their order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import starmap
from typing import TypeVar

from musicemb.workflows.parallel.process_pool import count_cpus

Made = TypeVar("Made")

MOST_THREADS = 8
"""Threads that make batches: numpy frees the interpreter's lock for most of the work, not for all."""


def ordered_map(make: Callable[..., Made], arguments: Iterable[tuple[object, ...]], threads: int = 0) -> Iterator[Made]:
    """Call a function once per tuple of arguments, in threads; what comes out does not hang on their number.

    Parameters
    ----------
    make : callable
        Must not hang on the order of its calls: each call brings its own random generator.
    arguments : iterable of tuples
        Arguments.
    threads : int
        0: half of the CPUs, the rest being the network's.

    Yields
    ------
    object
        What `make` returned, in the order of their arguments.
    """
    threads = threads or max(1, min(MOST_THREADS, count_cpus() // 2))
    if threads == 1:
        yield from starmap(make, arguments)
        return
    pending: deque[Future[Made]] = deque()
    pool = ThreadPoolExecutor(threads, thread_name_prefix="batches")
    try:
        for given in arguments:
            pending.append(pool.submit(make, *given))
            if len(pending) > threads:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)
