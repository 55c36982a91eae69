"""Where the CPU of a scan goes: python tests/benchmarks/listening_cost.py [--music FILE ...] [--bliss PYTHON]

CPU seconds of one process for a stereo track of four minutes as MP3 of 192 kbit/s, FLAC and Opus of 128 kbit/s, each
beside decoding alone (the decoder that a scan takes, all channels, nothing else) in turns: hash, tags, mixing,
resampling and features alone; with tempo, key and loudness; with the network too; `scan --fast`; bliss-audio, by an
interpreter that has it. Then the same music in pieces of 30 seconds, also as if no more were heard of a short file
than of a long one, which leaves what a file costs by itself. Ratios are medians of pairs that ran right after each
other, for machines are busy. --music: what is heard, repeated or cut to four minutes; else made music.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
import sounds
from benchmarks.values import Deaf

from musicemb.core.signal import segments
from musicemb.encoder.runtime.litert import load_encoder
from musicemb.io.audio.decoders import open_av
from musicemb.io.audio.parts.av_frames import read_planes
from musicemb.io.audio.parts.forward_file import open_forward
from musicemb.io.catalogue.catalogue import open_catalogue
from musicemb.records import EmbeddedTrack, Encoder, FoundFile, ScanProgress
from musicemb.settings import FAST_EXCERPTS, ScanSettings
from musicemb.workflows.embedding import segment_vectors
from musicemb.workflows.embedding.embed import embed_file
from musicemb.workflows.library.scan import scan_library
from musicemb.workflows.parallel.worker_process import spawn_environment

RATE, SECONDS = 44_100, 240
BLISS = """
import sys, time, bliss_audio
bliss_audio.Song(sys.argv[1])
for path in sys.argv[1:]:
    began = time.process_time()
    bliss_audio.Song(path)
    print(time.process_time() - began)
