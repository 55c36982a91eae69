"""All benchmarks of speed in one run, one after the other, beside other programs:

    python tests/benchmarks/all.py --work FOLDER [--tracks 100000] [--only NAME ...] [--write]
        [--bliss PYTHON] [--essentia PYTHON] [--musicnn PYTHON]

FOLDER keeps the made libraries. A PYTHON is an interpreter that has the package of that name from pip; what none has is
left out, and said. Each program hears the same made 4-minute MP3s (stereo, 192 kbit/s) as a process of its own, in
turns: CPU seconds a track are what a process of several tracks takes more than one of a single track. Then come the
other scripts of this folder, as their own first lines tell. Nothing here looks at quality; EVALUATION.md names what
does. --write puts each part, with machine and date, into EVALUATION.md in place of its run before. All parts take about
an hour, on a machine that does nothing else.
"""

from __future__ import annotations

import argparse
import datetime
import functools
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
import sounds
from benchmarks.listening_cost import encode

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "musicemb" / "docs" / "EVALUATION.md"
RUNS, TRACKS = 5, 4

PROGRAMS = {
    "decoding alone": "import soundfile\nfor path in paths: soundfile.read(path, dtype='float32')",
    "musicemb": "import musicemb\nfor path in paths: musicemb.embed(path)",
    "bliss": "import bliss_audio\nfor path in paths: bliss_audio.Song(path)",
    "essentia": "import essentia.standard as es\nfor path in paths: es.MusicExtractor()(path)",
    "musicnn": "from musicnn.extractor import extractor\n"
    "for path in paths: extractor(path, model='MSD_musicnn', extract_features=True)",
}
"""What each does with a list of paths; other programs name the package of pip that is asked for."""


def cpu(python: str, code: str, paths: list[str]) -> float:
    """CPU seconds of a whole process and what it starts."""
    environment = {
        **os.environ,
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": str(HERE.parents[1]) if "musicemb" in code else "",
    }
    with subprocess.Popen(
        [python, "-c", f"import sys; paths = sys.argv[1:]\n{code}", *paths],
        env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert process.stderr is not None
        said = process.stderr.read().decode(errors="replace")
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{python} failed: {said.strip().splitlines()[-1] if said.strip() else process.returncode}")
    return used.ru_utime + used.ru_stime


def listen(pythons: dict[str, str]) -> str:
    """CPU seconds a track of every program, and how many times those of decoding alone."""
    with tempfile.TemporaryDirectory() as folder:
        files = [
            str(encode(Path(folder) / f"{seed}.mp3", sounds.music(240.0, seed, channels=2)))
            for seed in range(TRACKS + 1)
        ]
        found: dict[str, list[float]] = {name: [] for name in pythons}
        for _ in range(RUNS):
            for name, python in pythons.items():
                one, all_of_them = (cpu(python, PROGRAMS[name], some) for some in (files[:1], files))
                found[name].append((all_of_them - one) / TRACKS)
    lines = [
        "| program | CPU a 4-minute MP3 | times decoding alone | lowest to highest of the runs |",
        "| --- | --- | --- | --- |",
    ]
    base = found["decoding alone"]
    for name, seconds in found.items():
        ratios = [mine / alone for mine, alone in zip(seconds, base, strict=True)]
        spread = f"{min(ratios):.2f}-{max(ratios):.2f}"
        lines.append(f"| {name} | {statistics.median(seconds):.3f} s | {statistics.median(ratios):.2f} | {spread} |")
    left_out = [name for name in PROGRAMS if name not in pythons]
    return "\n".join(lines) + (f"\n\nNot installed: {', '.join(left_out)}." if left_out else "")


def script(name: str, *arguments: str) -> str:
    """What a script of this folder prints."""
    done = subprocess.run([sys.executable, str(HERE / name), *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{name} failed: {done.stderr.strip().splitlines()[-1:]}")
    return f"```\n{done.stdout.strip()}\n```"


def library(work: Path, tracks: int) -> str:
    """A made library of so many tracks; made where it is not there yet."""
    path = work / f"made-{tracks}.sqlite"
    if not path.exists():
        script("made_library.py", str(path), str(tracks))
    return str(path)


def write(name: str, text: str) -> None:
    """Put a part into the page, in place of what stands there of it, else at the end."""
    begin, end = f"<!-- all.py {name}: begin -->", f"<!-- all.py {name}: end -->"
    before, found, rest = PAGE.read_text(encoding="utf-8").partition(begin)
    after = rest.partition(end)[2] if found else "\n"
    PAGE.write_text(f"{before.rstrip()}\n\n{begin}\n{text}{end}{after}", encoding="utf-8")


def has(python: str, name: str) -> bool:
    """Whether an interpreter has the package of another program."""
    tried = subprocess.run([python, "-c", PROGRAMS[name].splitlines()[0]], capture_output=True, check=False)
    return tried.returncode == 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--tracks", type=int, default=100_000)
    parser.add_argument("--only", nargs="+", default=[])
    parser.add_argument("--write", action="store_true")
    for name in ("bliss", "essentia", "musicnn"):
        parser.add_argument(f"--{name}", metavar="PYTHON", default=sys.executable)
    arguments = parser.parse_args()
    arguments.work.mkdir(parents=True, exist_ok=True)
    pythons = {name: getattr(arguments, name, sys.executable) for name in PROGRAMS}
    pythons = {name: python for name, python in pythons.items() if has(python, name)}
    tracks = arguments.tracks
    made = functools.partial(library, arguments.work, tracks)
    parts: dict[str, tuple[str, Callable[[], str]]] = {
        "listening": ("Listening, beside other programs", lambda: listen(pythons)),
        "scan": ("Where the CPU of a scan goes", lambda: script("listening_cost.py")),
        "network": ("The network", lambda: script("network_cost.py", "tile2vec-genre", "tile2vec")),
        "queries": (f"Questions to {tracks:,} tracks", lambda: script("query_speed.py", made())),
        "grouping": (f"Grouping {tracks:,} tracks", lambda: script("grouping_speed.py", made())),
        "serve": ("Answers of a warm server", lambda: script("serve_latency.py", "--library", made())),
        "dask": ("A Dask cluster", lambda: script("dask_scaling.py")),
    }  # fmt: skip
    unknown = set(arguments.only) - set(parts)
    if unknown:
        parser.error(f"--only takes: {', '.join(parts)}")
    machine = f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()}, Python {platform.python_version()}"
    for name, (title, measure) in parts.items():
        if arguments.only and name not in arguments.only:
            continue
        day = f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d}"
        text = f"### {title}\n\n`python tests/benchmarks/all.py --only {name}`, {machine}, {day}.\n\n{measure()}\n"
        print(text, flush=True)
        if arguments.write:
            write(name, text)


if __name__ == "__main__":
    main()
