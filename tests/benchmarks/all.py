"""Runs all benchmarks of speed, one after the other, and compares with other programs:

    python tests/benchmarks/all.py [--quick] [--work FOLDER] [--tracks N] [--only NAME ...] [--again] [--write]
        [--bliss PYTHON] [--essentia PYTHON] [--musicnn PYTHON]

FOLDER keeps the generated libraries and the output of each part (FOLDER/results/NAME.md): an interrupted run continues
where it stopped, unless --again is given, or the program or the sizes have changed. A PYTHON is an interpreter in which
the package of that name is installed from pip; a program that is not installed or fails is left out, which the output
says. Each program analyses the same generated MP3s (stereo, 192 kbit/s) of four minutes, with --quick of two, in a
separate process, alternating with the others: the CPU seconds per track are the difference between a process with
several tracks and one with a single track. Then the other scripts of this folder run, as their own docstrings describe.
Nothing here measures quality; EVALUATION.md names the scripts that do.

If a part fails or takes too long, a line says so, the others run, and the exit status is 1. At the end a table shows
the time of each part. The table and all parts are in FOLDER/table.md; with --write the parts are in EVALUATION.md too,
each with machine and date, in place of its previous run. All parts take about an hour on an idle machine, with --quick
(smaller libraries, fewer runs) some ten minutes.
"""

from __future__ import annotations

import argparse
import datetime
import functools
import json
import os
import platform
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
import sounds
from benchmarks.listening_cost import encode

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "musicemb" / "docs" / "EVALUATION.md"

PROGRAMS = {
    "decoding alone": "import soundfile\nfor path in paths: soundfile.read(path, dtype='float32')",
    "musicemb": "import musicemb\nfor path in paths: musicemb.embed(path)",
    "bliss": "import bliss_audio\nfor path in paths: bliss_audio.Song(path)",
    "essentia": "import essentia.standard as es\nfor path in paths: es.MusicExtractor()(path)",
    "musicnn": "from musicnn.extractor import extractor\n"
    "for path in paths: extractor(path, model='MSD_musicnn', extract_features=True)",
}
"""What each does with a list of paths; other programs name the package of pip that is asked for."""

_ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "TF_USE_LEGACY_KERAS": "1",  # musicnn is older than Keras 3
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
}


class PartError(Exception):
    """A part or a program gave no figure; the text says why."""


@dataclass(frozen=True)
class Sizes:
    """How much is measured."""

    tracks: int
    """Of the made library."""
    heard: int
    """Of 4 minutes, that each program hears."""
    runs: int
    seconds: float
    """After which a part is given up."""
    length: float = 240.0
    """Seconds of a heard track."""


def cpu(python: str, code: str, paths: list[str], seconds: float) -> float:
    """CPU seconds of a whole process and what it starts."""
    environment = {
        **os.environ,
        **_ENVIRONMENT,
        "PYTHONPATH": str(HERE.parents[1]) if "musicemb" in code else "",
    }
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run([python, "-c", f"import sys; paths = sys.argv[1:]\n{code}", *paths], seconds, environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def run(command: list[str], seconds: float, environment: dict[str, str] | None = None) -> str:
    """What a command prints; one that takes too long is ended with all that it started."""
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    ) as process:
        try:
            told, said = process.communicate(timeout=seconds)
        except BaseException as error:
            os.killpg(process.pid, signal.SIGKILL) if hasattr(os, "killpg") else process.kill()
            if not isinstance(error, subprocess.TimeoutExpired):
                raise
            raise PartError(f"took longer than {seconds:.0f} s") from None
    if process.returncode:
        raise PartError(last_line(said.decode(errors="replace")) or f"exit status {process.returncode}")
    return told.decode(errors="replace")


def last_line(said: str) -> str:
    lines = said.strip().splitlines()
    return lines[-1].strip() if lines else ""


