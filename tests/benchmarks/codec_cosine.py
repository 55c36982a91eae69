"""How much of a track's vector a codec leaves: python tests/benchmarks/codec_cosine.py FOLDER [BUNDLE ...]

Cosine between the vector of each MP3 below FOLDER and that of its Opus copy at 28 kbit/s, per file, then
minimum and median. The goal is 0.97 for each. It says nothing about what vectors are good for.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from musicemb.encoder.runtime.litert import load_encoder
from musicemb.io.audio.reader import read_audio
from musicemb.workflows.embedding.dataset_vectors import DEGRADATIONS, NATIVE_RATE, EncoderVector

GOAL = 0.97


def main() -> None:
    folder, names = Path(sys.argv[1]), sys.argv[2:] or ["tile2vec-genre"]
    extractors = {name: EncoderVector(load_encoder(name)) for name in names}
    found: dict[str, list[float]] = {name: [] for name in names}
    for path in sorted(folder.rglob("*.mp3")):
        samples = read_audio(path, NATIVE_RATE).samples
        for name, extractor in extractors.items():
            rate = extractor.sample_rate
            copy = DEGRADATIONS["Opus 28 kbit/s"](samples, path, rate)
            cosine = float(extractor(read_audio(path, rate).samples) @ extractor(copy))
            found[name].append(cosine)
            print(f"{name}  {cosine:.4f}  {path.relative_to(folder)}", flush=True)
    for name, cosines in found.items():
        below = sum(cosine < GOAL for cosine in cosines)
        print(
            f"{name}: {len(cosines)} files, min {min(cosines):.4f}, median {np.median(cosines):.4f}, {below} < {GOAL}"
        )


if __name__ == "__main__":
    main()
