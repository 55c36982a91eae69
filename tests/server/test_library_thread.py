"""Work that one thread does."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from served import fill_served

from musicemb.errors import CatalogueError
from musicemb.library import Library
from musicemb.server.library_thread import LibraryThread


def test_one_thread_does_all_of_it(music: Path) -> None:
    thread = LibraryThread(lambda: Library.open(music, read_only=True), "thread")
    with ThreadPoolExecutor(8) as pool:
        names = list(pool.map(lambda _: thread.call(lambda library: threading.current_thread().name), range(16)))
    assert len(set(names)) == 1
    assert thread.call(lambda library: library.status().tracks) == 60
    thread.close()


def test_a_failure_is_told_and_work_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "library.sqlite"
    thread = LibraryThread(lambda: Library.open(path, read_only=True), "thread")
    with pytest.raises(CatalogueError, match="nothing scanned yet"):
        thread.call(lambda library: library.status())
    fill_served(path, tmp_path / "m", 6)
    assert thread.call(lambda library: library.status().tracks) == 6
    with pytest.raises(ZeroDivisionError):
        thread.call(lambda library: 1 // 0)
    path.unlink()
    fill_served(path, tmp_path / "m", 12)
    assert thread.call(lambda library: library.status().tracks) == 12
    thread.close()
