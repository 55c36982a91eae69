"""Code that runs on a cluster's worker: it describes the worker, stores bundles, and works on items in child processes.

A worker that runs several items at once has as many processes, which stay until the run ends: a crash costs an item,
never the worker and what it holds for others. Nothing here knows which cluster it is.
"""

from __future__ import annotations

import platform
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from musicemb.errors import MusicembError
from musicemb.workflows.parallel.executor import Work, WorkerFailure
from musicemb.workflows.parallel.fenced_process import FencedProcess
from musicemb.workflows.parallel.transfer import NotHere, pack, unpack_item, unpack_work

PROTOCOL = 1
"""Raised when what is sent to a worker, or comes back, changes."""


@dataclass(frozen=True)
class Answer:
    """The answer of a worker for an item."""

    kind: Literal["result", "failure", "not here", "unable", "unprepared"]
    """A packed result; how the work ended instead; the file is not there; the work cannot be done on this machine, by
    whatever item; the worker knows nothing of the run (any more)."""
    block: bytes = b""
    failure: WorkerFailure | None = None
    reason: str = ""


@dataclass
class _Prepared:
    """A run that this worker takes part in."""

    work: TravellingWork
    limit: float
    facts: list[str] = field(default_factory=list)
    idle: list[tuple[FencedProcess, int]] = field(default_factory=list)
    """Idle processes, and how many of the broadcast facts each has received."""
    busy: set[FencedProcess] = field(default_factory=set)
    ended: bool = False


_runs: dict[str, _Prepared] = {}
_ended: deque[str] = deque(maxlen=1000)
"""Runs whose end may come before their beginning, which takes seconds."""
_lock = threading.Lock()


class TravellingWork:
    """Work whose items and results are packed; opened where it arrives.

    Parameters
    ----------
    block : bytes
        The work, as `transfer.pack` packed it.
    bundles : dict
        `bundle_digest` of each encoder bundle that it needs -> its folder on this machine.
    """

    def __init__(self, block: bytes, bundles: dict[str, Path]) -> None:
        self._block = block
        self._bundles = bundles
        self._work: Work[Any, Any] | None = None

    def open(self) -> Work[Any, Any]:
        """The work, opened at the first call.

        Returns
        -------
        Work
        """
        if self._work is None:
            self._work = unpack_work(self._block, self._bundles)
        return self._work

    def __call__(self, item: tuple[bytes, bool], /) -> Answer:
        """Work on an item.

        Parameters
        ----------
        item : (bytes, bool)
            The item as it was packed, and whether it is worked on even if its file cannot be read here.

        Returns
        -------
        Answer
        """
        block, anyhow = item
        work = self.open()
        try:
            unpacked = unpack_item(block, anyhow=anyhow)
        except NotHere as told:
            return Answer("not here", reason=str(told))
        return Answer("result", pack(work(unpacked)).block)

    def on_broadcast(self, fact: str, /) -> None:
        """Receive a fact that another process has found.

        Parameters
        ----------
        fact : str
        """
        self.open().on_broadcast(fact)

    def broadcast(self, result: Any, /) -> str | None:
        """Broadcast nothing here: the machine that requested the result does.

        Parameters
        ----------
        result

        Returns
        -------
        None
        """

    def __reduce__(self) -> tuple[Any, ...]:
        return _arrive, (self._block, self._bundles)


def _arrive(block: bytes, bundles: dict[str, Path]) -> TravellingWork:
    work = TravellingWork(block, bundles)
    work.open()  # a failure to open is reported before the first item
    return work


def describe_worker(bundles: Sequence[str]) -> dict[str, Any]:
    """Describe this worker to a run that wants to use it.

    Parameters
    ----------
    bundles : sequence of str
        `bundle_digest` of each encoder bundle that is needed.

    Returns
    -------
    dict
        "musicemb", "bundle format", "protocol", "python", and "lacks": the bundles that are not here.
    """
    from musicemb import __version__
    from musicemb.encoder.runtime.bundle import FORMAT
    from musicemb.encoder.runtime.bundle_transfer import find_received

    return {
        "musicemb": __version__,
        "bundle format": FORMAT,
        "protocol": PROTOCOL,
        "python": platform.python_version(),
        "lacks": [wanted for wanted in bundles if find_received(wanted, _kept()) is None],
    }


