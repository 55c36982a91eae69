"""Calls the file system in a helper thread, so that a drive that does not answer does not block the program.

A system call to such a drive waits without end, and no signal wakes it. The thread that made it is left behind with
it; what lies on the same drive is then not asked for a while.
"""

from __future__ import annotations

import contextlib
import errno
import functools
import os
import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")
Arguments = ParamSpec("Arguments")

WAIT = 60.0
"""Seconds without any progress after which a drive is taken not to answer: one that starts up takes 10 to 20."""
WAIT_FOR_EDIT = 900.0
"""Seconds in which a file must be copied, edited and verified: gigabytes over a slow network take minutes."""
_LEFT_ALONE = 300.0
"""Seconds for which a drive that did not answer is not accessed again."""
_TOGETHER = 200
"""Paths asked for in one go: to pass a single one to the helper and back takes longer than a file that is near."""
_MOUNTS = Path("/proc/self/mounts")

_silent: dict[str, float] = {}
"""Where a drive that did not answer is mounted, to the time until which it is left alone."""


class NoAnswerError(OSError):
    """A drive does not answer."""

    def __init__(self, path: Path) -> None:
        super().__init__(errno.ETIMEDOUT, "its drive does not answer", str(path))


class _Task:
    """A task for the helper thread, and its result."""

    def __init__(self, path: Path, work: Callable[[], Any], late: Callable[[Any], None] | None) -> None:
        self.path = path
        self.work = work
        self.late = late
        self.done = threading.Event()
        self.lock = threading.Lock()
        self.given_up = False
        self.value: Any = None
        self.error: BaseException | None = None
        self.last = time.monotonic()


class _HelperThread(threading.Thread):
    """Does one task after the other."""

    def __init__(self) -> None:
        super().__init__(name="musicemb-drive", daemon=True)
        self.tasks: queue.SimpleQueue[_Task] = queue.SimpleQueue()
        self.current: _Task | None = None
        self.start()

    def run(self) -> None:
        """Work until nobody wants it any more."""
        while True:
            self.current = task = self.tasks.get()
            try:
                task.value = task.work()
            except BaseException as error:
                task.error = error
            with task.lock:
                late = task.given_up
                task.done.set()
            if late:
                if task.late is not None and task.error is None:
                    with contextlib.suppress(Exception):
                        task.late(task.value)
                return


_helper: _HelperThread | None = None
_lock = threading.Lock()


def ask(
    path: Path, work: Callable[[], Result], wait: float | None = None, late: Callable[[Result], None] | None = None
) -> Result:
    """Do something that asks a drive; give up where it does not answer.

    Parameters
    ----------
    path : Path
        What it is about.
    work : callable
        Done in another thread; calls `progress` where it takes many steps.
    wait : float, optional
        Seconds without progress; None: `WAIT`.
    late : callable, optional
        Takes what `work` gives, should it come to an end after nobody waits for it any more.

    Returns
    -------
    object
        What `work` gives; what it raises comes out too.

    Raises
    ------
    NoAnswerError
        The drive did not answer, now or a short while ago.
    """
    global _helper
    if isinstance(threading.current_thread(), _HelperThread):
        return work()
    place = _mount_of(path) if _silent else ""
    if _silent.get(place, 0.0) > time.monotonic():
        raise NoAnswerError(path)
    task, wait = _Task(path, work, late), WAIT if wait is None else wait
    with _lock:
        helper, _helper = _helper if _helper is not None and _helper.is_alive() else _HelperThread(), None
    helper.tasks.put(task)
    while not task.done.wait(max(0.01, task.last + wait - time.monotonic())):
        if time.monotonic() < task.last + wait:
            continue
        with task.lock:
            if task.done.is_set():
                break
            task.given_up = True
        _silent[_mount_of(task.path)] = time.monotonic() + _LEFT_ALONE
        raise NoAnswerError(task.path)
    with _lock:
        if _helper is None:
            _helper = helper
    if task.error is not None:
        raise task.error
    value: Result = task.value
    return value


