"""What each question costs as a whole process: `query_speed.py LIBRARY [RUNS [BEFORE [ONLY...]]]`.

LIBRARY is a file of `made_library.py`. BEFORE is another checkout, with a copy of the library of its own beside it
(BEFORE.sqlite): each command is then run with both in turn ("" is none). ONLY names lines of the table. Told are the
median wall clock and CPU, the peak of memory, and the exit status where it is not 0 (a folder is no track: 1); the page
cache is warm, the first run (which may make the index) does not count. On a busy machine the CPU is what compares: a
process that waits for its turn waits on the wall clock only.
"""

from __future__ import annotations

import os
import sqlite3
import statistics
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

HERE = Path(__file__).parents[2]
_KB = 1 if sys.platform == "darwin" else 1024


def commands(library: Path) -> dict[str, list[str]]:
    """Questions about a library that was made, by what they are called in the table."""
    with closing(sqlite3.connect(library)) as connection:
        rows = connection.execute("SELECT path, artist, title FROM track WHERE id IN (50, 500) ORDER BY id").fetchall()
    (end, _, _), (seed, artist, title) = rows
    start, end = os.fsdecode(seed), os.fsdecode(end)
    return {
        "similar, a path": ["similar", start],
        "similar, words": ["similar", f"{artist} {title}"],
        "similar, misspelled words": ["similar", f"{artist[:-1]}x {title}"],
        "similar, a folder": ["similar", str(Path(start).parent)],
        "similar --artist": ["similar", "--artist", artist],
        "similar --within jazz": ["similar", start, "--within", "jazz"],
        "find": ["find", "calm jazz"],
        "why": ["why", start],
        "status": ["status"],
        "clusters": ["clusters"],
        "clusters 3": ["clusters", "3"],
        "playlist of a track": ["playlist", start],
        "playlist of a cluster": ["playlist", "--cluster", "3"],
        "playlist, a path": ["playlist", "--from", start, "--to", end],
        "tag --dry-run": ["tag", "--dry-run"],
        "--help": ["--help"],
    }


def run(checkout: Path, library: Path, words: list[str]) -> tuple[float, float, float, int]:
    """Wall clock and CPU in seconds, MB, and the exit status of one process."""
    environment = {**os.environ, "PYTHONPATH": str(checkout), "MUSICEMB_LIBRARY": str(library), "OMP_NUM_THREADS": "1"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed program has its byte code beside it
    began = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-m", "musicemb", *words], env=environment, cwd=checkout,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    ) as process:  # fmt: skip
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    taken = time.perf_counter() - began
    return taken, used.ru_utime + used.ru_stime, used.ru_maxrss * _KB / 2**20, process.returncode


def _floor(code: str) -> float:
    """CPU of a process that does nothing of ours: no command can take less on this machine."""
    with subprocess.Popen([sys.executable, "-c", code]) as process:
        _, _, used = os.wait4(process.pid, 0)
        process.returncode = 0  # it has been waited for
    return used.ru_utime + used.ru_stime


def main(library: Path, runs: int, before: Path | None, only: list[str]) -> None:
    """Print a table."""
    sides = {"now": (HERE, library)}
    if before is not None:
        sides = {"before": (before, before.with_name(f"{before.name}.sqlite")), **sides}
    for name, code in {"python -c pass": "pass", "python -c 'import numpy'": "import numpy"}.items():
        print(f"{name:<26}{statistics.median(_floor(code) for _ in range(max(runs, 1))):.3f} s of CPU")
    print(f"{'':<26}" + "".join(f"{side + ': wall':>14}{'CPU':>8}{'peak MB':>9}" for side in sides))
    for name, words in commands(library).items():
        if only and name not in only:
            continue
        line = f"{name:<26}"
        found: dict[str, list[tuple[float, float, float, int]]] = {side: [] for side in sides}
        for number in range(runs + 1):
            for side, (checkout, file) in sides.items():
                measured = run(checkout, file, words)
                if number or not runs:
                    found[side].append(measured)
        for each in found.values():
            wall, cpu, _, status = (statistics.median(values) for values in zip(*each, strict=True))
            line += f"{wall:>14.2f}{cpu:>8.2f}{max(peak for _, _, peak, _ in each):>9.0f}"
            # A question that is refused costs less than an answer.
            line += f"  exit status {status:.0f}" if status else ""
        print(line, flush=True)


if __name__ == "__main__":
    main(
        Path(sys.argv[1]).absolute(),
        int(sys.argv[2]) if len(sys.argv) > 2 else 5,
        Path(sys.argv[3]).absolute() if len(sys.argv) > 3 and sys.argv[3] else None,
        sys.argv[4:],
    )
