"""Are damaged copies found, and versions told apart?  python tests/benchmarks/duplicate_copies.py FOLDER [COUNT]

Of COUNT files below FOLDER (default 40, spread evenly) copies are made as people have them (other codecs, quieter,
noisier, cut, resampled) and versions as musicians make them (another tempo or key, a remix, live in a hall); each is
heard as a scan hears it. Told per kind: cosine of the tracks, mean cosine of segments in step, share in step (10th
percentile, median, 90th), and how many are taken for the same recording. Then all pairs of different files.
FEATURES=FILE keeps what was measured.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import numpy as np
import soundfile
import soxr
from scipy import signal

import musicemb
from musicemb.core.signal.degradation import add_noise, soft_clip
from musicemb.core.similarity.recordings import line_up
from musicemb.core.vectors.pooling import dequantise
from musicemb.encoder.runtime.litert import load_encoder
from musicemb.errors import FileError
from musicemb.io.audio.lossy_codecs import write_lossy
from musicemb.io.audio.reader import read_audio
from musicemb.records import EmbeddedTrack, Floats
from musicemb.settings import DuplicateSettings

RATE = 48_000
SETTINGS = DuplicateSettings()


def stretched(samples: Floats, factor: float) -> Floats:
    """Tempo times `factor` at the same pitch: overlapping grains, each put where it fits what is there (WSOLA)."""
    size, hop, reach = 4096, 2048, 512
    window = signal.windows.hann(size, sym=False).astype(np.float32)
    out = np.zeros(int(len(samples) / factor) + 2 * size, np.float32)
    at, place = 0, 0
    while True:
        source = int(place * factor)
        if source + size + reach >= len(samples):
            break
        if place:
            wanted = samples[at + hop : at + hop + size]
            low = max(source - reach, 0)
            scores = signal.correlate(samples[low : source + reach + size], wanted, "valid", "fft")
            source = low + int(np.argmax(scores))
        out[place : place + size] += samples[source : source + size] * window
        at = source
        place += hop
    return out[:place]


def copies(rng: np.random.Generator) -> dict[str, Callable[[Floats], Floats]]:
    return {
        "as it is (WAV)": lambda x: x,
        "12 dB quieter": lambda x: x * np.float32(0.25),
        "overdriven 12 dB": lambda x: soft_clip(x, 12),
        "noise at 20 dB": lambda x: add_noise(x, 20, rng),
        "no treble (11 kHz)": lambda x: soxr.resample(soxr.resample(x, RATE, 11_025), 11_025, RATE),
        "2.3 s silence before": lambda x: np.concatenate([np.zeros(int(2.3 * RATE), np.float32), x]),
        "first 1.7 s missing": lambda x: x[int(1.7 * RATE) :],
        "last tenth missing": lambda x: x[: int(0.9 * len(x))],
    }


def versions(other: Floats, rng: np.random.Generator) -> dict[str, Callable[[Floats], Floats]]:
    room = rng.standard_normal(RATE).astype(np.float32) * np.exp(-np.arange(RATE) / (0.25 * RATE)).astype(np.float32)
    room /= np.sqrt(np.sum(room**2))

    def hall(x: Floats) -> Floats:
        wet = signal.fftconvolve(x, room)[: len(x)].astype(np.float32)
        return add_noise(stretched(x * 0.5 + wet * 0.5, 1.03), 25, rng)

    def remixed(x: Floats) -> Floats:
        beat = np.resize(other[: 8 * RATE], len(x))
        return (0.6 * x + 0.6 * beat).astype(np.float32)

    def rearranged(x: Floats) -> Floats:
        parts = np.array_split(x, 8)
        return np.concatenate([parts[i] for i in (2, 3, 0, 1, 6, 7, 4, 5)])

    return {
        "4 % faster": lambda x: stretched(x, 1.04),
        "a semitone higher and faster": lambda x: soxr.resample(x, RATE * 2 ** (1 / 12), RATE),
        "live: hall, noise, 3 % faster": hall,
        "remix: another's beat": remixed,
        "remix: parts in another order": rearranged,
    }


def features(one: EmbeddedTrack, two: EmbeddedTrack) -> dict[str, float]:
    a, b = one.segments, two.segments
    assert a is not None and b is not None
    found = line_up(dequantise(a), dequantise(b), a.starts, b.starts)
    cosine = float(one.vector @ two.vector)
    same = cosine >= SETTINGS.cosine and found.similarity >= SETTINGS.similarity
    same = same and found.share >= SETTINGS.share and found.drift <= SETTINGS.drift
    return {
        "cosine": cosine,
        "similarity": found.similarity,
        "share": found.share,
        "drift": found.drift,
        "same": float(same),
    }


def main() -> None:
    folder, count = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 40
    encoder = load_encoder(None)
    rng = np.random.default_rng(1)
    suffixes = (".mp3", ".opus", ".flac", ".ogg")
    paths = sorted(path for path in folder.rglob("*") if path.suffix in suffixes)
    chosen = [paths[place] for place in np.linspace(0, len(paths) - 1, count).astype(int)]
    made: dict[str, list[dict[str, float]]] = {}
    kinds: dict[str, str] = {}
    heard: list[EmbeddedTrack] = []
    other = read_audio(chosen[-1], RATE).samples
    with tempfile.TemporaryDirectory() as scratch:
        for path in chosen:
            original = musicemb.embed(path, encoder)
            if original.segments is None or original.duration < 15:
                continue
            heard.append(original)
            samples = read_audio(path, RATE).samples
            jobs: list[tuple[str, str, Path]] = []
            for kind, table in (("copy", copies(rng)), ("version", versions(other, rng))):
                for name, change in table.items():
                    target = Path(scratch) / f"{len(jobs)}.wav"
                    soundfile.write(target, np.clip(change(samples), -1, 1), RATE)
                    jobs.append((kind, name, target))
            for codec, rate in (("mp3", 64_000), ("mp3", 192_000), ("opus", 28_000)):
                target = Path(scratch) / f"{len(jobs)}.{codec}"
                write_lossy(target, samples, RATE, codec, rate)  # type: ignore[arg-type]
                jobs.append(("copy", f"{codec} {rate // 1000} kbit/s", target))
            for kind, name, target in jobs:
                kinds[name] = kind
                try:
                    made.setdefault(name, []).append(features(original, musicemb.embed(target, encoder)))
                except FileError as error:
                    print(name, path.name, error.reason)
            other = samples
    for one, two in combinations(heard, 2):
        kinds["different files"] = "different"
        made.setdefault("different files", []).append(features(one, two))
    if place := os.environ.get("FEATURES"):
        Path(place).write_text(json.dumps({"kinds": kinds, "made": made}))
    for name, rows in sorted(made.items(), key=lambda one: kinds[one[0]]):
        spread = "  ".join(
            f"{key} " + " ".join(f"{np.percentile([row[key] for row in rows], q):.3f}" for q in (10, 50, 90))
            for key in ("cosine", "similarity", "share", "drift")
        )
        same = sum(row["same"] for row in rows)
        print(f"{kinds[name]:9} {name:30} {spread}  same {same:.0f} of {len(rows)}")


if __name__ == "__main__":
    main()
