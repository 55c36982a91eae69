"""Silences what C libraries write to standard error behind Python's back."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator

_lock = threading.Lock()
_depth = 0
_saved = -1


@contextlib.contextmanager
def silence_native_stderr() -> Iterator[None]:
    """Silence file descriptor 2 (mpg123 comments there on every damaged file).

    The descriptor belongs to the whole process: while any thread is inside, nothing that any
    thread writes to it is seen. Threads may be inside together; the last one out restores it.
    """
    global _depth, _saved
    with _lock:
        if _depth == 0:
            _saved = _silence()
        _depth += 1
    try:
        yield
    finally:
        with _lock:
            _depth -= 1
            if _depth == 0 and _saved >= 0:
                os.dup2(_saved, 2)
                os.close(_saved)


def _silence() -> int:
    """Point descriptor 2 to nowhere; returns what it was, or -1 where there is none."""
    try:
        saved = os.dup(2)
        nowhere = os.open(os.devnull, os.O_WRONLY)
    except OSError:
        return -1
    os.dup2(nowhere, 2)
    os.close(nowhere)
    return saved
