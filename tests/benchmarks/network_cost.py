"""What a bundle's network costs: python tests/benchmarks/network_cost.py [BUNDLE...]

Per LiteRT model of each bundle: its size, milliseconds of CPU for 0.96 s of music, and seconds of CPU for a 4-minute
track as a scan hears it (its coverage, its segments' hop), on one thread, medians of five rounds in turn; beside them
the front-end. A bundle without a LiteRT model is converted in a copy. Timings need a quiet machine: the bundles are
timed in turn, so that their ratios hold on any.
"""

from __future__ import annotations

import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from musicemb.core.signal.features import finish_features
from musicemb.core.signal.segments import segment_frames
from musicemb.encoder.convert import convert_bundle
from musicemb.encoder.runtime.bundle import INT8, RUNTIME, Bundle, find_bundle, read_bundle
from musicemb.encoder.runtime.litert import BundleEncoder

TRACK = 240.0
"""Seconds."""
WINDOW = 0.96
"""Seconds that YAMNet hears at once."""
ROUNDS = 5


def cpu_seconds(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def main() -> None:
    bundles = [read_bundle(find_bundle(name)) for name in sys.argv[1:] or [None]]
    with tempfile.TemporaryDirectory() as scratch:
        for place, bundle in enumerate(bundles):
            if not bundle.has_runtime:
                bundles[place], problem = convert_bundle(
                    read_bundle(Path(shutil.copytree(bundle.folder, Path(scratch) / str(place))))
                )
                if problem:
                    raise SystemExit(f"{bundle.folder}: {problem}")
        measure(bundles)


def measure(bundles: list[Bundle]) -> None:
    rng = np.random.default_rng(0)
    work: dict[tuple[str, str], Callable[[], object]] = {}
    count, size = {}, {}
    for bundle in bundles:
        front_end = bundle.front_end
        rate = front_end.settings.sample_rate
        samples = (0.1 * rng.standard_normal(round(TRACK * rate))).astype(np.float32)
        _, frames = segment_frames(samples, front_end)
        features = finish_features(frames, front_end)
        name = bundle.name
        count[name] = len(features)
        work[name, "front-end"] = lambda s=samples, f=front_end: finish_features(segment_frames(s, f)[1], f)
        for runtime, file, there in (("int8", INT8, bundle.has_int8), ("litert", RUNTIME, bundle.has_runtime)):
            if there:
                encoder = BundleEncoder(bundle, runtime)
                encoder.embed(features[:8])
                kind = bundle.about.get("int8", {}).get("kind", "dynamic") if runtime == "int8" else "float"
                size[name, kind] = (bundle.folder / file).stat().st_size / 1e6
                work[name, kind] = lambda e=encoder, x=features: e.embed(x)
    times: dict[tuple[str, str], list[float]] = {key: [] for key in work}
    for _ in range(ROUNDS):
        for key, task in work.items():
            times[key].append(cpu_seconds(task))
    print("| bundle | | MB | segments of a 4-minute track | ms per 0.96 s heard | s per 4-minute track |")
    print("|---|---|---|---|---|---|")
    lengths = {bundle.name: bundle.settings.segments.length for bundle in bundles}
    for (name, kind), found in times.items():
        seconds = statistics.median(found)
        per_window = 1000 * seconds * WINDOW / (count[name] * lengths[name])
        megabytes = f"{size[name, kind]:.2f}" if (name, kind) in size else ""
        print(f"| {name} | {kind} | {megabytes} | {count[name]} | {per_window:.2f} | {seconds:.3f} |")


if __name__ == "__main__":
    main()
