"""A drive that does not answer is given up; what comes of it late is put away."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from musicemb.io import silent_drives
from musicemb.io.silent_drives import NoAnswerError, ask, ask_each, begun_in_time, in_time, progress


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(silent_drives, "WAIT", 0.2)
    monkeypatch.setattr(silent_drives, "WAIT_FOR_EDIT", 0.2)
    monkeypatch.setattr(silent_drives, "_mount_of", lambda path: str(path.parent))
    silent_drives._silent.clear()
    yield
    silent_drives._silent.clear()


def test_what_answers_comes_out_and_so_do_its_errors(tmp_path: Path) -> None:
    assert ask(tmp_path, lambda: 7) == 7
    first = ask(tmp_path, threading.get_ident)
    assert first != threading.get_ident() and ask(tmp_path, threading.get_ident) == first, "one thread for all"
    with pytest.raises(FileNotFoundError):
        ask(tmp_path, (tmp_path / "none").stat)
    assert ask(tmp_path, lambda: ask(tmp_path, lambda: 8)) == 8


def test_a_silent_drive_is_given_up_and_left_alone_for_a_while(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held, here, there = threading.Event(), tmp_path / "a" / "x", tmp_path / "b" / "x"
    began = time.monotonic()
    with pytest.raises(NoAnswerError, match="its drive does not answer"):
        ask(here, held.wait)
    assert 0.15 < time.monotonic() - began < 5
    with pytest.raises(NoAnswerError):
        ask(here.with_name("y"), lambda: pytest.fail("it is not asked again"))
    assert ask(there, lambda: 1) == 1, "others are"
    held.set()
    monkeypatch.setattr(silent_drives, "_LEFT_ALONE", 0.0)
    silent_drives._silent[str(here.parent)] = time.monotonic() - 1
    assert ask(here, lambda: 2) == 2, "and it is again, later"


def test_what_goes_on_is_waited_for(tmp_path: Path) -> None:
    def slow() -> int:
        for _ in range(8):
            time.sleep(0.05)
            progress()
        return 3

    assert ask(tmp_path, slow) == 3


def test_a_context_that_is_entered_too_late_is_left(tmp_path: Path) -> None:
    held, left = threading.Event(), threading.Event()

    @begun_in_time
    @contextmanager
    def opened(path: Path, wait: bool) -> Iterator[Path]:
        if wait:
            held.wait()
        try:
            yield path
        finally:
            left.set()

    with opened(tmp_path / "x", False) as path:
        assert path == tmp_path / "x" and not left.is_set()
    assert left.is_set()
    left.clear()
    with pytest.raises(KeyError), opened(tmp_path / "x", False):
        raise KeyError
    assert left.is_set()
    left.clear()
    with pytest.raises(NoAnswerError), opened(tmp_path / "x", True):
        pytest.fail("it was never entered")
    assert not left.is_set()
    held.set()
    assert left.wait(5), "the thread that came late put everything away"


def test_a_function_of_a_path(tmp_path: Path) -> None:
    @in_time
    def size(path: Path, *, held: threading.Event | None = None) -> int:
        if held:
            held.wait()
        return path.stat().st_size

    (tmp_path / "x").write_bytes(b"abc")
    assert size(tmp_path / "x") == 3
    held = threading.Event()
    with pytest.raises(NoAnswerError):
        size(tmp_path / "x", held=held)
    held.set()


def test_the_drive_of_a_path_is_told_without_asking_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    mounts = tmp_path / "mounts"
    mounts.write_text(
        "/dev/sda / ext4 rw 0 0\nnas:/m /mnt/my\\040music nfs rw 0 0\nnas:/n /mnt/my\\040music/new nfs rw 0 0\n"
    )
    monkeypatch.setattr(silent_drives, "_MOUNTS", mounts)
    told = silent_drives._mount_of
    assert told(Path("/mnt/my music/a/b.mp3")) == "/mnt/my music"
    assert told(Path("/mnt/my music/new/b.mp3")) == "/mnt/my music/new"
    assert told(Path("/mnt/my musicals/b.mp3")) == "/"
    monkeypatch.setattr(silent_drives, "_MOUNTS", tmp_path / "none")
    assert told(Path("/mnt/a/b.mp3")) == "/mnt/a/b.mp3"
    assert told(Path("/Volumes/NAS/a/b.mp3")) == "/Volumes/NAS"


def test_many_are_asked_at_once(tmp_path: Path) -> None:
    paths = [tmp_path / "a" / str(number) for number in range(450)]
    threads = list(ask_each(paths, lambda path: path, lambda path: (path.name, threading.get_ident())))
    assert [name for name, _ in threads] == [path.name for path in paths]
    assert {thread for _, thread in threads} == {ask(tmp_path, threading.get_ident)} != {threading.get_ident()}
    assert list(ask_each([], lambda path: path, pytest.fail)) == []
    with pytest.raises(FileNotFoundError):
        list(ask_each(paths, lambda path: path, Path.stat))


def test_of_many_only_those_on_the_silent_drive_fail(tmp_path: Path) -> None:
    held, asked = threading.Event(), list[str]()
    names = ["good/1", "silent/1", "good/2", "silent/2", "good/3"]

    @in_time
    def look(path: Path) -> str:
        asked.append(path.name)
        if path.parent.name == "silent":
            held.wait()
        return path.name

    def work(path: Path) -> str:
        try:
            return look(path)
        except NoAnswerError:
            return "no answer"

    def all_of(names: list[str]) -> list[str]:
        return list(ask_each([tmp_path / name for name in names], lambda path: path, work))

    began = time.monotonic()
    assert all_of(names) == ["1", "no answer", "2", "no answer", "3"]
    assert time.monotonic() - began < 5 and list(silent_drives._silent) == [str(tmp_path / "silent")]
    assert asked == ["1", "1", "1", "2", "3"], "the silent drive is waited for once"
    assert all_of(["good/4", "silent/3"]) == ["4", "no answer"], "and left alone for a while"
    held.set()
