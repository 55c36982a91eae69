"""How good and how dear tempo, key and loudness are: python tests/benchmarks/values.py [quality] [known] [cost]

quality: rendered drum loops and chord progressions whose truth is known (tests/rendered_music.py), beside librosa and,
where it is installed, Essentia on the same samples; loudness beside FFmpeg's ebur128 on the signals of EBU Tech 3341.
known: the same listeners on the files of a folder that tests/benchmarks/known_music.py made (--folder), with 95 %
intervals from a bootstrap over files; each listener gets the rate it wants.
cost: CPU seconds of `embed_file` on a 4-minute stereo MP3 with and without values, in turn in one process; medians.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import importlib.util
import io
import itertools
import multiprocessing
import platform
import statistics
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
import rendered_music as made
import sounds

from musicemb.core.values.loudness import LoudnessMeter
from musicemb.core.values.meter import ValueMeter
from musicemb.records import FoundFile, MusicalKey, TrackValues

TEMPOS = (66, 78, 92, 104, 120, 136, 174)
SECONDS = 15.0
RUNS = 5

Opinion = tuple[float | None, MusicalKey | None]
Listener = Callable[..., Opinion]
"""Takes samples and, unless they have the rate of made music, the rate."""


def loops() -> Iterator[tuple[float, np.ndarray]]:
    """Drum loops: straight and swung, exact and played, alone, with chords, in noise."""
    for number, (pattern, bpm) in enumerate(itertools.product(made.PATTERNS, TEMPOS)):
        swing = 0.25 if number % 3 == 0 and pattern != "shuffle" else 0.0
        samples = made.drums(bpm, SECONDS, pattern, swing=swing, jitter=0.008 * (number % 2), seed=number)
        if number % 2:
            samples = samples + 0.7 * made.chords(number % 12, ("major", "minor")[number % 4 // 2], SECONDS, bpm=bpm)
        yield bpm, made.with_noise(samples, 10, number) if number % 5 == 0 else samples


def songs() -> Iterator[tuple[MusicalKey, np.ndarray]]:
    """Chord progressions in all keys: plain, out of tune with drums, in noise."""
    for number, (mode, tonic) in enumerate(itertools.product(("major", "minor"), range(12))):
        for variant in range(2):
            cents, seed = (0, 25, -25)[(number + variant) % 3], 2 * number + variant
            samples = made.chords(tonic, mode, SECONDS, bpm=(96, 124)[variant], cents=cents, seed=seed)
            if variant:
                samples = samples + 0.4 * made.drums(124, SECONDS, "rock", seed=seed)
            yield MusicalKey(tonic, mode == "minor"), made.with_noise(samples, 10, seed) if number % 3 == 0 else samples


def ours(samples: np.ndarray, rate: int = made.RATE, *, tempo: bool = True) -> Opinion:
    del tempo  # both come from one pass
    meter = ValueMeter()
    meter.hear_mono(samples.astype(np.float32), rate)
    values = meter.result()
    return values.bpm, values.key


def librosas(samples: np.ndarray, rate: int = made.RATE, *, tempo: bool = True) -> Opinion:
    """Its tempo, and its chroma with the profiles of Krumhansl and Kessler, as its users do it.

    Its own estimate of the tuning is not asked for: with Numba 0.68 and NumPy 2.4 it ends the process (known music is
    in tune; of made songs two thirds are not, which is to its disadvantage).
    """
    import librosa

    heard = samples.astype(np.float32)
    bpm = float(np.atleast_1d(librosa.feature.tempo(y=heard, sr=rate))[0]) if tempo else None
    chroma = librosa.feature.chroma_cqt(y=heard, sr=rate, tuning=0.0).mean(axis=1)
    major = (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88)
    minor = (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17)
    fits = [
        (float(np.corrcoef(chroma, np.roll(profile, tonic))[0, 1]), MusicalKey(tonic, profile is minor))
        for profile in (major, minor)
        for tonic in range(12)
    ]
    return bpm, max(fits, key=lambda pair: pair[0])[1]


def essentias() -> Listener:
    with contextlib.redirect_stdout(io.StringIO()):
        import essentia
        import essentia.standard as standard
    essentia.log.infoActive = essentia.log.warningActive = False
    rhythm, key = standard.RhythmExtractor2013(method="multifeature"), standard.KeyExtractor(profileType="bgate")

    def listen(samples: np.ndarray, rate: int = made.RATE, *, tempo: bool = True) -> Opinion:
        heard = np.repeat(samples, 44_100 // rate).astype(np.float32)  # it wants 44.1 kHz
        name, mode, _ = key(heard)
        return float(rhythm(heard)[0]) if tempo else None, MusicalKey.from_text(f"{name} {mode}")

    return listen


def mirex(found: MusicalKey | None, truth: MusicalKey) -> float:
    """MIREX's score: 1, a fifth 0.5, the relative key 0.3, the parallel one 0.2."""
    if found is None:
        return 0.0
    if found == truth:
        return 1.0
    if found in truth.neighbours:
        return 0.5 if found.minor == truth.minor else 0.3
    return 0.2 if found.tonic == truth.tonic else 0.0


