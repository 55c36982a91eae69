"""A worker process: its environment at the start and its loop. `process_pool` starts it.

Nothing heavy is imported here: what a process needs comes with the work that is sent to it.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Iterator
from typing import Any, Protocol

from musicemb.errors import MusicembError
from musicemb.workflows.parallel.executor import run_guarded

_ONE_THREAD = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "NUMBA_NUM_THREADS",
)
"""Read by numerical libraries when they load: a process per core already keeps the machine busy."""

_KEPT_MEMORY = {
    "MALLOC_MMAP_THRESHOLD_": str(32 << 20),
    "MALLOC_TRIM_THRESHOLD_": str(128 << 20),
    "MALLOC_TOP_PAD_": str(16 << 20),
}
"""Read by glibc when a process starts: memory that was freed stays with it, for the next block of samples takes as
much. Otherwise the system zeroes it anew each time, a twentieth of the CPU."""


@contextlib.contextmanager
def spawn_environment() -> Iterator[None]:
    """Context in which a child that starts has one thread per library and ignores Ctrl-C from its first instant."""
    before = {name: os.environ.get(name) for name in (*_ONE_THREAD, *_KEPT_MEMORY)}
    os.environ.update(dict.fromkeys(_ONE_THREAD, "1"))
    os.environ.update({name: size for name, size in _KEPT_MEMORY.items() if before[name] is None})
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


def fenced_environment() -> dict[str, str]:
    """The environment of a child with one thread per library, for `subprocess`.

    Returns
    -------
    dict
    """
    return {**os.environ, **dict.fromkeys(_ONE_THREAD, "1")}


class Pipe(Protocol):
    """The end of a connection to the parent that a process holds: multiprocessing's, or one of another kind."""

    def send(self, message: Any, /) -> None:
        """Send a message.

        Parameters
        ----------
        message : tuple
        """

    def recv(self) -> Any:
        """The next message; EOFError where the parent has hung up."""


def serve(pipe: Pipe) -> None:
    """Loop of a worker process: receive the work, then do it on one item after the other until the parent hangs up.

    Parameters
    ----------
    pipe : Pipe
        To the parent. Messages to it are pairs: ("hello", None), ("ready", None), ("done", outcome),
        ("start failed", text), ("stop", text).
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent decides
    try:
        pipe.send(("hello", None))
        try:
            work = pipe.recv()
        except (EOFError, ConnectionError):
            return
        except Exception as error:
            pipe.send(("start failed", str(error) if isinstance(error, MusicembError) else _line_of(error)))
            return
        _silence_stderr()
        pipe.send(("ready", None))
        while True:
            item, facts = pipe.recv()
            for fact in facts:
                work.on_broadcast(fact)
            try:
                message = ("done", run_guarded(work, item))
            except MusicembError as error:
                message = ("stop", str(error))
            pipe.send(message)
    except (EOFError, ConnectionError):
        return  # the parent is gone, or has had enough


def _line_of(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())


def _silence_stderr() -> None:
    """Decoders written in C print warnings of their own; the parent reports a file in one line instead."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        sys.stderr.flush()
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 2)
        os.close(null)