def listen(pythons: dict[str, str], sizes: Sizes) -> str:
    """CPU seconds a track of every program, and how many times those of decoding alone."""
    found: dict[str, list[float]] = {name: [] for name in PROGRAMS}
    left_out = {name: "not installed" for name in PROGRAMS if not has(pythons[name], name)}
    with tempfile.TemporaryDirectory() as folder:
        files = [
            str(encode(Path(folder) / f"{seed}.mp3", sounds.music(sizes.length, seed, channels=2)))
            for seed in range(sizes.heard + 1)
        ]
        for _ in range(sizes.runs):
            for name, python in pythons.items():
                if name in left_out:
                    continue
                try:
                    one, every = (cpu(python, PROGRAMS[name], some, sizes.seconds) for some in (files[:1], files))
                except (PartError, OSError) as error:
                    left_out[name] = str(error)
                    continue
                found[name].append((every - one) / sizes.heard)
    if "decoding alone" in left_out or "musicemb" in left_out:
        raise PartError("; ".join(f"{name}: {why}" for name, why in left_out.items()))
    lines = [
        f"| program | CPU for {sizes.length / 60:.3g} min | times decoding alone | lowest to highest of the runs |",
        "| --- | --- | --- | --- |",
    ]
    for name, seconds in found.items():
        if name not in left_out:
            ratios = [mine / alone for mine, alone in zip(seconds, found["decoding alone"], strict=True)]
            middle, spread = statistics.median(ratios), f"{min(ratios):.2f}-{max(ratios):.2f}"
            lines.append(f"| {name} | {statistics.median(seconds):.3f} s | {middle:.2f} | {spread} |")
    told = "".join(f"\n\nLeft out: {name} ({why})." for name, why in left_out.items())
    return "\n".join(lines) + told


def has(python: str, name: str) -> bool:
    """Whether an interpreter is there and has the package of another program."""
    command = [python, "-c", PROGRAMS[name].splitlines()[0]]
    try:
        return not subprocess.run(
            command, env={**os.environ, **_ENVIRONMENT}, capture_output=True, check=False
        ).returncode
    except OSError:
        return False


def beside(bliss: str) -> list[str]:
    """What tells a script which interpreter has bliss-audio, where that one has it."""
    return ["--bliss", bliss] if has(bliss, "bliss") else []


def script(sizes: Sizes, name: str, *arguments: str) -> str:
    """What a script of this folder prints."""
    try:
        said = run([sys.executable, str(HERE / name), *arguments], sizes.seconds)
    except PartError as error:
        raise PartError(f"{name}: {error}") from None
    told = "\n".join(line for line in said.splitlines() if not line.startswith("INFO:"))
    return f"`{' '.join([name, *map(short, arguments)])}`\n\n```\n{told.strip()}\n```"


def short(argument: str) -> str:
    return Path(argument).name if os.sep in argument else argument


def library(work: Path, sizes: Sizes) -> str:
    """A made library of so many tracks; made where it is not there yet."""
    path = work / f"made-{sizes.tracks}.sqlite"
    if not path.exists():
        with tempfile.TemporaryDirectory(dir=work) as folder:  # a half one must not be taken for a library
            made = Path(folder) / path.name
            script(sizes, "made_library.py", str(made), str(sizes.tracks))
            made.replace(path)
    return str(path)


def write(page: Path, name: str, text: str) -> None:
    """Put a part into the page, in place of what stands there of it, else at the end."""
    begin, end = f"<!-- all.py {name}: begin -->", f"<!-- all.py {name}: end -->"
    before, found, rest = page.read_text(encoding="utf-8").partition(begin)
    after = rest.partition(end)[2] if found else "\n"
    page.write_text(f"{before.rstrip()}\n\n{begin}\n{text}{end}{after}", encoding="utf-8")


def machine() -> str:
    """The processor by its own name, where the system tells it."""
    model = platform.machine()
    if Path("/proc/cpuinfo").exists():
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), model)
    return f"{os.cpu_count()} cores, {model}, {platform.system()}, Python {platform.python_version()}"


def revision() -> str:
    """Of the program that is measured; "" where no git tells it."""
    try:
        command = ["git", "-C", str(HERE), "rev-parse", "--short", "HEAD"]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    except OSError:
        return ""


def load() -> str:
    return f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "?"


def run_part(name: str, title: str, measure: Callable[[], str], told: str) -> tuple[str, dict[str, str]]:
    """A part's text, and its line of the table."""
    began, before, used = time.monotonic(), load(), resource.getrusage(resource.RUSAGE_CHILDREN)
    body = measure()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    day = f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d}"
    row = {
        "part": name,
        "clock": f"{time.monotonic() - began:.0f} s",
        "CPU": f"{after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime:.0f} s",
        "load before and after": f"{before}, {load()}",
    }
    return f"### {title}\n\n`python tests/benchmarks/all.py --only {name}{told}`, {machine()}, {day}.\n\n{body}\n", row


