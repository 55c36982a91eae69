"""A real scheduler and real workers: killed, without the files, of no use; and the scheduler itself lost."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sounds
from fenced_work import OddWork
from paths import ROOT
from real_cluster import RealCluster

from musicemb.encoder.runtime.bundle import seal_bundle
from musicemb.encoder.runtime.bundle_transfer import bundle_digest
from musicemb.encoder.runtime.litert import load_encoder
from musicemb.errors import MusicembError
from musicemb.records import EmbeddedTrack, FoundFile
from musicemb.workflows.embedding.embed import KnownAudio, embed_files
from musicemb.workflows.parallel.dask_cluster import CallFailed, SchedulerLost, check_address, connect
from musicemb.workflows.parallel.dask_pool import DaskPool
from musicemb.workflows.parallel.executor import open_results
from musicemb.workflows.parallel.transfer import PathMap

pytestmark = [
    pytest.mark.processes,
    pytest.mark.slow,
    pytest.mark.skipif(
        not sys.platform.startswith("linux"), reason="/proc/self/cwd gives each worker paths of its own"
    ),
]

THEIRS = "/proc/self/cwd/music"
"""Where the workers have the music: each in its own folder, or not at all."""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealCluster]:
    with RealCluster(tmp_path_factory.mktemp("cluster")) as running:
        music = running.folder / "music"
        music.mkdir()
        for name in ("one", "two"):
            running.start_worker(name, sees=music)
        running.start_worker("blind")
        yield running


@pytest.fixture(autouse=True)
def looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run looks ten times a second who is there: most of what is waited for here is its next look."""
    for module in ("dask_run", "run_events"):
        monkeypatch.setattr(f"musicemb.workflows.parallel.{module}.LOOK", 0.1)


def texts(folder: Path, count: int) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        (folder / f"{number:03}.txt").write_text(f"sound {number}")
    return sorted(folder.iterdir())


def pool(cluster: RealCluster, told: list[str], **options: Any) -> DaskPool:
    mapped = PathMap.parse((f"{cluster.folder / 'music'}={THEIRS}",))
    return DaskPool(cluster.address, path_map=mapped, tell=told.append, **options)


def test_tracks_are_as_if_embedded_here_and_the_bundle_is_sent_once(cluster: RealCluster) -> None:
    music = cluster.folder / "music" / "tracks"
    paths = [sounds.write_music(music / f"{seed}.mp3", 3.0, seed=seed, title=f"Song {seed}") for seed in range(3)]
    (music / "twin.mp3").write_bytes(paths[0].read_bytes())
    (music / "bad.mp3").write_bytes(b"not audio")
    files = [FoundFile.from_status(path, path.stat()) for path in sorted(music.iterdir())]
    own = ROOT / "pretrained" / "tile2vec"
    encoder = load_encoder(_without_float(own, cluster.folder / "own"))
    here = {outcome_path(one): one for one in embed_files(files, encoder, workers=0)}
    told: list[str] = []
    there = {outcome_path(one): one for one in embed_files(files, encoder, executor=pool(cluster, told))}
    assert there.keys() == here.keys() == {file.path for file in files}
    for path, track in here.items():
        other = there[path]
        if isinstance(track, EmbeddedTrack) and isinstance(other, EmbeddedTrack):
            np.testing.assert_array_equal(track.vector, other.vector)
            assert (track.file, track.tags, track.payload_hash) == (other.file, other.tags, other.payload_hash)
        elif path.stem in ("0", "twin"):  # which of the two is heard hangs on who is faster
            assert {type(track), type(other)} <= {EmbeddedTrack, KnownAudio}
        else:
            assert (path.name, track) == ("bad.mp3", other)
    kept = cluster.folder / "cache" / "musicemb" / "bundles"
    assert [place.name for place in kept.iterdir()] == [bundle_digest(encoder.bundle.folder)]
    assert [line for line in told if "not used" in line or "gone" in line] == []


def outcome_path(outcome: Any) -> Path:
    return outcome.path if hasattr(outcome, "path") else outcome.file.path


def _without_float(bundle: Path, folder: Path) -> Path:
    """A bundle that came with no program: the workers have to be sent it."""
    folder.mkdir()
    for name in ("bundle.json", "arrays.npz", "weights.npz", "encoder.int8.tflite"):
        (folder / name).write_bytes((bundle / name).read_bytes())
    seal_bundle(folder)
    return folder


