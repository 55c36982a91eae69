"""What the commands cost: python tests/benchmarks/scan_cost.py [--encoder BUNDLE]

CPU seconds and memory per 4-minute stereo MP3 in a worker process, and wall seconds of `similar` on a
track of the library, on an unknown file, and of `--help`. Whole processes, medians of five runs; they
are compared with `python -c pass` in the same run, for machines differ. Needs no real audio.
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
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
import sounds

RUNS = 5
TRACKS = 6

WORKER = """
import resource, sys, time
from pathlib import Path
from musicemb.encoder.runtime.litert import load_encoder
from musicemb.records import FoundFile
from musicemb.core.signal.segments import segment_features
from musicemb.io.audio.reader import read_audio
from musicemb.workflows.embedding.embed import embed_file
encoder = load_encoder(sys.argv[1] or None)
paths = [Path(p) for p in sys.argv[2:]]
def found(path):
    return FoundFile(path, path.stat().st_size, path.stat().st_mtime_ns)
embed_file(found(paths[0]), encoder)
cpu = []
for path in paths[1:]:
    started = time.process_time()
    track = embed_file(found(path), encoder)
    cpu.append(time.process_time() - started)
    assert hasattr(track, "vector"), track
_, features = segment_features(read_audio(paths[0], 16000).samples, encoder.front_end)
started = time.process_time()
encoder.embed(features)
network = time.process_time() - started
status = Path("/proc/self/status")  # ru_maxrss would count what the parent held when it forked
if status.exists():
    peak = int(status.read_text().split("VmHWM:")[1].split()[0]) / 1024
else:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 1024)
print(sorted(cpu)[len(cpu) // 2], network, len(features), peak)
"""


def seconds(command: list[str], environment: dict[str, str]) -> tuple[float, float]:
    """Median wall and CPU seconds of a whole process."""
    walls, cpus = [], []
    for _ in range(RUNS):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        started = time.monotonic()
        subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        walls.append(time.monotonic() - started)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpus.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return statistics.median(walls), statistics.median(cpus)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--encoder", default="")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths = []
        for seed in range(TRACKS):
            path = folder / "music" / f"Artist {seed}" / f"Track {seed}.mp3"
            paths.append(sounds.write_music(path, 240.0, seed=seed, artist=f"Artist {seed}", title=f"Track {seed}"))
        command = [sys.executable, "-c", WORKER, arguments.encoder, *map(str, paths)]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        cpu, network, segments, peak = (float(word) for word in done.stdout.split())
        print(f"{platform.platform()}, {platform.processor() or platform.machine()}, {os.cpu_count()} CPUs")
        print(f"4-minute stereo MP3: {cpu:.2f} s of CPU, of which network {network:.2f} s ({segments:.0f} segments)")
        print(f"peak memory of a worker: {peak:.0f} MB")

        environment = {**os.environ, "MUSICEMB_LIBRARY": str(folder / "library.sqlite")}
        program = [sys.executable, "-m", "musicemb"]
        encoder = ["--encoder", arguments.encoder] if arguments.encoder else []
        scan = [*program, "scan", str(folder / "music"), *encoder]
        subprocess.run(scan, env=environment, check=True, stdout=subprocess.DEVNULL)
        unknown = sounds.write_music(folder / "unknown.mp3", 240.0, seed=99)
        for label, words in {
            "python -c pass": [sys.executable, "-c", "pass"],
            "musicemb --help": [*program, "--help"],
            "musicemb similar (known track)": [*program, "similar", str(paths[0])],
            "musicemb similar (unknown file)": [*program, "similar", str(unknown), *encoder],
            "musicemb scan (nothing new)": scan,
        }.items():
            wall, cpu = seconds(words, environment)
            print(f"{label}: {wall:.2f} s, {cpu:.2f} s of CPU")


if __name__ == "__main__":
    main()
