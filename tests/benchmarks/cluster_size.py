"""What clustering a large library takes: `python tests/benchmarks/cluster_size.py [TRACKS]`.

The vectors are generated: as many groups as a library of that size may have, of unequal size and density, and a
tenth of the tracks between them.
"""

from __future__ import annotations

import resource
import sys
import time

import numpy as np

from musicemb.core.clustering.selection import cluster_vectors
from musicemb.records import NOISE, Floats

TRACKS = 100_000
COMPONENTS = 16
GROUPS = 40


def make_library(tracks: int, generator: np.random.Generator) -> Floats:
    centres = generator.normal(size=(GROUPS, COMPONENTS))
    shares = generator.dirichlet(np.full(GROUPS, 2.0))
    groups = generator.choice(GROUPS, tracks, p=shares)
    spreads = generator.uniform(0.2, 0.5, GROUPS)
    points = centres[groups] + spreads[groups, None] * generator.normal(size=(tracks, COMPONENTS))
    between = generator.random(tracks) < 0.1
    points[between] = generator.normal(size=(int(between.sum()), COMPONENTS))
    unit: Floats = (points / np.linalg.norm(points, axis=1, keepdims=True)).astype(np.float32)
    return unit


def peak() -> float:
    """Highest memory of this process so far, MB."""
    share = 1 if sys.platform == "darwin" else 1024  # bytes there, kilobytes elsewhere
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * share / 2**20


def main(tracks: int) -> None:
    points = make_library(tracks, np.random.default_rng(1))
    cluster_vectors(points[:500])  # libraries are loaded, once
    before, wall, cpu = peak(), time.perf_counter(), time.process_time()
    result = cluster_vectors(points)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    noise = float((result.labels == NOISE).mean())
    print(f"{tracks:,} tracks: {result.count} clusters, {noise:.0%} noise, setting: {result.setting}")
    print(f"{wall:.1f} s wall, {cpu:.1f} s of CPU, peak {peak():.0f} MB ({before:.0f} MB before)")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else TRACKS)