def test_a_killed_worker_costs_no_item_and_a_blind_one_gets_none(cluster: RealCluster) -> None:
    files = texts(cluster.folder / "music" / "killed", 40)
    told: list[str] = []
    outcomes = []
    for number, (item, outcome) in enumerate(pool(cluster, told).run(OddWork(), files)):
        outcomes.append((item, outcome))
        if number == 10:
            cluster.kill("two")
    assert sorted(item for item, _ in outcomes) == files
    assert dict(outcomes) == {path: (path, path.read_text()) for path in files}
    unused = [line.split(" (")[0] for line in told if not line.startswith("waiting")]  # for a machine that is busy
    assert unused in ([], ["worker blind does not see the files"])


def test_a_crash_or_a_hang_costs_one_item_and_no_worker(cluster: RealCluster) -> None:
    items = ["plain 1", "die", "hang", "plain 2", "raise"]
    results = dict(pool(cluster, [], timeout=1.0).run(OddWork(), items))
    assert (results.pop("plain 1"), results.pop("plain 2")) == ("plain 1", "plain 2")
    assert {item: failure.cause for item, failure in results.items()} == {
        "die": "crashed",
        "hang": "timeout",
        "raise": "exception",
    }


def test_closing_ends_what_was_begun_at_once(cluster: RealCluster) -> None:
    items = ["plain 1", *(f"hang {number}" for number in range(50))]
    with open_results(pool(cluster, []), OddWork(), items) as results:
        assert next(results) == ("plain 1", "plain 1")
        begun = time.monotonic()
    assert time.monotonic() - begun < 60  # one that hangs would take its ten minutes
    # The workers are free again.
    assert dict(pool(cluster, []).run(OddWork(), ["plain 2"])) == {"plain 2": "plain 2"}


def test_where_all_are_blind_the_run_says_so(cluster: RealCluster, tmp_path: Path) -> None:
    files = texts(tmp_path / "elsewhere", 4)
    astray = PathMap.parse((f"{tmp_path}=/nowhere",))
    with pytest.raises(MusicembError, match=r"no worker sees the files .*/nowhere/elsewhere/.*--map-path"):
        list(DaskPool(cluster.address, path_map=astray, grace=0.1).run(OddWork(), files))


def test_calls_and_shared_bytes(cluster: RealCluster) -> None:
    async def calls() -> None:
        there = await connect(cluster.address)
        try:
            workers = {worker.name: worker for worker in await there.workers()}
            assert workers["one"].threads == 1
            shared = await there.share(lambda: b"abc")
            assert await there.share(lambda: b"other", shared) is shared
            assert await there.call(workers["one"], int.from_bytes, shared=[shared]) == 0x616263
            with pytest.raises(CallFailed, match="ZeroDivisionError"):
                await there.call(workers["blind"], divmod, 1, 0)
        finally:
            await there.close()
        with pytest.raises(SchedulerLost):
            await there.workers()

    asyncio.run(calls())


def test_a_scheduler_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("musicemb.workflows.parallel.dask_cluster._CONNECT_TIMEOUT", 0.3)
    with pytest.raises(MusicembError, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:1 \(.*\); is it running"):
        list(DaskPool("tcp://127.0.0.1:1").run(OddWork(), ["plain 1"]))


def test_a_scheduler_that_is_killed_and_started_again_costs_no_item(cluster: RealCluster) -> None:
    files = texts(cluster.folder / "music" / "restarted", 30)
    told: list[str] = []
    outcomes = []

    def restart() -> None:
        cluster.kill("one")
        cluster.start_scheduler()
        cluster.start_worker("one", sees=cluster.folder / "music")

    for number, (item, outcome) in enumerate(pool(cluster, told).run(OddWork(), files)):
        outcomes.append((item, outcome))
        if number == 8:
            cluster.kill("scheduler")
            threading.Thread(target=restart).start()
    assert sorted(item for item, _ in outcomes) == files
    assert dict(outcomes) == {path: (path, path.read_text()) for path in files}
    assert any("is gone" in line for line in told) and any("is back" in line for line in told), told


def test_addresses() -> None:
    assert check_address("tls://[fe80::1]:8786") == "tls://[fe80::1]:8786"
