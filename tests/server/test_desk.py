"""Work that one thread does."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from served import fill_served

from musicemb.errors import CatalogueError
from musicemb.library import Library
from musicemb.server.desk import Desk


def test_one_thread_does_all_of_it(music: Path) -> None:
    desk = Desk(lambda: Library.open(music, read_only=True), "desk")
    with ThreadPoolExecutor(8) as pool:
        names = list(pool.map(lambda _: desk.ask(lambda library: threading.current_thread().name), range(16)))
    assert len(set(names)) == 1
    assert desk.ask(lambda library: library.status().tracks) == 60
    desk.close()


def test_a_failure_is_told_and_work_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "library.sqlite"
    desk = Desk(lambda: Library.open(path, read_only=True), "desk")
    with pytest.raises(CatalogueError, match="nothing scanned yet"):
        desk.ask(lambda library: library.status())
    fill_served(path, tmp_path / "m", 6)
    assert desk.ask(lambda library: library.status().tracks) == 6
    with pytest.raises(ZeroDivisionError):
        desk.ask(lambda library: 1 // 0)
    path.unlink()
    fill_served(path, tmp_path / "m", 12)
    assert desk.ask(lambda library: library.status().tracks) == 12
    desk.close()
