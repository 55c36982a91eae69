"""From nothing to the first result: python tests/benchmarks/cold_start.py CHECKOUT [CHECKOUT ...]

For each checkout, in turn: a fresh environment, `pip install .` as the README has it, and a scan of six tracks of eight
seconds, then `similar` of a seventh with every file of the installation put out of the page cache. CPU seconds
of each with its children, seconds on the clock, and size on disk. All is installed once before, unmeasured, so
that pip's cache holds every wheel: the network is not measured. To compare with an older state: `git worktree add`.
"""

from __future__ import annotations

import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
import sounds


def spent(command: Sequence[str | Path], environment: dict[str, str], folder: Path) -> tuple[float, float]:
    """CPU seconds and seconds on the clock."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        sys.exit(done.stdout + done.stderr)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, time.monotonic() - began


def forget_pages(folder: Path) -> int:
    """Put all files below a folder out of the page cache; their size in bytes."""
    size = 0
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            size += path.stat().st_blocks * 512
            opened = os.open(path, os.O_RDONLY)
            os.fsync(opened)
            os.posix_fadvise(opened, 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(opened)
    return size


def measure(checkout: Path, scratch: Path, *, told: bool) -> None:
    home = scratch / "home"
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environment |= {"HOME": str(home), "MUSICEMB_LIBRARY": str(scratch / "library.sqlite"),
                    "PIP_CACHE_DIR": os.environ.get("PIP_CACHE_DIR", str(Path.home() / ".cache/pip"))}  # fmt: skip
    programs = scratch / "venv" / "bin"
    steps = [
        ("environment", [sys.executable, "-m", "venv", scratch / "venv"]),
        ("pip install .", [programs / "pip", "install", "."]),
    ]
    total = [spent(command, environment, checkout) for _, command in steps]
    if not told:
        return
    size = forget_pages(scratch / "venv")
    total.append(spent([programs / "musicemb", "scan", home / "Music"], environment, scratch))
    forget_pages(scratch / "venv")
    similar = spent([programs / "musicemb", "similar", home / "track.mp3"], environment, scratch)
    names = [*(name for name, _ in steps), "first scan, cold"]
    told_steps = ", ".join(f"{name} {cpu:.1f} s ({wall:.1f})" for name, (cpu, wall) in zip(names, total, strict=True))
    cpu, wall = (sum(column) for column in zip(*total, strict=True))
    print(f"{checkout}: {told_steps}; in all {cpu:.1f} s of CPU ({wall:.1f} on the clock); then similar, cold,"
          f" {similar[0]:.1f} s ({similar[1]:.1f}); {size / 1e6:.0f} MB", flush=True)  # fmt: skip


def main() -> None:
    print(f"{platform.platform()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.0f}")
    checkouts = [Path(name).resolve() for name in sys.argv[1:]]
    for told in (False, True):
        for checkout in checkouts:
            with tempfile.TemporaryDirectory() as name:
                scratch = Path(name)
                for seed in range(7):
                    path = scratch / "home" / ("track.mp3" if seed == 6 else f"Music/{seed}.mp3")
                    sounds.write_music(path, 8.0, seed=seed, artist=f"Artist {seed % 3}", title=f"Track {seed}")
                measure(checkout, scratch, told=told)


if __name__ == "__main__":
    main()
