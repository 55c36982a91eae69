"""What a second worker gains, beside what the machine gives: python tests/benchmarks/workers.py [--tracks N] [--runs N]

MP3s of the same made music are listened to by one worker process and by two, and decoded (nothing else) by one process
and by two that know nothing of each other: the latter is all that a second core of this machine can give. Told are
tracks a second on the clock, from the first result to the last so that starting is left out; CPU a track, which grows
where two share caches, memory or a core's units; and the CPU of the process that hands out and stores. Medians over the
runs, in turn. The clock means something where nothing else runs, the CPU anywhere.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).parents[1]))
import sounds
from benchmarks.listening_cost import encode

from musicemb.encoder.runtime.litert import load_encoder
from musicemb.io.audio.payload_hash import payload_hash
from musicemb.io.catalogue.catalogue import open_catalogue
from musicemb.records import ScanProgress
from musicemb.workflows.library.scan import scan_library
from musicemb.workflows.parallel.worker_process import spawn_environment

DECODE = """
import sys, time
from pathlib import Path
from benchmarks.listening_cost import decode
decode(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
began = time.process_time()
for name in sys.argv[1:]:
    decode(Path(name))
print(time.process_time() - began, flush=True)
"""


def make_tracks(folder: Path, count: int, seconds: float) -> list[Path]:
    """The same music so often, for making it takes longer than hearing it, each with a payload of its own: the version
    of the encoder, which stands in the first frame and which no decoder reads, is another."""
    first = encode(folder / "0.mp3", sounds.music(seconds, 0))
    content = first.read_bytes()
    place = content.index(b"Lavf", content.index(b"Info")) + 4
    paths = [first]
    for number in range(1, count):
        paths.append(folder / f"{number}.mp3")
        paths[-1].write_bytes(content[:place] + b"%05d" % number + content[place + 5 :])
    assert len({payload_hash(path) for path in paths}) == count
    return paths


def children() -> float:
    """CPU so far of the processes that this one started and that run."""
    times = [process.cpu_times() for process in psutil.Process().children()]
    return sum(one.user + one.system for one in times)


def decode_by(count: int, paths: list[Path]) -> tuple[float, float]:
    """Tracks a second, and CPU a track, of so many processes that each decode all files."""
    tests = str(Path(__file__).parents[1])
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([tests, str(Path(tests).parent)])}
    command = [sys.executable, "-c", DECODE, *map(str, paths)]
    started = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)
        for _ in range(count)
    ]
    for process in started:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    began, used = time.monotonic(), 0.0
    for process in started:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    for process in started:
        used += float(process.communicate()[0])
        assert process.returncode == 0
    return count * len(paths) / (time.monotonic() - began), used / (count * len(paths))


def scan_by(count: int, paths: list[Path], encoder: object, folder: Path) -> tuple[float, float, float]:
    """Tracks a second, CPU of the workers a track, and of this process a track."""
    marks, own, used = [], [], []
    with tempfile.TemporaryDirectory(dir=folder) as name, open_catalogue(Path(name) / "library.sqlite") as catalogue:
        for event in scan_library(paths, catalogue=catalogue, encoder=encoder, workers=count):  # type: ignore[arg-type]
            if isinstance(event, ScanProgress):
                marks.append(time.monotonic())
                own.append(time.process_time())
                used.append(children())
    assert len(marks) == len(paths)
    several = len(marks) - count  # the first of each worker has waited for it to start
    took, theirs, ours = ((of[-1] - of[count - 1]) / several for of in (marks, used, own))
    return 1 / took, theirs, ours


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tracks", type=int, default=12)
    parser.add_argument("--seconds", type=float, default=240.0)
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    encoder = load_encoder()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "")
    with tempfile.TemporaryDirectory() as name, spawn_environment():
        folder = Path(name)
        paths = make_tracks(folder, arguments.tracks, arguments.seconds)
        decoded: dict[int, list[tuple[float, float]]] = {1: [], 2: []}
        heard: dict[int, list[tuple[float, float, float]]] = {1: [], 2: []}
        for _ in range(arguments.runs):
            for count in (1, 2):
                decoded[count].append(decode_by(count, paths))
                heard[count].append(scan_by(count, paths, encoder, folder))
    for label, found in (("decoding alone", decoded), ("scan", heard)):
        for place, what in enumerate(("tracks a second", "s of CPU a track")):
            one, two = ([run[place] for run in found[count]] for count in (1, 2))
            ratios = sorted(second / first for first, second in zip(one, two, strict=True))
            print(
                f"{label}: {statistics.median(one):.3f} {what} by one, {statistics.median(two):.3f} by two: "
                f"{statistics.median(ratios):.2f} x ({ratios[0]:.2f}-{ratios[-1]:.2f})"
            )
    own = statistics.median(run[2] for run in heard[2])
    print(f"the process that hands out and stores: {1000 * own:.1f} ms of CPU a track")


if __name__ == "__main__":
    main()
