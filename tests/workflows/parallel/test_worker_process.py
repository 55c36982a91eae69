"""A worker's loop and surroundings, without a process: what a parent would send lies ready."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from musicemb.errors import SettingsError
from musicemb.workflows.parallel import worker_process
from musicemb.workflows.parallel.executor import WorkerFailure
from musicemb.workflows.parallel.worker_process import serve, spawn_environment


@dataclass
class Pipe:
    """Gives what a parent sent, then hangs up."""

    sent: list[Any]
    answers: list[tuple[str, Any]] = field(default_factory=list)

    def recv(self) -> Any:
        if not self.sent:
            raise EOFError
        found = self.sent.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    def send(self, answer: tuple[str, Any]) -> None:
        self.answers.append(answer)


class Doubling:
    """Doubles numbers; what it is told is added first."""

    def __init__(self) -> None:
        self.more = 0

    def __call__(self, item: int) -> int:
        if item < 0:
            raise SettingsError("no number below 0")
        return 2 * (item + self.more)

    def on_broadcast(self, fact: int) -> None:
        self.more += fact


@pytest.fixture(autouse=True)
def own_signals(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The loop runs in the test's own process: its ears and its stderr stay as they were."""
    before = signal.getsignal(signal.SIGINT)
    monkeypatch.setattr(worker_process, "_silence_stderr", lambda: None)
    yield
    signal.signal(signal.SIGINT, before)


def test_work_is_done_item_by_item_until_the_parent_hangs_up() -> None:
    pipe = Pipe([Doubling(), (1, []), (2, [10]), (3, [])])
    serve(pipe)  # type: ignore[arg-type]
    assert pipe.answers == [("hello", None), ("ready", None), ("done", 2), ("done", 24), ("done", 26)]
    assert signal.getsignal(signal.SIGINT) == signal.SIG_IGN


def test_what_concerns_all_items_is_told_as_a_stop() -> None:
    pipe = Pipe([Doubling(), (-1, [])])
    serve(pipe)  # type: ignore[arg-type]
    assert pipe.answers[-1] == ("stop", "no number below 0")


def test_an_exception_costs_its_item_only() -> None:
    pipe = Pipe([Doubling(), ("text", []), (1, [])])
    serve(pipe)  # type: ignore[arg-type]
    (_, first), second = pipe.answers[2:]
    assert isinstance(first, WorkerFailure)
    assert second == ("done", 2)


@pytest.mark.parametrize(
    ("error", "text"),
    [(SettingsError("the bundle is gone"), "the bundle is gone"), (ValueError("a\n  b"), "ValueError: a b")],
)
def test_work_that_cannot_be_opened_is_one_line(error: Exception, text: str) -> None:
    pipe = Pipe([error])
    serve(pipe)  # type: ignore[arg-type]
    assert pipe.answers == [("hello", None), ("start failed", text)]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signal masks")
def test_children_start_with_one_thread_and_deaf_to_ctrl_c(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("multiprocessing.resource_tracker.ensure_running", lambda: None)
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    monkeypatch.delenv("NUMBA_NUM_THREADS", raising=False)
    with spawn_environment():
        assert os.environ["OMP_NUM_THREADS"] == os.environ["NUMBA_NUM_THREADS"] == "1"
        assert signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, [])
    assert os.environ["OMP_NUM_THREADS"] == "7"
    assert "NUMBA_NUM_THREADS" not in os.environ
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, [])


def test_a_worker_keeps_freed_memory_unless_somebody_said_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MALLOC_TRIM_THRESHOLD_", "1000")
    monkeypatch.delenv("MALLOC_TOP_PAD_", raising=False)
    with spawn_environment():
        assert os.environ["MALLOC_TRIM_THRESHOLD_"] == "1000"
        assert int(os.environ["MALLOC_TOP_PAD_"]) == 2**24
    assert os.environ["MALLOC_TRIM_THRESHOLD_"] == "1000"
    assert "MALLOC_TOP_PAD_" not in os.environ
