"""How many segments LiteRT should take at once: python tests/benchmarks/runtime_batch.py [BUNDLE]

CPU of one thread for 84 segments (a 4-minute track) and for 31 (of half a minute), with calls of so many segments at
most, in turns, medians of nine rounds of the ratio to the size that models are converted for.
"""

from __future__ import annotations

import statistics
import sys
import time

import numpy as np

from musicemb.encoder.runtime import litert_session
from musicemb.encoder.runtime.litert import load_encoder
from musicemb.encoder.runtime.litert_session import BATCH, MOST

SIZES = (BATCH, 8, 16, MOST, 48, 96)
ROUNDS = 9


def main() -> None:
    encoders = {size: load_encoder(sys.argv[1] if len(sys.argv) > 1 else None) for size in SIZES}
    shape = encoders[BATCH].bundle.about["input_shape"]
    for count in (84, 31):
        features = np.random.default_rng(0).normal(size=(count, *shape)).astype(np.float32)
        times: dict[int, list[float]] = {size: [] for size in SIZES}
        for number in range(ROUNDS + 1):
            for size, encoder in encoders.items():
                litert_session.MOST = size
                started = time.process_time()
                encoder.embed(features)
                if number:  # the first opens the network
                    times[size].append(time.process_time() - started)
        for size, found in times.items():
            ratios = [one / other for one, other in zip(found, times[BATCH], strict=True)]
            print(f"{count} segments, {size:2d} a call at most: {statistics.median(found):.3f} s of CPU,", end=" ")
            print(f"{statistics.median(ratios):.2f} of {BATCH} ({min(ratios):.2f}-{max(ratios):.2f})")


if __name__ == "__main__":
    main()
