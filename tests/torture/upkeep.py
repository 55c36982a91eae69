"""Kills backup, restore, repair and the copy before tag at every system call that alters something.

usage: PYTHONPATH=tests python -m torture.upkeep [STEP]

Needs strace, which puts the faults in. STEP 3 tries every third call only.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from made_tracks import fill
from torture.faults import CALLS
from torture.promises import Promises

from musicemb.errors import CatalogueError
from musicemb.io.catalogue.catalogue import open_catalogue
from musicemb.io.catalogue.safety.copies import copies_of
from musicemb.io.catalogue.safety.salvage import salvage
from musicemb.io.catalogue.safety.swap import restore

FAULTS = {"KILL": "signal=KILL", "ENOSPC": "error=ENOSPC", "EIO": "error=EIO"}
TRACKS, ENTRIES = 40, 60

PROGRAM = """
import sys
from pathlib import Path
from musicemb.errors import MusicembError
from musicemb.library import Library
library, other = map(Path, sys.argv[1:3])
try:
    match sys.argv[3]:
        case "backup":
            with Library.open(library, read_only=True) as opened:
                opened.backup(other, replace=True)
        case "restore":
            Library.restore(other, library)
        case "repair":
            Library.check(library, repair=True)
        case "copy":
            with Library.open(library) as opened:
                opened.catalogue.keep_copy()
except (MusicembError, OSError):
    sys.exit(1)
"""


class Bench:
    """A library, a backup that is older, and the library damaged, to begin each trial from."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.trial = folder / "trial"
        self.library, self.other = self.trial / "library.sqlite", self.trial / "backup"
        self.trial.mkdir()
        fill(self.library, TRACKS)
        with open_catalogue(self.library) as catalogue:
            run = catalogue.start_run("tag")
            catalogue.backup(self.other)
            for number in range(ENTRIES):
                catalogue.add_journal(run, Path(f"/m/{number}"), f"{number:040x}", {}, {"TCON": ["Rock"]})
        shutil.copytree(self.trial, folder / "sound")
        with contextlib.closing(sqlite3.connect(self.library)) as connection:
            (root,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'journal'").fetchone()
        with self.library.open("r+b") as file:
            file.seek((root - 1) * 4096)
            file.write(bytes(4096))
        self.damaged = self.library.read_bytes()
        shutil.copytree(self.trial, folder / "damaged")

    def begin(self, what: str) -> None:
        """Put everything back as it was."""
        shutil.rmtree(self.trial)
        shutil.copytree(self.folder / ("damaged" if what == "repair" else "sound"), self.trial)

    def run(self, what: str, strace: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
        """Do it in a process of its own."""
        command = [*strace, sys.executable, "-c", PROGRAM, str(self.library), str(self.other), what]
        env = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
        return subprocess.run(command, capture_output=True, text=True, env=env, timeout=120)


def entries(path: Path) -> int:
    """How many journal entries a sound catalogue holds; -1 for any other."""
    try:
        with open_catalogue(path, read_only=True) as catalogue, catalogue.reading() as connection:
            sound = connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            return len(catalogue.journal(1)) if sound and len(catalogue.tracks()) == TRACKS else -1
    except CatalogueError:
        return -1


def check(bench: Bench, promises: Promises, fault: str, what: str, about: str, told: str) -> None:
    """Look at what a fault left, and do it again."""
    if fault != "KILL":
        promises.check(f"{fault}: no traceback", "Traceback" not in told, f"{about}: {told.strip()[-300:]}")
    match what:
        case "backup":
            promises.check(f"{fault}: a backup is the old or the new one", entries(bench.other) in (0, ENTRIES), about)
            promises.check(f"{fault}: the library stays as it is", entries(bench.library) == ENTRIES, about)
        case "restore":
            whole = entries(bench.library) in (0, ENTRIES)
            promises.check(f"{fault}: a restored library is the old or the new one", whole, about)
            restore(bench.other, bench.library)
            promises.check(f"{fault}: restoring again restores", entries(bench.library) == 0, about)
        case "repair":
            whole = bench.library.read_bytes() == bench.damaged or entries(bench.library) == ENTRIES
            promises.check(f"{fault}: a repaired library is the old or the new one", whole, about)
            salvage(bench.library)
            promises.check(f"{fault}: repairing again repairs", entries(bench.library) == ENTRIES, about)
        case "copy":
            whole = all(entries(copy) == ENTRIES for copy in copies_of(bench.library))
            promises.check(f"{fault}: a copy is whole or not there", whole, about)
            promises.check(f"{fault}: the library stays as it is", entries(bench.library) == ENTRIES, about)


def main() -> None:
    """Try every call with every fault."""
    if not shutil.which("strace"):
        sys.exit("strace is needed, which puts the faults in")
    step = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    promises = Promises()
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder))
        for what in ("backup", "restore", "repair", "copy"):
            bench.begin(what)
            log = bench.folder / "calls"
            bench.run(what, ("strace", "-f", "-o", str(log), "-e", f"trace={CALLS}"))
            lines = log.read_text(encoding="utf-8", errors="replace")
            counts = Counter(re.findall(r"^\d+ +(\w+)\(", lines, re.MULTILINE))
            for fault, inject in FAULTS.items():
                trials = 0
                for call, count in counts.items():
                    for at in range(1 + trials % step, count + 1, step):
                        bench.begin(what)
                        done = bench.run(
                            what, ("strace", "-f", "-o", os.devnull, "-e", f"inject={call}:{inject}:when={at}")
                        )
                        check(bench, promises, fault, what, f"{what}, {call}, call {at}, {fault}", done.stderr)
                        trials += 1
                print(f"{what} with {fault}: {trials} trials", flush=True)
    promises.finish()


if __name__ == "__main__":
    main()
