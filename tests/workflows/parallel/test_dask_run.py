"""A run as a whole: no worker, no scheduler, files that nobody can read."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
import sounds
from fake_cluster import ADDRESS, FakeCluster, FakeWorker, SpokenWork, plain, run_on, texts
from fake_encoder import FakeEncoder

from musicemb.errors import MusicembError
from musicemb.records import FoundFile, Problem
from musicemb.workflows.embedding.embed import embed_files
from musicemb.workflows.parallel import dask_run, run_events
from musicemb.workflows.parallel.dask_pool import DaskPool
from musicemb.workflows.parallel.transfer import PathMap


@pytest.fixture(autouse=True)
def looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who waits looks up twenty times as often, so that these tests wait a twentieth."""
    for module in (dask_run, run_events):
        monkeypatch.setattr(module, "LOOK", 0.05)


def test_a_scheduler_that_is_lost_and_comes_back_costs_no_item() -> None:
    cluster = FakeCluster(FakeWorker("a", delay=0.001), FakeWorker("b", delay=0.001))
    cluster.dies_after, cluster.away = 10, 1
    results, told = run_on(cluster, plain(30))
    assert results == {item: item for item in plain(30)}
    assert told == [
        f"the scheduler at {ADDRESS} is gone (connection closed); waiting for it",
        f"the scheduler at {ADDRESS} is back",
    ]
    assert (cluster.connections, cluster.closed) == (3, 2)
    # What had been given was not done again: at most what was in flight.
    assert cluster.items <= 30 + 4


def test_a_scheduler_that_stays_away_ends_the_run_after_a_while() -> None:
    cluster = FakeCluster(FakeWorker("a"))
    cluster.dies_after, cluster.away = 3, 10**6
    pool = DaskPool(ADDRESS, connector=cluster.connect, patience=0.2)
    results = []
    with pytest.raises(MusicembError, match=r"did not reconnect within .* minutes; finished work is kept"):
        results += pool.run(SpokenWork(), plain(9))
    cluster = FakeCluster(FakeWorker("a"))
    cluster.connections, cluster.away = 1, 1
    with pytest.raises(MusicembError, match=f"no Dask scheduler answers at {ADDRESS} .connection refused.; is it"):
        list(DaskPool(ADDRESS, connector=cluster.connect).run(SpokenWork(), plain(9)))


def test_where_no_worker_can_be_used_the_reasons_are_told() -> None:
    cluster = FakeCluster(FakeWorker("old", version="0.0.9"))
    pool = DaskPool(ADDRESS, connector=cluster.connect, patience=0.1)
    with pytest.raises(MusicembError, match=r"no worker of .* can be used; old: it has musicemb 0\.0\.9"):
        list(pool.run(SpokenWork(), plain(3)))


def test_what_no_worker_can_do_ends_the_run() -> None:
    cluster = FakeCluster(FakeWorker("a"))
    pool = DaskPool(ADDRESS, connector=cluster.connect, patience=0.1)
    with pytest.raises(MusicembError, match=r"no worker of .* can be used; a: no space left"):
        list(pool.run(SpokenWork(), ["full"]))


def test_no_worker_for_a_while_is_waited_for() -> None:
    cluster = FakeCluster()

    def join() -> None:
        time.sleep(0.3)
        cluster.there["tcp://late:1"] = FakeWorker("late")

    threading.Thread(target=join).start()
    results, told = run_on(cluster, plain(3))
    assert len(results) == 3
    assert told == [f"waiting for a worker of {ADDRESS} (there is none), for 10 minutes at most"]
    with pytest.raises(MusicembError, match=r"was free within .* minutes; finished work is kept"):
        list(DaskPool(ADDRESS, connector=FakeCluster().connect, patience=0.1).run(SpokenWork(), plain(3)))


def test_a_file_that_no_worker_reads_is_that_files_problem(tmp_path: Path) -> None:
    files = texts(tmp_path / "music", 6)
    away = tmp_path / "away"
    (tmp_path / "music").rename(away)
    (away / "3.txt").unlink()
    texts(tmp_path / "music", 6)  # here all are there
    mapped = PathMap.parse((f"{tmp_path / 'music'}={away}",))
    results, told = run_on(FakeCluster(FakeWorker("a"), FakeWorker("b")), files, path_map=mapped)
    failure = results.pop(files[3])
    assert failure.reason == "cannot be read on any of the 2 workers (no such file or directory)"
    assert (failure.cause, failure.transient) == ("not there", True)
    assert results == {path: (path, path.read_text()) for path in files if path != files[3]}
    assert told == []


def test_a_file_that_was_changed_meanwhile_is_for_the_work_to_tell(tmp_path: Path) -> None:
    path = sounds.write_music(tmp_path / "a.wav", 2.0)
    found = FoundFile.from_status(path, path.stat())
    path.write_bytes(b"another")
    pool = DaskPool(ADDRESS, connector=FakeCluster(FakeWorker("a")).connect)
    (outcome,) = embed_files([found], FakeEncoder(), executor=pool)
    assert isinstance(outcome, Problem)
    (here,) = embed_files([found], FakeEncoder(), workers=0)
    assert outcome == here


def test_a_file_that_is_gone_here_too_is_for_the_work_to_tell(tmp_path: Path) -> None:
    files = texts(tmp_path / "music", 3)
    files[1].unlink()
    results, _ = run_on(FakeCluster(FakeWorker("a")), files)
    assert results[files[1]].text.startswith("FileNotFoundError")
    (only,) = run_on(FakeCluster(FakeWorker("a")), [files[1]])[0].values()
    assert only.text.startswith("FileNotFoundError")


def test_where_no_worker_sees_the_music_the_run_ends_with_advice(tmp_path: Path) -> None:
    files = texts(tmp_path / "music", 9)
    cluster = FakeCluster(FakeWorker("a", blind=True), FakeWorker("b", blind=True))
    pool = DaskPool(ADDRESS, connector=cluster.connect, grace=0.1)
    with pytest.raises(MusicembError, match=r"no worker sees the files \(.*\.txt on a, b: no such file") as told:
        list(pool.run(SpokenWork(), files))
    assert "--map-path LOCAL=REMOTE" in str(told.value)
