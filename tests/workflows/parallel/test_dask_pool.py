"""The executor on a cluster of stand-ins. A real one is in test_dask_cluster."""

from __future__ import annotations

import contextlib
import time

import pytest
from fake_cluster import ADDRESS, FakeCluster, FakeWorker, SpokenWork, plain, run_on

from musicemb.errors import SettingsError
from musicemb.workflows.parallel.dask_pool import DaskPool
from musicemb.workflows.parallel.executor import WorkerFailure, open_results, shares_files


def test_every_item_gives_its_result_on_all_workers() -> None:
    cluster = FakeCluster(FakeWorker("a", delay=0.001), FakeWorker("b", threads=3, delay=0.001))
    items = [*plain(40), "nothing", "raise it"]
    results, told = run_on(cluster, items)
    assert results.pop("raise it") == WorkerFailure("exception", "ValueError: odd")
    assert results.pop("nothing") is None
    assert results == {item: item for item in plain(40)}
    assert told == []
    a, b = cluster.there.values()
    assert len(a.begun) + len(b.begun) == 42 and min(len(a.begun), len(b.begun)) > 3
    assert (a.most, b.most) == (2, 4)  # one per thread, and one at hand
    assert cluster.shared == 1  # the work, once for all
    assert sorted(cluster.ended) == ["a", "b"]


def test_nothing_to_do_needs_no_cluster() -> None:
    cluster = FakeCluster()
    assert list(DaskPool(ADDRESS, connector=cluster.connect).run(SpokenWork(), [])) == []
    assert cluster.connections == 0


def test_closing_early_takes_back_what_was_not_begun() -> None:
    worker = FakeWorker("a", delay=0.02)
    cluster = FakeCluster(worker)
    pool = DaskPool(ADDRESS, connector=cluster.connect)
    began = time.monotonic()
    with open_results(pool, SpokenWork(), plain(10_000)) as results:
        next(results)
    assert time.monotonic() - began < 25
    assert len(worker.begun) < 100
    assert (cluster.ended, cluster.closed) == (["a"], 1)
    assert dict(pool.run(SpokenWork(), plain(2))) == {item: item for item in plain(2)}  # it may be used again


def test_who_reads_slowly_is_not_overrun() -> None:
    worker = FakeWorker("a", threads=8)
    results = DaskPool(ADDRESS, connector=FakeCluster(worker).connect).run(SpokenWork(), plain(2000))
    next(results)
    until = time.monotonic() + 10
    while len(worker.begun) < 256 and time.monotonic() < until:
        time.sleep(0.02)
    time.sleep(0.3)  # it goes no further
    assert 256 <= len(worker.begun) < 300
    assert sum(1 for _ in results) == 1999


def test_what_it_writes_is_not_looked_for_here() -> None:
    assert not shares_files(DaskPool(ADDRESS))


@pytest.mark.parametrize(
    "address",
    ["", "scheduler", "scheduler:8786", "tcp://scheduler", "tcp://:8786", "tcp://a:0", "tcp://a:99999", "tcp://a b:1"],
)
def test_a_wrong_address_is_refused_before_anything_is_done(address: str) -> None:
    with pytest.raises(SettingsError, match="takes the address of a scheduler, such as tcp://scheduler:8786"):
        DaskPool(address)


def test_the_dashboards_address_is_recognised() -> None:
    with pytest.raises(SettingsError, match="the dashboard's address begins with http"):
        DaskPool("http://scheduler:8787")
    for address in ("tls://scheduler:8786", "tcp://[::1]:8786", "tcp://10.0.0.1:1"):
        with contextlib.closing(DaskPool(address).run(SpokenWork(), [])) as nothing:
            assert list(nothing) == []
