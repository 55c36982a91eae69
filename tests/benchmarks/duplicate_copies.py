"""Are damaged copies found, and versions told apart?

python tests/benchmarks/duplicate_copies.py TRACKS.csv [--corpus panda] [--count 40] [--seconds 30] [--kept FILE]

Of COUNT files, each by another artist and none of the split "test", copies are made as people have them (other codecs,
quieter, noisier, cut, resampled, behind a silence) and versions as musicians make them (another tempo or key, a remix,
live in a hall); each is heard as a scan hears it. The artists are split in two halves. On the first, the limits are
chosen that find most copies among those that take no two different files for one, and 8 % of the versions at most; told
is how many of each kind are taken for the same recording in each half, by these limits and by those of the program.
--kept: a file that holds what was measured, for another look without hearing all again.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import itertools
import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import soundfile
import soxr
from scipy import signal

import musicemb
from musicemb.core.signal.degradation import add_noise, soft_clip
from musicemb.core.similarity.recordings import line_up, tempo_apart
from musicemb.core.vectors.pooling import dequantise
from musicemb.encoder.runtime.litert import load_encoder
from musicemb.io.audio.lossy_codecs import write_lossy
from musicemb.io.audio.reader import read_audio
from musicemb.records import EmbeddedTrack, Floats
from musicemb.settings import DuplicateSettings

RATE = 48_000
SETTINGS = DuplicateSettings()
VERSIONS = 0.08
"""Share of versions that the chosen limits may take for copies: two of the five kinds differ in little but the mix."""
GRID = {
    "cosine": (0.85, 0.88, 0.9, 0.92, 0.94),
    "similarity": (0.65, 0.7, 0.75, 0.8),
    "share": (0.2, 0.25, 0.3, 0.35, 0.4, 0.45),
    "drift": (0.006, 0.009, 0.012, 0.015, 0.018),
}


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


def after_silence(samples: Floats, seconds: float) -> Floats:
    return np.concatenate([np.zeros(round(seconds * RATE), np.float32), samples])


def copies(rng: np.random.Generator) -> dict[str, Callable[[Floats], Floats]]:
    def hiss(seconds: float) -> Floats:
        return (1e-4 * rng.standard_normal(round(seconds * RATE))).astype(np.float32)

    return {
        "as it is (WAV)": lambda x: x,
        "12 dB quieter": lambda x: x * np.float32(0.25),
        "overdriven 12 dB": lambda x: soft_clip(x, 12),
        "noise at 20 dB": lambda x: add_noise(x, 20, rng),
        "no treble (11 kHz)": lambda x: soxr.resample(soxr.resample(x, RATE, 11_025), 11_025, RATE),
        "2.3 s silence before": lambda x: after_silence(x, 2.3),
        "6.3 s silence before": lambda x: after_silence(x, 6.3),
        "14.4 s silence before": lambda x: after_silence(x, 14.4),
        "4.2 s hiss before": lambda x: np.concatenate([hiss(4.2), x]),
        "3.1 s silence before, 5 s after": lambda x: after_silence(after_silence(x, 3.1)[::-1], 5.0)[::-1],
        "first 1.7 s missing": lambda x: x[int(1.7 * RATE) :],
        "first 4.4 s missing": lambda x: x[int(4.4 * RATE) :],
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


Row = tuple[bool, str, str, tuple[float, ...]]
"""Whether in the first half; kind; what it is; cosine, similarity, share, drift, lead, met, difference of tempo."""


def features(one: EmbeddedTrack, two: EmbeddedTrack) -> tuple[float, ...]:
    a, b = one.segments, two.segments
    assert a is not None and b is not None
    found = line_up(dequantise(a), dequantise(b), a.starts, b.starts)
    cosine = float(one.vector @ two.vector)
    return (
        cosine,
        found.similarity,
        found.share,
        found.drift,
        found.lead,
        found.met,
        tempo_apart(one.values, two.values),
    )


def same(rows: list[Row], settings: DuplicateSettings) -> np.ndarray:
    cosine, similarity, share, drift, lead, met, tempo = np.array([row[3] for row in rows]).T
    alike = (cosine >= settings.cosine) & (similarity >= settings.similarity) & (share >= settings.share)
    placed = (drift <= settings.drift) & (lead <= settings.lead) & (met >= settings.fewest)
    found: np.ndarray = alike & placed & (tempo <= settings.tempo)
    return found


def choose(rows: list[Row]) -> DuplicateSettings:
    """The limits that find most copies, versions and different files taken for one bounded."""
    kinds = np.array([row[1] for row in rows])
    best = (-1.0, SETTINGS)
    for limits in itertools.product(*GRID.values()):
        settings = replace(SETTINGS, **dict(zip(GRID, limits, strict=True)))
        found = same(rows, settings)
        if not found[kinds == "different"].any() and found[kinds == "version"].mean() <= VERSIONS:
            best = max(best, (float(found[kinds == "copy"].mean()), settings), key=lambda one: one[0])
    return best[1]


def chosen_files(tracks: Path, corpus: str, count: int) -> list[tuple[str, Path]]:
    """Artist and path of one file per artist, in an order that their names alone decide."""
    with tracks.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["corpus"] == corpus and row["split"] != "test"]
    by_artist = {row["artist"]: tracks.parent / row["path"] for row in reversed(rows)}
    return sorted(by_artist.items(), key=lambda one: digest(one[0]))[:count]


def digest(artist: str) -> int:
    return int(hashlib.sha256(artist.encode()).hexdigest(), 16)


def measure(files: list[tuple[str, Path]], seconds: float) -> Iterator[Row]:
    encoder = load_encoder(None)
    rng = np.random.default_rng(1)
    heard: list[tuple[bool, EmbeddedTrack]] = []
    other = read_audio(files[-1][1], RATE).samples
    with tempfile.TemporaryDirectory() as scratch:

        def hear(samples: Floats) -> EmbeddedTrack:
            soundfile.write(Path(scratch) / "made.wav", np.clip(samples, -1, 1), RATE)
            return musicemb.embed(Path(scratch) / "made.wav", encoder)

        for artist, path in files:
            half = digest(artist) % 2 == 0
            samples = read_audio(path, RATE).samples[: round(seconds * RATE)]
            original = hear(samples)
            if original.segments is None or original.duration < 15:
                continue
            for kind, table in (("copy", copies(rng)), ("version", versions(other, rng))):
                for name, change in table.items():
                    yield half, kind, name, features(original, hear(change(samples)))
            for codec, rate in (("mp3", 64_000), ("mp3", 192_000), ("opus", 28_000)):
                target = Path(scratch) / f"made.{codec}"
                write_lossy(target, samples, RATE, codec, rate)  # type: ignore[arg-type]
                name = f"{codec} {rate // 1000} kbit/s"
                yield half, "copy", name, features(original, musicemb.embed(target, encoder))
                target.unlink()
            for beside, earlier in heard:
                if beside == half:
                    yield half, "different", "another file", features(original, earlier)
            heard.append((half, original))
            other = samples
            print(f"{len(heard)} of {len(files)}: {artist}", file=sys.stderr, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tracks", type=Path)
    parser.add_argument("--corpus", default="panda")
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--kept", type=Path)
    options = parser.parse_args()
    if options.kept and options.kept.exists():
        rows: list[Row] = [
            (half, kind, name, tuple(row)) for half, kind, name, row in json.loads(options.kept.read_text())
        ]
    else:
        rows = list(measure(chosen_files(options.tracks, options.corpus, options.count), options.seconds))
        if options.kept:
            options.kept.write_text(json.dumps(rows))
    first, second = ([row for row in rows if row[0] is half] for half in (True, False))
    limits = choose(first)
    print("chosen on the first half:", ", ".join(f"{name} {getattr(limits, name)}" for name in GRID))
    for what, judged in (("first half", first), ("second half", second)):
        by_these, by_ours = same(judged, limits), same(judged, SETTINGS)
        print(f"{what}, by these limits, and by those of the program")
        for kind, name in sorted({row[1:3] for row in judged}):
            mine = np.array([row[1:3] == (kind, name) for row in judged])
            print(f"  {kind:9} {name:30} {by_these[mine].sum():4} {by_ours[mine].sum():4} of {mine.sum()}")


if __name__ == "__main__":
    main()
