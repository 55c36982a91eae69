"""Passes outcomes and notes from a run's thread to the thread that iterates its results."""

from __future__ import annotations

import asyncio
import contextlib
import queue
from typing import Any

_MOST_UNREAD = 256
"""Outcomes that may wait to be fetched before no more work is handed out."""

LOOK = 1.0
"""Seconds after which a waiting thread checks again without being woken."""


class RunEvents:
    """Outcomes and notes on their way to another thread; and, inside the run's own, word that something has changed."""

    def __init__(self) -> None:
        self._events: queue.SimpleQueue[tuple[Any, ...]] = queue.SimpleQueue()
        # Each counted by one thread alone, so that no count is lost.
        self._put = 0
        self._fetched = 0
        self._news = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._noted: set[str] = set()

    @property
    def is_full(self) -> bool:
        """Whether so many outcomes wait to be fetched that no more should be made."""
        return self._put - self._fetched >= _MOST_UNREAD

    def emit(self, item: Any, outcome: Any) -> None:
        """Give the outcome of an item.

        Parameters
        ----------
        item
        outcome
        """
        self._put += 1
        self._events.put(("outcome", item, outcome))

    def note(self, text: str) -> None:
        """Give a line for people.

        Parameters
        ----------
        text : str
        """
        self._events.put(("note", text))

    def note_once(self, text: str) -> None:
        """Give a line for people, unless they had it before.

        Parameters
        ----------
        text : str
        """
        if text not in self._noted:
            self._noted.add(text)
            self.note(text)

    def end(self, error: BaseException | None = None) -> None:
        """Say that nothing more will come.

        Parameters
        ----------
        error : BaseException, optional
            What ended the run.
        """
        self._events.put(("end",) if error is None else ("error", error))

    def fetch(self) -> tuple[Any, ...]:
        """Wait for what comes next; for the thread that iterates.

        Returns
        -------
        tuple
            ("outcome", item, outcome), ("note", text), ("error", exception) or ("end",).
        """
        while True:
            with contextlib.suppress(queue.Empty):  # looks up now and then, so that Windows lets Ctrl-C through
                event = self._events.get(timeout=LOOK)
                if event[0] == "outcome":
                    self._fetched += 1
                    if self._put - self._fetched == _MOST_UNREAD // 2:
                        self._wake_from_outside()
                return event

    def _wake_from_outside(self) -> None:
        # Half of what filled it was fetched: without this the run would look up only after `LOOK` seconds.
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: the run has ended
                self._loop.call_soon_threadsafe(self.wake)

    def wake(self) -> None:
        """Wake all tasks that wait inside the run."""
        self._news.set()
        self._news = asyncio.Event()

    async def wait(self) -> None:
        """Wait until something has changed, or for `LOOK` seconds."""
        self._loop = asyncio.get_running_loop()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LOOK):  # wait_for of Python 3.11 may swallow that we are to stop
                await self._news.wait()
