"""A worker process: how it is born, what it does, how it may end. `workers` is its employer.

Nothing heavy is imported here: what a process needs comes with the work that is sent to it.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any, Literal, Protocol, TypeVar

Item_contra = TypeVar("Item_contra", contravariant=True)
Result_co = TypeVar("Result_co", covariant=True)

_ONE_THREAD = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "NUMBA_NUM_THREADS",
)
"""Read by numerical libraries when they load: a process per core already keeps the machine busy."""


class Work(Protocol[Item_contra, Result_co]):
    """What is done with an item; it is pickled once into each process."""

    def __call__(self, item: Item_contra, /) -> Result_co:
        """Do it. Raises only where there is a bug."""

    def learn(self, fact: str, /) -> None:
        """Hear of something that another process found out.

        Parameters
        ----------
        fact : str
        """

    def lesson(self, result: Any, /) -> str | None:
        """What the other processes should hear of a result.

        Parameters
        ----------
        result
            As calling it returns it.

        Returns
        -------
        str or None
        """


@dataclass(frozen=True)
class Casualty:
    """An item whose process did not survive it."""

    cause: Literal["crashed", "killed", "timeout", "bug"]
    """It died by itself, was killed from outside (memory), took too long, or raised."""
    text: str = ""


@contextlib.contextmanager
def fit_to_be_born() -> Iterator[None]:
    """Context in which a child that starts has one thread per library and is deaf to Ctrl-C from its first instant."""
    before = {name: os.environ.get(name) for name in _ONE_THREAD}
    os.environ.update(dict.fromkeys(_ONE_THREAD, "1"))
    mask = None
    if sys.platform != "win32":
        from multiprocessing import resource_tracker

        resource_tracker.ensure_running()  # it would unblock the signal if it had to be started below
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        if sys.platform != "win32" and mask is not None:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)


def serve(pipe: Connection) -> None:
    """Life of a process: hear the work, then do it on one item after the other until the parent hangs up.

    Parameters
    ----------
    pipe : Connection
        To the parent.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent decides
    try:
        pipe.send(("hello", None))
        work = pipe.recv()
        _silence_stderr()
        pipe.send(("ready", None))
        while True:
            item, facts = pipe.recv()
            for fact in facts:
                work.learn(fact)
            pipe.send(("done", _guarded(work, item)))
    except (EOFError, ConnectionError):
        return  # the parent is gone, or has had enough
    except Exception as error:
        pipe.send(("dead", Casualty("bug", f"{type(error).__name__}: {error}")))


def _guarded(work: Work[Any, Any], item: object) -> object:
    try:
        return work(item)
    except Exception as error:
        return Casualty("bug", f"{type(error).__name__}: {error}")


def _silence_stderr() -> None:
    """Decoders written in C print what they think of a file; the parent says it in one line instead."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        sys.stderr.flush()
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, 2)
        os.close(nothing)