def ask_each(
    items: Sequence[Item], path_of: Callable[[Item], Path], work: Callable[[Item], Result]
) -> Iterator[Result]:
    """Do something that asks drives for each of many items; most of them at once, which takes a fraction of the time.

    Parameters
    ----------
    items : sequence
    path_of : callable
        The path that an item is about.
    work : callable
        Takes an item, and may do so twice: where a drive does not answer, it is done for each by itself, and has to ask
        (`ask`, `in_time`) and to meet the silence by itself.

    Yields
    ------
    object
        What `work` gives, in the order of the items.
    """

    def together(some: Sequence[Item]) -> list[Result]:
        done = []
        for item in some:
            progress(path_of(item))
            done.append(work(item))
        return done

    for start in range(0, len(items), _TOGETHER):
        some = items[start : start + _TOGETHER]
        try:
            # While a drive is left alone nobody knows which of these lie on it.
            found = None if _silent else ask(path_of(some[0]), functools.partial(together, some))
        except NoAnswerError:
            found = None
        yield from found if found is not None else map(work, some)


def progress(path: Path | None = None) -> None:
    """Tell that a step is done: the drive answers, whatever there is to do yet.

    Parameters
    ----------
    path : Path, optional
        What the next step is about, where that is another one.
    """
    thread = threading.current_thread()
    if isinstance(thread, _HelperThread) and thread.current is not None:
        thread.current.last = time.monotonic()
        thread.current.path = path or thread.current.path


def in_time(work: Callable[Concatenate[Path, Arguments], Result]) -> Callable[Concatenate[Path, Arguments], Result]:
    """A function of a path that gives up where the path's drive does not answer.

    Parameters
    ----------
    work : callable

    Returns
    -------
    callable
        Raises `NoAnswerError` besides.
    """

    @functools.wraps(work)
    def asked(path: Path, /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        return ask(path, lambda: work(path, *args, **kwargs))

    return asked


def begun_in_time(
    work: Callable[Concatenate[Path, Arguments], AbstractContextManager[Result]],
) -> Callable[Concatenate[Path, Arguments], AbstractContextManager[Result]]:
    """A context of a path that is not entered where the path's drive does not answer; entered too late, it is left.

    Parameters
    ----------
    work : callable

    Returns
    -------
    callable
        Its contexts raise `NoAnswerError` besides.
    """

    @functools.wraps(work)
    @contextmanager
    def asked(path: Path, /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> Iterator[Result]:
        context = work(path, *args, **kwargs)
        value = ask(path, context.__enter__, WAIT_FOR_EDIT, lambda _: _leave(context))
        try:
            yield value
        except BaseException as error:
            if not context.__exit__(type(error), error, error.__traceback__):
                raise
        else:
            context.__exit__(None, None, None)

    return asked


def _leave(context: AbstractContextManager[Any]) -> None:
    context.__exit__(None, None, None)


def _mount_of(path: Path) -> str:
    """Where the drive of a path is mounted, as far as that can be told without asking it; else the path itself."""
    text = os.path.abspath(path)  # noqa: PTH100 - resolve() would ask the drive
    try:
        lines = _MOUNTS.read_text(errors="surrogateescape").splitlines()
    except OSError:
        parts = Path(text).parts
        if os.name == "nt":
            return parts[0]
        return str(Path(*parts[:3])) if parts[1:2] == ("Volumes",) else text
    points = (line.split(" ")[1].replace("\\040", " ") for line in lines if line.count(" ") > 2)
    holding = [point for point in points if text == point or text.startswith(point.rstrip("/") + "/")]
    return max(holding, key=len, default=text)


def _forget() -> None:
    """In a child of `fork` there is no helper, and a lock may be held by nobody."""
    global _helper, _lock
    _helper, _lock = None, threading.Lock()
    _silent.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
