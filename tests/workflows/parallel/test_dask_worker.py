"""One worker in a run: of another version, lost, without the files."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest
from fake_cluster import FakeCluster, FakeWorker, plain, run_on, texts

from musicemb.workflows.parallel.executor import WorkerFailure
from musicemb.workflows.parallel.transfer import PathMap


@pytest.mark.parametrize("end", ["gone", "silent", "reborn"])
def test_the_items_of_a_lost_worker_go_to_others(
    end: Literal["gone", "silent", "reborn"], monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("dask_run", "run_events"):  # where nothing is heard, it is looked up
        monkeypatch.setattr(f"musicemb.workflows.parallel.{module}.LOOK", 0.1)
    lost = FakeWorker("lost", dies_at=4, end=end, delay=0.001)
    cluster = FakeCluster(lost, FakeWorker("b", delay=0.001))
    results, told = run_on(cluster, plain(30))
    assert results == {item: item for item in plain(30)}
    assert told == []
    assert len(lost.begun) >= 4


def test_an_item_that_takes_worker_after_worker_with_it_is_given_up() -> None:
    cluster = FakeCluster(*(FakeWorker(f"w{number}", dies_at=1) for number in range(5)))
    results, _ = run_on(cluster, ["plain 1"])
    failure = results["plain 1"]
    assert (failure, failure.transient) == (WorkerFailure("killed"), True)


def test_a_worker_of_another_version_is_named_and_the_others_go_on() -> None:
    cluster = FakeCluster(FakeWorker("old", version="0.0.9"), FakeWorker("bare", version="none"), FakeWorker("good"))
    results, told = run_on(cluster, plain(12))
    assert results == {item: item for item in plain(12)}
    assert sorted(told) == [
        "worker bare is not used: musicemb is not installed there",
        "worker old is not used: it has musicemb 0.0.9, and this is 0.1.0; install the same on both",
    ]
    assert [len(worker.begun) for worker in cluster.there.values()] == [0, 0, 12]


def test_a_worker_that_cannot_do_the_work_at_all_is_passed_over() -> None:
    cluster = FakeCluster(FakeWorker("full", unable="no space left"), FakeWorker("good"))
    results, told = run_on(cluster, plain(9))
    assert results == {item: item for item in plain(9)}
    assert told == ["worker full is not used: no space left"]


def test_a_worker_without_the_files_is_noticed_and_they_go_to_others(tmp_path: Path) -> None:
    files = texts(tmp_path / "music", 12)
    blind = FakeWorker("blind", blind=True, threads=4)
    cluster = FakeCluster(blind, FakeWorker("good", delay=0.01))
    results, told = run_on(cluster, files)
    assert results == {path: (path, path.read_text()) for path in files}
    assert len(blind.begun) <= 5
    (line,) = told
    assert line.startswith("worker blind does not see the files (") and line.endswith("); others get them")


def test_files_are_read_where_the_workers_have_them(tmp_path: Path) -> None:
    files = texts(tmp_path / "music", 3)
    (tmp_path / "music").rename(tmp_path / "mounted")
    mapped = PathMap.parse((f"{tmp_path / 'music'}={tmp_path / 'mounted'}",))
    results, _ = run_on(FakeCluster(FakeWorker("a")), files, path_map=mapped)
    assert results == {path: (path, f"sound {number}") for number, path in enumerate(files)}


def test_what_others_found_out_comes_with_the_next_items() -> None:
    cluster = FakeCluster(FakeWorker("a", delay=0.01), FakeWorker("b", delay=0.01))
    results, _ = run_on(cluster, ["news rain", "news sun", *plain(12), "heard", "heard 2"])
    assert results["heard"] == results["heard 2"] == {"rain", "sun"}
    assert [sorted(worker.told) for worker in cluster.there.values()] == [["rain", "sun"]] * 2
