"""Work on arrays in as many threads as the machine has cores for, which comes to the same as one after the other.

NumPy lets go of the interpreter while it multiplies, compares and sorts. Its matrix product can take several threads
by itself, but the rest of a search cannot, and small products mostly wait for each other: so each thread here has
its own part of the work and multiplies alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import Lock
from typing import Any, TypeVar

Part = TypeVar("Part")

_ALONE = Lock()
_allowed: int | None = None
"""Threads that searches may take while products are held to one."""
_MOST = 8
"""Threads: each holds some 30 MB of similarities."""


@contextmanager
def products_in_one_thread() -> Iterator[None]:
    """Context in which NumPy's matrix product takes one thread, and `work_in_threads` as many as ever.

    For work of many small products, whose threads would mostly wait for each other.
    """
    global _allowed
    products = _products()
    before, _allowed = _allowed, _allowed or _count(products)
    try:
        with products.limit(limits=1):
            yield
    finally:
        _allowed = before


def work_in_threads(work: Callable[[Part], None], parts: Sequence[Part]) -> None:
    """Do the parts of some work, several at a time.

    As many threads are used as NumPy's matrix product would take: by its own account of the cores that this process may
    have, or as OMP_NUM_THREADS says.

    Parameters
    ----------
    work : callable
        Called once for each part, in any order; what it writes must be of this part only.
    parts : sequence
    """
    if not _ALONE.acquire(blocking=False):  # two at the same time would each restore what the other has set
        for part in parts:
            work(part)
        return
    try:
        _work(work, parts)
    finally:
        _ALONE.release()


def _work(work: Callable[[Part], None], parts: Sequence[Part]) -> None:
    products = _products()
    count = min(_MOST, len(parts), _allowed or _count(products))
    if count < 2:
        for part in parts:
            work(part)
        return
    from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait

    with products.limit(limits=1), ThreadPoolExecutor(count, "arrays") as pool:
        pending = [pool.submit(work, part) for part in parts]
        try:
            done, _ = wait(pending, return_when=FIRST_EXCEPTION)
            for one in done:
                one.result()
        except BaseException:  # Ctrl-C too: what is left need not be done first
            pool.shutdown(cancel_futures=True)
            raise


def _products() -> Any:
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController().select(user_api="blas")


def _count(products: Any) -> int:
    return max((one["num_threads"] for one in products.info()), default=1)
