"""Golden numbers of the front-end; ``python tests/golden/front_end.py`` rewrites them.

A change here means that vectors of every bundle in use change: look twice before committing it.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from musicemb.core.signal.features import compute_features, make_front_end
from musicemb.settings import FrontEndSettings, SegmentSettings


def summarise() -> dict[str, list[float]]:
    """A few numbers of each kind of features of a chirp in noise."""
    time = np.arange(64_000) / 16_000
    chirp = 0.5 * np.sin(2 * np.pi * (100 + 900 * time) * time)
    samples = (chirp + 0.01 * np.random.default_rng(7).standard_normal(64_000)).astype(np.float32)
    found = {}
    for kind in ("log-mel", "mfcc", "waveform"):
        features = compute_features(samples, make_front_end(FrontEndSettings(features=kind), SegmentSettings()))
        rows = features[[0, 60, 120, 249]]
        found[kind] = [round(float(value), 4) for value in rows[:, :: max(1, rows.shape[1] // 6)].ravel()]
    return found


if __name__ == "__main__":
    Path(__file__).with_suffix(".json").write_text(json.dumps(summarise(), indent=1) + "\n")