"""


@dataclass
class Dumb:
    """An encoder without its network."""

    encoder: Any

    def __getattr__(self, name: str) -> Any:
        return getattr(self.encoder, name)

    def embed(self, features: np.ndarray) -> np.ndarray:
        return np.full((len(features), self.encoder.dimensions), self.encoder.dimensions**-0.5, np.float32)


def encode(path: Path, samples: np.ndarray) -> Path:
    """Write stereo samples; FLAC as libsndfile, the others as FFmpeg does it."""
    import av

    if path.suffix == ".flac":
        return sounds.write(path, samples, RATE)
    codec, rate, bits = ("libmp3lame", RATE, 192_000) if path.suffix == ".mp3" else ("libopus", 48_000, 128_000)
    with av.open(str(path), "w") as output:
        stream: Any = output.add_stream(codec, rate=rate, layout="stereo")
        stream.bit_rate = bits
        resampler = av.AudioResampler(format=stream.codec_context.format, layout="stereo", rate=rate)
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples).reshape(1, -1), format="flt", layout="stereo")
        frame.sample_rate = RATE
        for piece in (*resampler.resample(frame), *resampler.resample(None)):
            output.mux(stream.encode(piece))
        output.mux(stream.encode(None))
    return path


def decode(path: Path, open_file: Callable[[str], Any] = open_forward) -> None:
    """Decode all of a file, and do nothing with it."""
    if path.suffix == ".opus":
        with open_av(path) as (container, stream):
            for frame in container.decode(stream):
                read_planes(frame)
        return
    with open_file(str(path)) as file:
        block = np.empty((1 << 18, file.channels), np.float32)
        while len(file.read(out=block)):
            pass


def embed(path: Path, encoder: Encoder, excerpts: int = 0) -> None:
    found = FoundFile.from_status(path, path.stat())
    assert isinstance(embed_file(found, encoder, settings=ScanSettings(excerpts=excerpts)), EmbeddedTrack)


@contextmanager
def deaf() -> Iterator[None]:
    meter = segment_vectors.ValueMeter
    segment_vectors.ValueMeter = Deaf  # type: ignore[misc,assignment]
    try:
        yield
    finally:
        segment_vectors.ValueMeter = meter  # type: ignore[misc]


@contextmanager
def at_least(seconds: float) -> Iterator[None]:
    """So much music is heard of each track, where it has that."""
    before = segments._FEWEST
    segments._FEWEST = seconds
    try:
        yield
    finally:
        segments._FEWEST = before


def cpu(work: Callable[[], None]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def measure(paths: list[Path], encoder: Encoder, runs: int) -> dict[str, list[tuple[float, float]]]:
    """Pairs of (CPU seconds, those of decoding alone) by what was done."""
    from soundfile import SoundFile

    dumb: Any = Dumb(encoder)

    def front(path: Path) -> None:
        with deaf():
            embed(path, dumb)

    works: dict[str, Callable[[Path], None]] = {
        "without network and values": front,
        "without network": lambda path: embed(path, dumb),
        "all in": lambda path: embed(path, encoder),
        "--fast": lambda path: embed(path, encoder, FAST_EXCERPTS),
    }
    if paths[0].suffix == ".mp3":
        works["decoding as soundfile does it, with a seek behind each block"] = lambda path: decode(path, SoundFile)
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in works}
    for work in works.values():
        work(paths[0])
    for _ in range(runs):
        for path in paths:
            for name, work in works.items():
                alone = cpu(lambda path=path: decode(path))  # type: ignore[misc]
                found[name].append((cpu(lambda path=path, work=work: work(path)), alone))  # type: ignore[misc]
    return found


def by_bliss(python: str, paths: list[Path]) -> list[float]:
    command = [python, "-c", BLISS, *map(str, paths)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env={"OMP_NUM_THREADS": "1"})
    return [float(line) for line in done.stdout.split()]


def tell(name: str, pairs: list[tuple[float, float]], beside: str = "decoding alone") -> None:
    ratios = sorted(one / other for one, other in pairs)
    seconds = statistics.median(one for one, _ in pairs)
    print(f"  {name}: {seconds:.3f} s, {statistics.median(ratios):.2f} x {beside} ({ratios[0]:.2f}-{ratios[-1]:.2f})")


def made(music: list[Path], songs: int) -> list[np.ndarray]:
    import soundfile

    if not music:
        return [sounds.music(SECONDS, seed) for seed in range(songs)]
    pieces = []
    for path in music:
        samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
        assert rate == RATE and samples.shape[1] == 2, f"{path} is not stereo at {RATE} Hz"
        pieces.append(np.clip(np.resize(samples, (SECONDS * RATE, 2)), -1, 1).astype(np.float32))
    return pieces


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--music", nargs="*", type=Path, default=[])
    parser.add_argument("--songs", type=int, default=2, help="that are made, where none is given")
    parser.add_argument("--bliss", default="", metavar="PYTHON")
    parser.add_argument("--encoder", default=None)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--formats", nargs="*", default=["mp3", "flac", "opus"])
    arguments = parser.parse_args()
    if "MALLOC_TOP_PAD_" not in os.environ:  # as workers are started
        with spawn_environment():
            sys.exit(subprocess.run([sys.executable, *sys.argv], check=False).returncode)
    encoder = load_encoder(arguments.encoder)
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    print(f"{platform.platform()}, {os.cpu_count()} CPUs, load {load:.1f}")
    with tempfile.TemporaryDirectory() as name:
        pieces = made(arguments.music, arguments.songs)
        for suffix in arguments.formats:
            paths = [encode(Path(name) / f"{number}.{suffix}", piece) for number, piece in enumerate(pieces)]
            found = measure(paths, encoder, arguments.runs)
            alone = [other for pairs in found.values() for _, other in pairs]
            print(f"{suffix}: decoding alone {statistics.median(alone):.3f} s of CPU")
            for label, pairs in found.items():
                tell(label, pairs)
            if arguments.bliss:
                bliss = statistics.median(by_bliss(arguments.bliss, paths * arguments.runs))
                tell("all in", [(one, bliss) for one, _ in found["all in"]], f"bliss-audio ({bliss:.3f} s)")
        short = []
        for number in range(8):
            piece = pieces[0][number * 30 * RATE :][: 30 * RATE]
            short.append(encode(Path(name) / f"short{number}.mp3", piece))
        whole = encode(Path(name) / "whole.mp3", pieces[0])
        dumb: Any = Dumb(encoder)
        kinds = {
            "eight files of 30 s": (encoder, segments._FEWEST),
            "the same without network": (dumb, segments._FEWEST),
            "all in, if no more were heard of them than of one of 240 s": (encoder, 0.0),
        }
        found = {label: [] for label in kinds}
        for _ in range(arguments.runs):
            for label, (used, fewest) in kinds.items():
                with at_least(fewest):
                    many = sum(cpu(lambda path=path, used=used: embed(path, used)) for path in short)  # type: ignore[misc]
                found[label].append((many, cpu(lambda used=used: embed(whole, used))))  # type: ignore[misc]
        for label, pairs in found.items():
            tell(label, pairs, "one of 240 s")
        fewer = segment_count(short, encoder) / segment_count([whole], encoder)
        print(
            f"  of the eight the network hears {fewer:.2f} times as many segments: at least half a minute of each file"
        )
        parent_share([*short, whole], encoder, Path(name))
    print(f"peak memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


def parent_share(paths: list[Path], encoder: Encoder, folder: Path) -> None:
    """CPU per track of the process that hands files out and stores them, and of its worker."""
    with open_catalogue(folder / "library.sqlite") as catalogue:
        marks = [
            time.process_time()
            for event in scan_library(paths, catalogue=catalogue, encoder=encoder, workers=1)
            if isinstance(event, ScanProgress)
        ]
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    parent = (marks[-1] - marks[0]) / (len(marks) - 1)
    worker = (used.ru_utime + used.ru_stime) / len(marks)
    print(
        f"a scan: {1000 * parent:.1f} ms of the parent a file, {worker:.3f} s of a worker: {parent / worker:.4f} of it"
    )


def segment_count(paths: list[Path], encoder: Encoder) -> int:
    count = 0
    for path in paths:
        heard = segment_vectors.embed_segments(path, encoder, ScanSettings())
        assert heard is not None and heard.segments is not None
        count += len(heard.segments.starts)
    return count


if __name__ == "__main__":
    main()
