"""Worker processes: results, deaths, hangs, and what they may load."""

from __future__ import annotations

import multiprocessing
import os
import sys
import time
from pathlib import Path

import pytest
from pooled_work import DiesAtStart, Task, Unopenable

from musicemb.errors import MusicembError, SettingsError
from musicemb.workflows.parallel.executor import WorkerFailure
from musicemb.workflows.parallel.process_pool import (
    ProcessPool,
    _Run,
    _Worker,
    count_workers,
    fit_workers,
    make_executor,
)

posix = pytest.mark.skipif(sys.platform == "win32", reason="no such signals")


def run(items: list[str], folder: Path, count: int, timeout: float = 60.0) -> dict[str, object]:
    results = list(make_executor(count, timeout=timeout).run(Task(folder), items))
    assert sorted(item for item, _ in results) == sorted(items)
    return dict(results)


@pytest.mark.processes
@pytest.mark.parametrize("count", [0, 1, 2])
def test_every_item_gives_its_result(tmp_path: Path, count: int) -> None:
    items = [f"plain {n}" for n in range(20)]
    assert run(items, tmp_path, count) == {item: item for item in items}


@pytest.mark.processes
@posix
def test_a_death_costs_one_item_and_is_tried_twice(tmp_path: Path) -> None:
    items = ["plain 1", "die a", "plain 2", "die-once b", "killed c", "plain 3"]
    results = run(items, tmp_path, 2)
    assert results.pop("die a") == WorkerFailure("crashed", "exit status 7")
    assert results.pop("killed c") == WorkerFailure("killed", "exit status -9")
    assert results.pop("die-once b") == "second try"
    assert results == {item: item for item in items if item.startswith("plain")}
    assert {item: len((tmp_path / item).read_text()) for item in ("die a", "plain 1", "plain 3")} == {
        "die a": 2,
        "plain 1": 1,
        "plain 3": 1,
    }


@pytest.mark.processes
def test_a_hang_costs_one_item(tmp_path: Path) -> None:
    began = time.monotonic()
    results = run(["hang a", "plain 1", "plain 2"], tmp_path, 2, timeout=1.0)
    assert time.monotonic() - began < 30
    assert results["plain 2"] == "plain 2"
    failure = results["hang a"]
    assert isinstance(failure, WorkerFailure)
    assert failure.cause == "timeout"
    assert (tmp_path / "hang a").read_text() == "x"  # not tried twice: it would hang again


