"""One thread for work that needs a catalogue or an encoder, or takes longer than a query; it does one job at a time."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from musicemb.errors import MusicembError

if TYPE_CHECKING:
    from musicemb.library import Library

Result = TypeVar("Result")


class LibraryThread:
    """A library that is open in a thread of its own.

    Parameters
    ----------
    open_library : callable
        Opens the library for reading.
    name : str
        Of the thread.
    """

    def __init__(self, open_library: Callable[[], Library], name: str) -> None:
        self._open = open_library
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)
        self._library: Library | None = None
        self._place: tuple[int, ...] = ()

    def call(self, what: Callable[[Library], Result]) -> Result:
        """Run a function in the thread, and wait for its result.

        Parameters
        ----------
        what : callable
            Is given the library.

        Returns
        -------
        object
            What it gives.

        Raises
        ------
        MusicembError
            Where the library cannot be opened, or what `what` raises.
        """
        return self._thread.submit(self._do, what).result()

    def close(self) -> None:
        """Accept no more work, and close the library."""
        self._thread.submit(self._let_go)
        self._thread.shutdown(wait=True, cancel_futures=False)

    def _do(self, what: Callable[[Library], Result]) -> Result:
        if self._library is not None:
            try:
                moved = self._library.revision()[:2] != self._place
            except MusicembError:
                moved = True
            if moved:
                self._let_go()
        if self._library is None:
            self._library = self._open()
            self._place = self._library.revision()[:2]
        return what(self._library)

    def _let_go(self) -> None:
        if self._library is not None:
            self._library.close()
        self._library = None
