"""Converts a bundle anew, its int8 model measured on music: python tests/benchmarks/convert_on_music.py BUNDLE AUDIO

AUDIO is a folder of music. `retrain` does the same with its training data; this is for bundles that are there
already. The id does not change.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from musicemb.core.signal.segments import segment_features
from musicemb.encoder.convert import convert_bundle
from musicemb.encoder.runtime.bundle import find_bundle, read_bundle
from musicemb.io.audio.reader import read_audio
from musicemb.settings import AUDIO_SUFFIXES, INT8_SEGMENTS

PER_TRACK = 2


def main() -> None:
    bundle = read_bundle(find_bundle(sys.argv[1]))
    rng = np.random.default_rng(0)
    files = sorted(path for path in Path(sys.argv[2]).rglob("*") if path.suffix.lower() in AUDIO_SUFFIXES)
    heard: list[np.ndarray] = []
    for index in rng.permutation(len(files)):
        audio = read_audio(files[index], bundle.front_end.settings.sample_rate)
        _, features = segment_features(audio.samples, bundle.front_end)
        if len(features):
            heard += list(rng.permutation(features)[:PER_TRACK])
        if len(heard) >= INT8_SEGMENTS:
            break
    before = bundle.id
    bundle, problem = convert_bundle(bundle, np.stack(heard)[:INT8_SEGMENTS].astype(np.float32))
    if problem or bundle.id != before:
        raise SystemExit(problem or f"the id changed from {before} to {bundle.id}")
    print(bundle.name, bundle.id, bundle.about["int8"])


if __name__ == "__main__":
    main()
