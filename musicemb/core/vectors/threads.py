"""Work on arrays in as many threads as the machine has cores for, which comes to the same as one after the other.

NumPy lets go of the interpreter while it multiplies, compares and sorts. Its matrix product can take several threads
by itself, but the rest of a search cannot, and small products mostly wait for each other: so each thread here has
its own part of the work and multiplies alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Lock
from typing import TypeVar

Part = TypeVar("Part")

_ALONE = Lock()
_MOST = 8
"""Threads: each holds some 30 MB of similarities."""


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
    if not _ALONE.acquire(blocking=False):  # two at once would each put back what the other has set
        for part in parts:
            work(part)
        return
    try:
        _work(work, parts)
    finally:
        _ALONE.release()


def _work(work: Callable[[Part], None], parts: Sequence[Part]) -> None:
    from threadpoolctl import ThreadpoolController

    products = ThreadpoolController().select(user_api="blas")
    count = min(_MOST, len(parts), max((one["num_threads"] for one in products.info()), default=1))
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
