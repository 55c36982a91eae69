"""What a bundle's network costs:

    python tests/benchmarks/network_cost.py [BUNDLE[@SHARE] | BUNDLE%WIDTH,WIDTH,... | TAGGER.tflite ...]

Per LiteRT model of each bundle: its size, milliseconds of CPU for 0.96 s of music, and seconds of CPU for a 4-minute
track as a scan hears it (its coverage, its segments' hop), on one thread, medians of five rounds in turn; beside them
the front-end. A bundle without a LiteRT model is converted in a copy. Timings need a quiet machine: the bundles are
timed in turn, so that their ratios hold on any. BUNDLE@0.5 hears that share of the segments instead of its own;
tile2vec%64,128,256,512 is a network of these widths with fresh weights, which cost what taught ones do; a tagger's
LiteRT file is run as it was published, on all of the track.
"""

from __future__ import annotations

import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from musicemb.core.signal.features import finish_features
from musicemb.core.signal.segments import segment_frames
from musicemb.encoder.convert import convert_bundle
from musicemb.encoder.runtime.bundle import INT8, RUNTIME, Bundle, find_bundle, read_bundle, write_bundle
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


def open_bundle(text: str | None) -> Bundle:
    """A bundle, with another coverage where one is named; its name says so."""
    name, _, share = (text or "").partition("@")
    bundle = read_bundle(find_bundle(name or None))
    if not share:
        return bundle
    segments = replace(bundle.front_end.segments, coverage=float(share))
    named = f"{bundle.name}, {float(share):.0%} heard"
    return replace(bundle, name=named, front_end=replace(bundle.front_end, segments=segments))


def widen(name: str, widths: list[int], folder: Path) -> Bundle:
    """An untaught bundle with a bundle's settings but the widths of its stages."""
    from musicemb.encoder.networks.network import build_network
    from musicemb.encoder.networks.weights import read_weights

    bundle = read_bundle(find_bundle(name))
    settings = replace(bundle.settings, network=replace(bundle.settings.network, widths=tuple(widths)))
    shape = bundle.about["input_shape"]
    network = build_network(settings, *shape, seed=1)
    return write_bundle(
        folder,
        name=f"{name}, widths {', '.join(map(str, widths))}: {network.count_params():,} parameters",
        settings=settings,
        front_end=bundle.front_end,
        weights=read_weights(network),
        about={"input_shape": shape},
    )


def tagger_work(file: str) -> tuple[int, Callable[[], object]]:
    """How many windows a tagger hears of a track, and what hears them."""
    from ai_edge_litert.interpreter import Interpreter

    model = Interpreter(file, num_threads=1)
    model.allocate_tensors()
    asked = model.get_input_details()[0]
    length = int(np.prod(asked["shape"]))
    count = round(TRACK / WINDOW)
    windows = (0.1 * np.random.default_rng(0).standard_normal((count, length))).astype(np.float32)

    def hear() -> None:
        for window in windows:
            model.set_tensor(asked["index"], window.reshape(asked["shape"]))
            model.invoke()

    return count, hear


def main() -> None:
    named = sys.argv[1:] or [None]
    taggers = [name for name in named if name and name.endswith(".tflite")]
    with tempfile.TemporaryDirectory() as scratch:
        bundles = []
        for place, name in enumerate(one for one in named if one not in taggers):
            known, _, widths = (name or "").partition("%")
            wide = [int(width) for width in widths.split(",") if width]
            bundles.append(widen(known, wide, Path(scratch) / f"wide{place}") if wide else open_bundle(name))
        for place, bundle in enumerate(bundles):
            if not bundle.has_runtime:
                bundles[place], problem = convert_bundle(
                    read_bundle(Path(shutil.copytree(bundle.folder, Path(scratch) / str(place))))
                )
                if problem:
                    raise SystemExit(f"{bundle.folder}: {problem}")
        measure(bundles, taggers)


def measure(bundles: list[Bundle], taggers: list[str]) -> None:
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
    for file in taggers:
        name = Path(file).stem
        count[name], work[name, "as published, with its front-end"] = tagger_work(file)
    times: dict[tuple[str, str], list[float]] = {key: [] for key in work}
    for _ in range(ROUNDS):
        for key, task in work.items():
            times[key].append(cpu_seconds(task))
    print("| bundle | | MB | segments of a 4-minute track | ms per 0.96 s heard | s per 4-minute track |")
    print("|---|---|---|---|---|---|")
    lengths = {bundle.name: bundle.settings.segments.length for bundle in bundles}
    lengths |= {Path(file).stem: WINDOW for file in taggers}
    for (name, kind), found in times.items():
        seconds = statistics.median(found)
        per_window = 1000 * seconds * WINDOW / (count[name] * lengths[name])
        megabytes = f"{size[name, kind]:.2f}" if (name, kind) in size else ""
        print(f"| {name} | {kind} | {megabytes} | {count[name]} | {per_window:.2f} | {seconds:.3f} |")


if __name__ == "__main__":
    main()
