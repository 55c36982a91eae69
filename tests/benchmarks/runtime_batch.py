"""Which batch the LiteRT model should have: python tests/benchmarks/runtime_batch.py BUNDLE

Converts a copy of the bundle for each batch size and times 60 segments (a 4-minute track) on one
thread, the sizes in turn and the int8 model beside them, medians of seven rounds. The ratio to the size in
use is what counts.
"""

from __future__ import annotations

import contextlib
import io
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from musicemb.encoder import convert
from musicemb.encoder.runtime.bundle import find_bundle, read_bundle
from musicemb.encoder.runtime.litert import BATCH, BundleEncoder

SIZES = (1, 2, 4, 8, 16, 60)
INT8 = 0
"""Stands for the int8 model of the size in use, timed in the same rounds."""
ROUNDS = 7


def main() -> None:
    bundle = find_bundle(sys.argv[1] if len(sys.argv) > 1 else None)
    n_frames, n_bands = read_bundle(bundle).about["input_shape"]
    features = np.random.default_rng(0).normal(size=(60, n_frames, n_bands)).astype(np.float32)
    with tempfile.TemporaryDirectory() as name:
        encoders = {}
        for size in SIZES:
            folder = Path(name) / str(size)
            shutil.copytree(bundle, folder)
            convert.BATCH = size
            with contextlib.redirect_stdout(io.StringIO()):  # the converter lists every variable
                convert._convert(folder)
            encoders[size] = BundleEncoder(read_bundle(folder), "litert")
            encoders[size].embed(features)
        used = BundleEncoder(read_bundle(Path(name) / str(BATCH)), "int8")
        if used.bundle.has_int8:
            encoders[INT8] = used
            used.embed(features)
        times: dict[int, list[float]] = {size: [] for size in encoders}
        for _ in range(ROUNDS):
            for size, encoder in encoders.items():
                started = time.process_time()
                encoder.embed(features)
                times[size].append(time.process_time() - started)
    medians = {size: statistics.median(found) for size, found in times.items()}
    for size, median in medians.items():
        kind = f"batch {BATCH:2d}, int8" if size == INT8 else f"batch {size:2d}"
        print(f"{kind}: {median:.3f} s of CPU, {median / medians[BATCH]:.2f} of batch {BATCH}")


if __name__ == "__main__":
    main()
