"""A child process that gets one item at a time, for use inside a cluster's worker, where `process_pool` cannot work.

A Dask worker is a daemon of multiprocessing, which lets it have no children; and its main module is not ours. So this
is a plain subprocess that runs `worker_process.serve` and speaks through its standard input and output.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
from typing import Any, BinaryIO

from musicemb.errors import MusicembError
from musicemb.workflows.parallel.executor import WorkerFailure
from musicemb.workflows.parallel.worker_process import fenced_environment, serve

_START_TIMEOUT = 300.0
"""Seconds that it may take to begin."""

IDLE_TIMEOUT = 900.0
"""Seconds without an item after which the process ends, since the machine that started the run may have disappeared."""

_COMMAND = "from musicemb.workflows.parallel.fenced_process import main; main()"


class FencedProcess:
    """A process that does work on one item after the other; a crash or a hang ends it, and costs that item.

    Parameters
    ----------
    work : Work
        Picklable.

    Raises
    ------
    MusicembError
        Where it cannot begin: the work cannot be opened there, say.
    """

    def __init__(self, work: Any) -> None:
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-c", _COMMAND],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,  # decoders written in C print warnings of their own
                env={**fenced_environment(), "PYTHONPATH": os.pathsep.join(part for part in sys.path if part)},
            )
        except OSError as problem:
            raise MusicembError(f"no process could be started: {problem.strerror or problem}") from problem
        answer = self._ask(None, _START_TIMEOUT)
        if answer == ("hello", None):
            answer = self._ask(work, _START_TIMEOUT)
        if answer != ("ready", None):
            self.kill()
            raise MusicembError(answer.reason if isinstance(answer, WorkerFailure) else str(answer[1]))

    def do(self, item: Any, facts: list[str], limit: float) -> Any:
        """Do the work on an item.

        Parameters
        ----------
        item
        facts : list of str
            What other processes found out.
        limit : float
            Seconds that it may take.

        Returns
        -------
        object
            The result, or a `WorkerFailure`; the process has ended where it crashed or took too long.

        Raises
        ------
        MusicembError
            As the work raised it: one that is not about the item.
        """
        answer = self._ask((item, facts), limit)
        if isinstance(answer, WorkerFailure):
            return answer
        if answer[0] == "stop":
            raise MusicembError(answer[1])
        return answer[1]

    @property
    def alive(self) -> bool:
        """Whether it can take another item."""
        return self._process.poll() is None

    def kill(self) -> None:
        """End the process now, even if it is working."""
        self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError, ValueError):
                pipe.close()  # type: ignore[union-attr]
        with contextlib.suppress(subprocess.TimeoutExpired):  # a file system that hangs lets no process go
            self._process.wait(10)

    def _ask(self, message: Any, limit: float) -> Any:
        """Send a message (None: only wait for one); returns the answer, or how the process ended."""
        late = threading.Event()

        def end() -> None:
            late.set()
            self._process.kill()

        timer = threading.Timer(limit, end)
        timer.daemon = True
        timer.start()
        try:
            assert self._process.stdin is not None and self._process.stdout is not None
            if message is not None:
                block = pickle.dumps(message, protocol=5)
                self._process.stdin.write(len(block).to_bytes(8, "big") + block)
                self._process.stdin.flush()
            return pickle.load(self._process.stdout)
        except (EOFError, OSError, ValueError, pickle.UnpicklingError):
            self.kill()
            if late.is_set():
                return WorkerFailure("timeout", f"took longer than {limit / 60:.3g} minutes")
            status = self._process.returncode
            return WorkerFailure("killed" if status == -9 else "crashed", f"exit status {status}")
        finally:
            timer.cancel()


class _StandardPipes:
    """The child's end: messages on its standard input and output. Ends the process as soon as the parent is gone."""

    def __init__(self, source: BinaryIO, target: BinaryIO) -> None:
        self._target = target
        self._received: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        threading.Thread(target=self._listen, args=(source,), daemon=True).start()

    def _listen(self, source: BinaryIO) -> None:
        # In a separate thread: the main one, blocked in a decoder, would never notice that the parent was killed.
        while length := source.read(8):
            self._received.put(source.read(int.from_bytes(length, "big")))
        os.kill(os.getpid(), signal.SIGTERM)  # nothing here is worth an orderly end

    def send(self, message: Any, /) -> None:
        pickle.dump(message, self._target, protocol=5)
        self._target.flush()

    def recv(self) -> Any:
        try:
            return pickle.loads(self._received.get(timeout=IDLE_TIMEOUT))
        except queue.Empty:
            raise EOFError from None


def main() -> None:
    """The process: what a decoder prints goes nowhere, its messages to the standard output that it began with."""
    target = os.fdopen(os.dup(1), "wb")
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.close(null)
    source = os.fdopen(os.dup(0), "rb")
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    serve(_StandardPipes(source, target))
