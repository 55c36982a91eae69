"""What a Dask cluster gains, and where it ends: python tests/benchmarks/dask_scaling.py [hear] [wait] [share]

hear   decode and embed, by 1 to 4 workers of one thread on this machine: CPU per track of each side
wait   items that take half a second and no CPU, by 1 to 4 workers: whether anybody waits for us, on any machine
share  items that cost a worker nothing and give what a 4-minute track gives, stored in a catalogue as scan does: what
       the parent and the scheduler have to do for each. From this follows what more workers, each with a core of its
       own, can do: the smallest of workers / cost, 1 / parent's share and 1 / scheduler's share.

All three where none is named. Needs no real audio.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
import numpy as np
import sounds
from cluster_work import CannedTrack, MeasuredEmbedding, Waiting
from real_cluster import RealCluster

from musicemb.encoder.runtime.litert import load_encoder
from musicemb.io.catalogue.catalogue import open_catalogue
from musicemb.records import AcousticDescriptors, EmbeddedTrack, Encoder, FoundFile, SegmentVectors, TrackTags
from musicemb.workflows.library.changes import TrackIndex
from musicemb.workflows.library.ingest import Ingest
from musicemb.workflows.parallel.dask_pool import DaskPool
from musicemb.workflows.parallel.executor import open_results

SEGMENTS = 240
"""Of a 4-minute track, at most: one a second."""

WAIT = 0.5
"""Seconds: about what a track takes."""

MODELLED = (1, 4, 16, 64, 128, 256, 512, 1000)


@dataclass
class Cost:
    """CPU seconds."""

    parent: float
    scheduler: float
    workers: float
    wall: float

    def per(self, count: int) -> Cost:
        return Cost(self.parent / count, self.scheduler / count, self.workers / count, self.wall / count)


def canned_track(dimensions: int) -> EmbeddedTrack:
    random = np.random.default_rng(0)
    vector = random.normal(size=dimensions).astype(np.float32)
    codes = random.integers(-127, 127, (SEGMENTS, dimensions)).astype(np.int8)
    starts, scales = np.arange(SEGMENTS, dtype=np.float32), np.ones(SEGMENTS, np.float32)
    return EmbeddedTrack(
        file=FoundFile(Path("x"), 1, 1),
        payload_hash="0" * 64,
        tags=TrackTags(artist="Artist", title="Title", album="Album", genres=("Rock",)),
        duration=240.0,
        decoder="soundfile",
        vector=vector / np.linalg.norm(vector),
        homogeneity=0.9,
        segments=SegmentVectors(starts, codes, scales),
        descriptors=AcousticDescriptors(120.0, 1500.0, 3.0),
    )


def spent(cluster: RealCluster) -> tuple[float, float, float, float]:
    workers = [name for name in cluster.processes if name != "scheduler"]
    return (
        time.process_time(),
        cluster.cpu_seconds("scheduler"),
        sum(cluster.cpu_seconds(name) for name in workers),
        time.monotonic(),
    )


def between(before: tuple[float, ...], after: tuple[float, ...]) -> Cost:
    return Cost(*(late - early for early, late in zip(before, after, strict=True)))


def hear(cluster: RealCluster, files: list[FoundFile], encoder: Encoder) -> tuple[Cost, float]:
    """Shares of each side from the time on when all have begun, and the median of what a track costs its process."""
    results = DaskPool(cluster.address, tell=print).run(MeasuredEmbedding(encoder), files)
    begun = 2 * (len(cluster.processes) - 1)
    took = [next(results)[1] for _ in range(begun)]
    before = spent(cluster)
    for number, (_, outcome) in enumerate(results, start=begun + 1):
        took.append(outcome)
        if number == len(files):
            after = spent(cluster)
    costs = [cost for cost in took if isinstance(cost, float)]
    assert len(took) - len(costs) <= begun // 2, took  # a failure would be no number either
    return between(before, after).per(len(files) - begun), statistics.median(costs)


def drain(cluster: RealCluster, files: list[FoundFile], track: EmbeddedTrack, library: Path | None) -> Cost:
    """Items that cost nothing, stored or not."""
    skipped = min(100, len(files) // 4)
    results = DaskPool(cluster.address, tell=print).run(CannedTrack(track), files)
    with open_catalogue(library or Path(tempfile.mkdtemp()) / "unused.sqlite") as catalogue:
        catalogue.add_encoder("canned000000", "canned")
        catalogue.set_active_encoder("canned000000", "canned")
        ingest = Ingest(catalogue, "canned000000", TrackIndex([]), {}, keep_segments=True)
        for number, (_, outcome) in enumerate(results):
            assert isinstance(outcome, EmbeddedTrack), outcome
            if number == skipped:
                before = spent(cluster)
            if library is not None:
                ingest.store(outcome)
            if number == len(files) - 1:
                after = spent(cluster)
    return between(before, after).per(len(files) - 1 - skipped)


def hear_by_each(cluster: RealCluster, tracks: int, seconds: float) -> None:
    encoder = load_encoder()
    paths = [sounds.write_music(cluster.folder / "music" / f"{seed}.mp3", seconds, seed=seed) for seed in range(tracks)]
    files = [FoundFile.from_status(path, path.stat()) for path in paths]
    print(f"\n{tracks} tracks of {seconds:.0f} s; CPU ms per track")
    print("workers  tracks/s   parent  scheduler  workers")
    for count in range(1, 5):
        start_workers(cluster, count)
        each, cost = hear(cluster, files, encoder)
        print(
            f"{count:7} {1 / each.wall:9.2f} {1000 * each.parent:8.1f} {1000 * each.scheduler:10.1f} {1000 * cost:8.0f}"
        )


def wait_with_each(cluster: RealCluster, items: int) -> None:
    print(f"\n{items} items per worker that take {WAIT} s and no CPU")
    print("workers  items/s   of what can be")
    for count in range(1, 5):
        start_workers(cluster, count)
        pool = DaskPool(cluster.address, tell=print)
        with open_results(pool, Waiting(WAIT), range(100_000)) as results:
            seen: set[object] = set()
            while len(seen) < count:  # until the last one has begun
                seen.add(next(results)[1])
            began = time.monotonic()
            for _ in range(items * count):
                next(results)
            rate = items * count / (time.monotonic() - began)
        print(f"{count:7} {rate:8.2f} {100 * rate * WAIT / count:12.0f} %")


def share_of_each(cluster: RealCluster, items: int, cost: float) -> None:
    start_workers(cluster, 4)
    small = cluster.folder / "small"
    small.mkdir()
    for number in range(items):
        (small / f"{number}.mp3").write_bytes(b"x" * (number + 1))
    made = [FoundFile.from_status(path, path.stat()) for path in sorted(small.iterdir())]
    track = canned_track(load_encoder().dimensions)
    print(f"\n{items} items that cost a worker nothing, by 4 workers; CPU ms per item")
    alone = drain(cluster, made, track, None)
    print(f"handed out, fetched:   parent {1000 * alone.parent:.2f}, scheduler {1000 * alone.scheduler:.2f}")
    stored = drain(cluster, made, track, cluster.folder / "library.sqlite")
    print(f"and stored as by scan: parent {1000 * stored.parent:.2f}, scheduler {1000 * stored.scheduler:.2f}")
    print(f"of each worker besides its work: {1000 * alone.workers:.2f}")
    cost += alone.workers
    print(f"\nmodel: a 4-minute track costs a worker {cost:.2f} s of CPU; tracks per second")
    for workers in MODELLED:
        bounds = {"workers": workers / cost, "the parent": 1 / stored.parent, "the scheduler": 1 / stored.scheduler}
        least = min(bounds, key=lambda bound: bounds[bound])
        print(f"{workers:5} workers: {bounds[least]:7.1f}, {3600 * bounds[least]:9,.0f} an hour (bound by {least})")
    print(f"the parent keeps {cost / stored.parent:.0f} workers busy, the scheduler {cost / stored.scheduler:.0f}")


def start_workers(cluster: RealCluster, count: int) -> None:
    for number in range(1, count + 1):
        if f"w{number}" not in cluster.processes:
            cluster.start_worker(f"w{number}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", help="hear, wait, share (default: all)")
    parser.add_argument("--tracks", type=int, default=16, help="hear: tracks; more than 8")
    parser.add_argument("--seconds", type=float, default=60.0, help="hear: how long each plays")
    parser.add_argument("--waits", type=int, default=16, help="wait: items per worker")
    parser.add_argument("--items", type=int, default=1500, help="share: items")
    parser.add_argument(
        "--cost", type=float, default=0.73, help="share: CPU seconds of a 4-minute track, as scan_cost.py gives them"
    )
    arguments = parser.parse_args()
    parts = arguments.parts or ["hear", "wait", "share"]
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    print(f"{platform.platform()}, {os.cpu_count()} CPUs, load {load:.1f} at the start")
    for part in parts:
        with tempfile.TemporaryDirectory() as name, RealCluster(Path(name)) as cluster:
            if part == "hear":
                hear_by_each(cluster, arguments.tracks, arguments.seconds)
            elif part == "wait":
                wait_with_each(cluster, arguments.waits)
            elif part == "share":
                share_of_each(cluster, arguments.items, arguments.cost)
            else:
                parser.error(f"{part} is none of hear, wait and share")


if __name__ == "__main__":
    main()
