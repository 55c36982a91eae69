"""A process inside a cluster's worker: results, deaths, hangs, and that none is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import psutil
import pytest
from fenced_work import OddWork, Unopenable
from paths import with_tests_on_path

from musicemb.errors import MusicembError
from musicemb.workflows.parallel.executor import WorkerFailure
from musicemb.workflows.parallel.fenced_process import FencedProcess

pytestmark = [
    pytest.mark.processes,
    pytest.mark.skipif(sys.platform == "win32", reason="no such signals"),
]


@pytest.fixture
def fenced() -> Iterator[FencedProcess]:
    process = FencedProcess(OddWork())
    yield process
    process.kill()


def test_it_answers_item_after_item(fenced: FencedProcess) -> None:
    pid = fenced.do("pid", [], 60)
    for item in ("plain", "sigint", "print"):  # Ctrl-C is for the parent; what is printed is no message
        assert fenced.do(item, [], 60) == item
    assert fenced.do("raise", [], 60) == WorkerFailure("exception", "ValueError: odd")
    assert fenced.do("threads", [], 60) == "1"
    assert fenced.do("heard", ["a", "b"], 60) == ["a", "b"]
    assert fenced.do("pid", [], 60) == pid
    with pytest.raises(MusicembError, match=r"^no space left$"):
        fenced.do("full", [], 60)
    assert fenced.alive
    fenced.kill()
    assert not fenced.alive and not psutil.pid_exists(pid)


@pytest.mark.parametrize(
    ("item", "failure"),
    [
        ("die", WorkerFailure("crashed", "exit status 7")),
        ("kill", WorkerFailure("killed", "exit status -9")),
        ("hang", WorkerFailure("timeout", "took longer than 0.00833 minutes")),
    ],
)
def test_its_end_is_told(fenced: FencedProcess, item: str, failure: WorkerFailure) -> None:
    assert fenced.do(item, [], 0.5 if item == "hang" else 60) == failure
    assert not fenced.alive
    assert isinstance(fenced.do("plain", [], 60), WorkerFailure)


def test_work_that_cannot_be_opened_is_one_line() -> None:
    with pytest.raises(MusicembError, match=r"^the model is broken$"):
        FencedProcess(Unopenable())


def test_without_work_it_ends_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "musicemb.workflows.parallel.fenced_process._COMMAND",
        "from musicemb.workflows.parallel import fenced_process as f; f.IDLE_TIMEOUT = 0.2; f.main()",
    )
    process = FencedProcess(OddWork())
    for _ in range(300):
        if not process.alive:
            break
        time.sleep(0.1)
    assert not process.alive
    process.kill()


PARENT = """
import os
from fenced_work import OddWork
from musicemb.workflows.parallel.fenced_process import FencedProcess
process = FencedProcess(OddWork())
print(process.do("pid", [], 60), flush=True)
process.do("hang", [], 600)
"""


def test_it_ends_with_a_parent_that_is_killed_even_in_the_midst_of_an_item() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT], stdout=subprocess.PIPE, env=with_tests_on_path(), text=True
    ) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        time.sleep(0.3)
        os.kill(parent.pid, signal.SIGKILL)
    for _ in range(100):
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return
        time.sleep(0.1)
    raise AssertionError("it is still there")