def parts(work: Path, pythons: dict[str, str], sizes: Sizes, quick: bool) -> dict[str, tuple[str, Callable[[], str]]]:
    """What is measured, by name."""
    made = functools.partial(library, work, sizes)
    runs, tracks = str(sizes.runs), sizes.tracks
    call = functools.partial(functools.partial, script, sizes)  # to be called when its turn comes
    heard = ["--runs", runs, *["--songs", "1"] * quick]
    served = ["--tracks", str(tracks), *["--requests", "30"] * quick]
    dask = ["share", "wait", "--items", "300", "--waits", "6"] if quick else []
    return {
        "listening": ("Analysing a track, compared with other programs", lambda: listen(pythons, sizes)),
        "scan": (
            "Where the CPU of a scan goes",
            lambda: script(sizes, "listening_cost.py", *heard, *beside(pythons["bliss"])),
        ),
        "workers": ("A second worker", call("workers.py", "--runs", runs, "--tracks", "6" if quick else "12")),
        "network": ("The network", call("network_cost.py", "tile2vec-genre", "tile2vec")),
        "batch": ("Segments per call of the network", call("runtime_batch.py")),
        "queries": (f"Queries on {tracks:,} tracks", lambda: script(sizes, "query_speed.py", made(), runs)),
        "grouping": (
            f"Grouping {tracks:,} tracks",
            lambda: script(sizes, "grouping_speed.py", made(), *["--only-grouping"] * quick),
        ),
        "serve": ("Answers of a warm server", call("serve_latency.py", *served)),
        "dask": ("A Dask cluster", call("dask_scaling.py", *dask)),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "musicemb-benchmarks")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--tracks", type=int, default=None, help="of the made library")
    parser.add_argument("--heard", type=int, default=None, help="tracks that each program hears")
    parser.add_argument("--length", type=float, default=None, help="seconds that each of these plays")
    parser.add_argument("--runs", type=int, default=None)
    parser.add_argument("--limit", type=float, default=None, help="seconds after which a part is given up")
    parser.add_argument("--only", nargs="+", default=[])
    parser.add_argument("--again", action="store_true")
    parser.add_argument("--write", action="store_true")
    for name in ("bliss", "essentia", "musicnn"):
        parser.add_argument(f"--{name}", metavar="PYTHON", default=sys.executable)
    arguments = parser.parse_args()
    usual = Sizes(20_000, 1, 2, 400.0, 120.0) if arguments.quick else Sizes(100_000, 4, 5, 1800.0)
    sizes = Sizes(
        arguments.tracks or usual.tracks,
        arguments.heard or usual.heard,
        arguments.runs or usual.runs,
        arguments.limit or usual.seconds,
        arguments.length or usual.length,
    )
    results = arguments.work / "results"
    results.mkdir(parents=True, exist_ok=True)
    pythons = {name: getattr(arguments, name, sys.executable) for name in PROGRAMS}
    known = parts(arguments.work, pythons, sizes, arguments.quick)
    unknown = set(arguments.only) - set(known)
    if unknown:
        parser.error(f"--only takes: {', '.join(known)}")
    told = " --quick" * arguments.quick
    rows, texts, failed = [], [], []
    for name, (title, measure) in known.items():
        if arguments.only and name not in arguments.only:
            continue
        key = [revision(), repr(sizes), arguments.quick, pythons]
        record = results / f"{name}.json"
        kept = json.loads(record.read_text(encoding="utf-8")) if record.exists() and not arguments.again else {}
        if kept.get("key") == json.loads(json.dumps(key)):
            text, row = kept["text"], kept["row"]
        else:
            try:
                text, row = run_part(name, title, measure, told)
            except PartError as error:
                failed.append(f"{name}: {error}")
                print(f"{failed[-1]}\n", flush=True)
                continue
            record.write_text(json.dumps({"key": key, "text": text, "row": row}), encoding="utf-8")
            (results / f"{name}.md").write_text(text, encoding="utf-8")
        print(text, flush=True)
        texts.append(text)
        rows.append(row)
        if arguments.write:
            write(PAGE, name, text)
    lines = [f"| {' | '.join(row.values())} |" for row in rows]
    heads = list(rows[0]) if rows else []
    table = "\n".join([f"| {' | '.join(heads)} |", f"|{' --- |' * len(heads)}", *lines, ""]) if rows else ""
    summary = f"{machine()}, {revision()}\n\n{table}" + "".join(f"\nNot measured: {why}" for why in failed)
    print(summary)
    (arguments.work / "table.md").write_text("\n".join([summary, "", *texts]), encoding="utf-8")
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