def near(found: float, wanted: float) -> bool:
    return abs(found / wanted - 1) < 0.04


OCTAVES = (1, 2, 3, 1 / 2, 1 / 3)


def listener(name: str) -> Listener:
    return {"musicemb": lambda: ours, "librosa": lambda: librosas, "essentia": essentias}[name]()


LISTENERS = ("musicemb", "librosa", "essentia")


def each_alone(only: str | None, judge: Callable[..., None], *arguments: Any) -> None:
    """Let each listener that is installed be judged in a process of its own: Essentia's libraries break Numba's."""
    for name in [only] if only else LISTENERS:
        if name == "musicemb" or importlib.util.find_spec(name) is not None:
            process = multiprocessing.get_context("spawn").Process(target=judge, args=(name, *arguments))
            process.start()
            process.join()
            if process.exitcode:
                print(f"{name}: ended with {process.exitcode}", flush=True)


def read_truth(folder: Path) -> list[dict[str, str]]:
    with (folder / "truth.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def in_first_half(row: dict[str, str]) -> bool:
    """Whether a known piece is of those that the octave of a tempo was fitted on; of a maker all modules or none."""
    source = row["source"]
    group = Path(source).parent.name if row["file"].startswith("module") else source + row["file"]
    return zlib.crc32(group.encode()) % 2 == 0


def judge_known(name: str, folder: Path, second_half: bool) -> None:
    import soundfile
    import soxr

    rows = [row for row in read_truth(folder) if not (second_half and in_first_half(row))]
    wanted = {"musicemb": 16_000, "librosa": 22_050, "essentia": 44_100}[name]  # ours: as the default encoder hears
    listen = listener(name)
    scores: dict[str, list[float]] = {}
    began = time.process_time()
    for row in rows:
        samples, rate = soundfile.read(folder / row["file"], dtype="float32")
        bpm, key = listen(soxr.resample(samples, rate, wanted), wanted, tempo=bool(row["bpm"]))
        kind = row["file"].split("-")[0]
        if row["bpm"]:
            ratio = (bpm or 1e-9) / float(row["bpm"])
            scores.setdefault(f"{kind}s: Acc1", []).append(near(ratio, 1))
            scores.setdefault(f"{kind}s: Acc2", []).append(any(near(ratio, times) for times in OCTAVES))
        if row["key"]:
            truth = MusicalKey.from_text(row["key"])
            scores.setdefault(f"{kind}s: key", []).append(key == truth)
            scores.setdefault(f"{kind}s: MIREX", []).append(mirex(key, truth))
    print(f"{name}: {time.process_time() - began:.1f} s CPU with reading")
    for what, values in scores.items():
        drawn = np.random.default_rng(0).choice(values, (2000, len(values))).mean(axis=1)
        low, high = np.percentile(drawn, (2.5, 97.5))
        print(f"  {what} {np.mean(values):.3f} ({low:.3f}-{high:.3f}), {len(values)} files", flush=True)


def judge_made(name: str) -> None:
    listen = listener(name)
    began = time.process_time()
    tempos = [(listen(samples)[0] or 1e-9, bpm) for bpm, samples in loops()]
    first = np.mean([near(found, bpm) for found, bpm in tempos])
    second = np.mean([any(near(found, bpm * times) for times in OCTAVES) for found, bpm in tempos])
    keys = [(listen(samples)[1], truth) for truth, samples in songs()]
    right = np.mean([found == truth for found, truth in keys])
    score = np.mean([mirex(found, truth) for found, truth in keys])
    cpu = time.process_time() - began
    print(f"{name}: Acc1 {first:.3f}, Acc2 {second:.3f}; key right {right:.3f}, MIREX {score:.3f}; {cpu:.1f} s CPU")


def measure_quality(only: str | None) -> None:
    print(f"{len(list(loops()))} loops, {len(list(songs()))} progressions of {SECONDS:.0f} s", flush=True)
    each_alone(only, judge_made)
    nothing = [made.noise(SECONDS, seed) for seed in range(5)] + [np.zeros(int(SECONDS * made.RATE))]
    silent = sum(ours(samples) == (None, None) for samples in nothing)
    print(f"noise and silence: {silent} of {len(nothing)} without tempo and key")
    measure_loudness()


def measure_loudness() -> None:
    rate, worst, apart = 48_000, 0.0, 0.0
    signals = {
        1: ([(-23, 20)], -23),
        2: ([(-33, 20)], -33),
        3: ([(-36, 10), (-23, 60), (-36, 10)], -23),
        4: ([(-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)], -23),
        5: ([(-26, 20), (-20, 20.1), (-26, 20)], -23),
    }
    for parts, expected in signals.values():
        levels = np.concatenate([np.full(round(seconds * rate), 10 ** (level / 20)) for level, seconds in parts])
        tone = (levels * np.sin(2 * np.pi * 1000 * np.arange(len(levels)) / rate)).astype(np.float32)
        stereo, meter = np.stack([tone, tone]), LoudnessMeter()
        for first in range(0, len(tone), 131_072):
            meter(stereo[:, first : first + 131_072], rate)
        found = meter.result()
        assert found is not None
        worst = max(worst, abs(found.integrated - expected))
        apart = max(apart, abs(found.integrated - ffmpeg_loudness(stereo, rate)))
    print(f"loudness, Tech 3341 signals 1 to 5: at most {worst:.3f} LU off, {apart:.3f} LU from FFmpeg's ebur128")


def ffmpeg_loudness(stereo: np.ndarray, rate: int) -> float:
    import av

    graph = av.filter.Graph()
    source = graph.add_abuffer(sample_rate=rate, format="flt", layout="stereo")
    meter = graph.add("ebur128", "peak=none:framelog=quiet:metadata=1")
    sink = graph.add("abuffersink")
    source.link_to(meter)
    meter.link_to(sink)
    graph.configure()
    rows, last = np.ascontiguousarray(stereo.T), None
    for first in range(0, len(rows), rate):
        frame = av.AudioFrame.from_ndarray(rows[first : first + rate].reshape(1, -1), format="flt", layout="stereo")
        frame.sample_rate, frame.pts = rate, first
        graph.push(frame)
        with contextlib.suppress(av.error.BlockingIOError, av.error.EOFError):
            while True:
                last = graph.pull()
    assert last is not None
    return float(last.metadata["lavfi.r128.I"])


class Deaf:
    """Stands for the meter and hears nothing."""

    def hear_mono(self, block: Any, rate: int) -> None:
        pass

    def hear_channels(self, block: Any, rate: int) -> None:
        pass

    def result(self, share: float) -> TrackValues:
        return TrackValues()


def measure_cost() -> None:
    from musicemb.encoder.runtime.litert import load_encoder
    from musicemb.workflows.embedding import segment_vectors
    from musicemb.workflows.embedding.embed import embed_file

    encoder = load_encoder()
    spent: dict[str, list[float]] = {"with": [], "without": []}
    with tempfile.TemporaryDirectory() as folder:
        path = sounds.write_music(Path(folder) / "a.mp3", 240.0, seed=1, artist="A", title="T")
        found = FoundFile.from_status(path, path.stat())
        embed_file(found, encoder)
        for _ in range(RUNS):
            for name, meter in (("with", ValueMeter), ("without", Deaf)):
                segment_vectors.ValueMeter = meter  # type: ignore[misc,assignment]
                began = time.process_time()
                embed_file(found, encoder)
                spent[name].append(time.process_time() - began)
    with_, without = (statistics.median(spent[name]) for name in ("with", "without"))
    print(f"4-minute stereo MP3: {with_:.3f} s of CPU with values, {without:.3f} without: {with_ / without:.2f} times")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", nargs="*", choices=["quality", "known", "cost"], default=["quality", "cost"])
    parser.add_argument("--only", choices=LISTENERS, help="one listener; default: all that are installed")
    parser.add_argument("--folder", type=Path, help="of known: what known_music.py made")
    parser.add_argument("--second-half", action="store_true", help="of known: only what taught no octave")
    print(f"{platform.platform()}, {platform.processor() or platform.machine()}")
    options = parser.parse_args()
    if "known" in options.what and options.folder is None:
        parser.error("known needs --folder")
    measures: dict[str, Callable[[], None]] = {
        "quality": lambda: measure_quality(options.only),
        "known": lambda: each_alone(options.only, judge_known, options.folder, options.second_half),
        "cost": measure_cost,
    }
    for what in options.what:
        measures[what]()


if __name__ == "__main__":
    main()