def take_bundle(wanted: str, block: bytes) -> None:
    """Keep an encoder bundle that was sent.

    Parameters
    ----------
    wanted : str
        Its `bundle_digest`.
    block : bytes
        As `pack_bundle` made it.

    Raises
    ------
    BundleError
        Where it is damaged, or cannot be written.
    """
    from musicemb.encoder.runtime.bundle_transfer import receive_bundle

    receive_bundle(wanted, bytes(block), _kept())


def prepare(run: str, bundles: Sequence[str], limit: float, block: bytes) -> None:
    """Take part in a run.

    Parameters
    ----------
    run : str
        Its name.
    bundles : sequence of str
        `bundle_digest` of each encoder bundle that the work needs; all are here.
    limit : float
        Seconds that one item may take.
    block : bytes
        The work, packed.

    Raises
    ------
    MusicembError
        Where the work cannot be opened.
    """
    from musicemb.encoder.runtime.bundle_transfer import find_received

    folders = {wanted: place for wanted in bundles if (place := find_received(wanted, _kept())) is not None}
    if missing := set(bundles) - folders.keys():
        raise MusicembError(f"the encoder bundle {missing.pop()} is not on this machine any more")
    prepared = _Prepared(TravellingWork(bytes(block), folders), limit)
    first = FencedProcess(prepared.work)
    prepared.idle.append((first, 0))
    with _lock:
        before = _runs.pop(run, None)
        late = run in _ended
        if not late:
            _runs[run] = prepared
    for other in (before, prepared if late else None):
        if other is not None:
            _end(other)


def work_on(run: str, block: bytes, anyhow: bool, facts: Sequence[str]) -> Answer:
    """Work on an item.

    Parameters
    ----------
    run : str
    block : bytes
        The item, packed.
    anyhow : bool
        Whether even if its file cannot be read here.
    facts : sequence of str
        What others found out since the last item that was sent to this worker.

    Returns
    -------
    Answer
    """
    prepared = _runs.get(run)
    if prepared is None:
        return Answer("unprepared")
    try:
        with _process(prepared, facts) as (process, news):
            outcome = process.do((block, anyhow), news, prepared.limit)
    except MusicembError as error:
        return Answer("unprepared") if prepared.ended else Answer("unable", reason=str(error))
    if prepared.ended:
        return Answer("unprepared")
    return Answer("failure", failure=outcome) if isinstance(outcome, WorkerFailure) else outcome


def end_run(run: str) -> None:
    """Forget a run, and end its processes whatever they are at.

    Parameters
    ----------
    run : str
    """
    with _lock:
        prepared = _runs.pop(run, None)
        _ended.append(run)
    if prepared is not None:
        _end(prepared)


def _end(prepared: _Prepared) -> None:
    with _lock:
        prepared.ended = True
        processes = [*prepared.busy, *(process for process, _ in prepared.idle)]
        prepared.idle.clear()
    for process in processes:
        process.kill()


@contextmanager
def _process(prepared: _Prepared, facts: Sequence[str]) -> Iterator[tuple[FencedProcess, list[str]]]:
    """Context with a process of its own, and the facts that it has not received yet."""
    with _lock:
        prepared.facts += facts
        process, told = prepared.idle.pop() if prepared.idle else (None, 0)
    if process is not None and not process.alive:  # it had nothing to do for long
        process.kill()
        process, told = None, 0
    if process is None:
        process = FencedProcess(prepared.work)
    with _lock:
        known = len(prepared.facts)
        news = prepared.facts[told:known]
        prepared.busy.add(process)
    if prepared.ended:
        process.kill()
    try:
        yield process, news
    finally:
        with _lock:
            prepared.busy.discard(process)
            keep = process.alive and not prepared.ended
            if keep:
                prepared.idle.append((process, known))
        if not keep:
            process.kill()


def _kept() -> Path:
    from musicemb.io.user_folders import user_cache_folder

    return user_cache_folder() / "bundles"