@pytest.mark.processes
@posix
def test_processes_ignore_sigint_are_silent_and_single_threaded(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    before = dict(os.environ)
    results = run(["sigint", "threads", "noise", "raise it"], tmp_path, 1)
    assert dict(os.environ) == before
    assert results["sigint"] == "alive"
    assert results["threads"] == "1"
    assert results["raise it"] == WorkerFailure("exception", "ValueError: two\nlines")
    assert capfd.readouterr().err == ""


@pytest.mark.processes
@pytest.mark.parametrize("count", [0, 1])
def test_a_broadcast_reaches_the_next_item(tmp_path: Path, count: int) -> None:
    results = run(["heard 1", "news rain", "heard 2", "news sun", "heard 3"], tmp_path, count)
    assert [results[f"heard {n}"] for n in (1, 2, 3)] == [frozenset(), {"rain"}, {"rain", "sun"}]


@pytest.mark.processes
@posix
def test_closing_early_leaves_no_process(tmp_path: Path) -> None:
    results = ProcessPool(2, timeout=60).run(Task(tmp_path), ["pid 1", "hang 1", "hang 2"])
    pid = next(results)[1]
    assert isinstance(pid, int)
    os.kill(pid, 0)
    began = time.monotonic()
    results.close()  # type: ignore[attr-defined]
    assert time.monotonic() - began < 5
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


@pytest.mark.processes
def test_a_pool_may_be_used_again(tmp_path: Path) -> None:
    pool = ProcessPool(1, timeout=60)
    for items in (["plain 1"], ["plain 2", "plain 3"]):
        assert dict(pool.run(Task(tmp_path), items)) == {item: item for item in items}


@pytest.mark.processes
def test_work_that_cannot_be_opened_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(MusicembError) as caught:
        list(ProcessPool(2, timeout=60).run(Unopenable(tmp_path), ["plain 1", "plain 2"]))
    assert "the model is broken" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.processes
@posix
@pytest.mark.parametrize("count", [1, 2])
def test_a_process_that_dies_at_the_start_is_replaced(tmp_path: Path, count: int) -> None:
    work = DiesAtStart(tmp_path, deaths=2)
    items = [f"plain {n}" for n in range(6)]
    assert dict(ProcessPool(count, timeout=60).run(work, items)) == {item: item for item in items}
    assert len((tmp_path / "starts").read_text()) >= 3


@pytest.mark.processes
@posix
def test_the_reason_is_given_when_all_processes_die_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(MusicembError, match=r"no worker process could start \(exit status -9\)"):
        list(ProcessPool(2, timeout=60).run(DiesAtStart(tmp_path, deaths=1000), ["plain 1", "plain 2"]))
    assert 3 <= len((tmp_path / "starts").read_text()) <= 4


@pytest.mark.processes
@pytest.mark.parametrize("count", [0, 1])
def test_an_error_about_more_than_one_file_ends_the_run(tmp_path: Path, count: int) -> None:
    with pytest.raises(MusicembError, match=r"^no space left$"):
        list(make_executor(count).run(Task(tmp_path), ["plain 1", "full", "plain 2"]))


@pytest.mark.processes
@pytest.mark.parametrize("count", [0, 1])
def test_an_error_about_a_file_costs_this_file(tmp_path: Path, count: int) -> None:
    results = run(["wrong", "plain 1"], tmp_path, count)
    assert results == {"wrong": WorkerFailure("exception", "is odd"), "plain 1": "plain 1"}


def test_a_negative_number_of_workers_is_refused() -> None:
    with pytest.raises(SettingsError, match="-1"):
        make_executor(-1)


@pytest.mark.parametrize(("cpus", "megabytes", "workers"), [(8, 64_000, 8), (8, 1300, 3), (8, 100, 1), (1, 64_000, 1)])
def test_as_many_workers_as_cpus_and_memory_allow(
    monkeypatch: pytest.MonkeyPatch, cpus: int, megabytes: int, workers: int
) -> None:
    monkeypatch.setattr("musicemb.workflows.parallel.process_pool.count_cpus", lambda: cpus)
    monkeypatch.setattr("musicemb.workflows.parallel.process_pool.available_memory", lambda: megabytes * 1_000_000)
    assert count_workers() == workers


@pytest.mark.parametrize(
    ("asked", "megabytes", "workers"), [(1000, 4100, 10), (1000, 100, 8), (6, 100, 6), (20, 64_000, 20)]
)
def test_of_too_many_workers_those_that_fit_are_started(
    monkeypatch: pytest.MonkeyPatch, asked: int, megabytes: int, workers: int
) -> None:
    monkeypatch.setattr("musicemb.workflows.parallel.process_pool.count_cpus", lambda: 8)
    monkeypatch.setattr("musicemb.workflows.parallel.process_pool.available_memory", lambda: megabytes * 1_000_000)
    assert fit_workers(asked) == workers
    assert ProcessPool(asked)._count == workers


class Stuck:
    """A process that a drive which does not answer holds: it cannot be ended."""

    exitcode = None

    def __init__(self) -> None:
        self.waits: list[float | None] = []

    def join(self, timeout: float | None = None) -> None:
        self.waits.append(timeout)

    def is_alive(self) -> bool:
        return True

    def kill(self) -> None:
        pass

    def close(self) -> None:
        raise ValueError("Cannot close a process while it is still running.")


def test_a_process_that_cannot_be_ended_is_given_up() -> None:
    ours, theirs = multiprocessing.Pipe()
    stuck = Stuck()
    pool = _Run(Task(Path()), 1.0)
    worker = _Worker(stuck, ours, 0.0, ready=True, item="plain")
    pool._pool.append(worker)
    assert pool._reap(worker).cause == "crashed"
    pool._pool.append(_Worker(stuck, theirs, 0.0))
    pool.stop()
    assert pool._pool == []
    assert len(stuck.waits) == 3
    assert None not in stuck.waits
