"""Prefetches batches in a separate thread, also across the ends of epochs."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

Item = TypeVar("Item")

_LOOK = 0.2
"""Seconds between two looks at whether anybody still wants batches."""


class Prefetched(Generic[Item]):
    """Takes the items of one epoch after the other from iterators that run in a thread.

    The next epoch's first items are made while the last one is probed and stored, so that no epoch
    begins with waiting.

    Parameters
    ----------
    items : callable
        Epoch number -> that epoch's items.
    epochs : range
        Those wanted, in order.
    ahead : int
        Items made ahead at most.
    """

    def __init__(self, items: Callable[[int], Iterator[Item]], epochs: range, ahead: int = 6) -> None:
        self._queue: queue.Queue[Item | BaseException | None] = queue.Queue(ahead)
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._fill, args=(items, epochs), daemon=True)
        self._thread.start()

    def take(self) -> Item | None:
        """The next item.

        Returns
        -------
        Item or None
            None once at the end of each epoch.
        """
        found = self._queue.get()
        if isinstance(found, BaseException):
            raise found
        return found

    def close(self) -> None:
        """Stop making items and let go of those that are made."""
        self._closed.set()
        self._thread.join()

    def _fill(self, items: Callable[[int], Iterator[Item]], epochs: range) -> None:
        try:
            for epoch in epochs:
                source = items(epoch)
                for item in source:
                    if not self._put(item):
                        close = getattr(source, "close", None)
                        if close is not None:
                            close()
                        return
                if not self._put(None):
                    return
        except BaseException as problem:  # handed to the consumer, which raises it
            self._put(problem)

    def _put(self, item: Item | BaseException | None) -> bool:
        while not self._closed.is_set():
            try:
                self._queue.put(item, timeout=_LOOK)
                return True
            except queue.Full:
                continue
        return False
