"""Kills backup, restore, repair and the copy before tag at every system call that alters something.

usage: PYTHONPATH=tests python -m torture.upkeep [STEP [FAULT ...]]

Needs strace, which puts the faults in. STEP 3 tries every third call only; faults: KILL ENOSPC EIO.
"""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from made_tracks import fill
from torture.injection import Outcome, count_calls, read_arguments, require_strace, run_with_fault
from torture.promises import Promises

from musicemb.errors import CatalogueError, MusicembError
from musicemb.io.catalogue.catalogue import open_catalogue
from musicemb.io.catalogue.safety.copies import copies_of
from musicemb.io.catalogue.safety.salvage import salvage
from musicemb.io.catalogue.safety.swap import restore
from musicemb.library import Library

FAULTS = ("KILL", "ENOSPC", "EIO")
TRACKS, ENTRIES = 40, 60


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

    def backup(self) -> None:
        """Put a backup in the place of the older one."""
        with Library.open(self.library, read_only=True) as opened:
            opened.backup(self.other, replace=True)

    def restore(self) -> None:
        """Put the older backup in the library's place."""
        Library.restore(self.other, self.library)

    def repair(self) -> None:
        """Salvage the damaged library."""
        Library.check(self.library, repair=True)

    def copy(self) -> None:
        """Make the day's copy."""
        with Library.open(self.library) as opened:
            opened.catalogue.keep_copy()


def quietly(work: Callable[[], None]) -> Callable[[], int]:
    """The work, and its exit status in place of the errors that a command tells in one line."""

    def run() -> int:
        try:
            work()
        except (MusicembError, OSError):
            return 1
        return 0

    return run


def entries(path: Path) -> int:
    """How many journal entries a sound catalogue holds; -1 for any other."""
    try:
        with open_catalogue(path, read_only=True) as catalogue, catalogue.reading() as connection:
            sound = connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            return len(catalogue.journal(1)) if sound and len(catalogue.tracks()) == TRACKS else -1
    except CatalogueError:
        return -1


def check(bench: Bench, promises: Promises, fault: str, what: str, about: str, done: Outcome) -> None:
    """Look at what a fault left, and do it again."""
    if fault != "KILL":
        promises.check(f"{fault}: no traceback", not done.told, f"{about}: {done.told.strip()[-300:]}")
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
    require_strace()
    step, faults = read_arguments(sys.argv[1:], FAULTS)
    promises = Promises()
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder))
        for work in (bench.backup, bench.restore, bench.repair, bench.copy):
            what = work.__name__
            bench.begin(what)
            counts = count_calls(quietly(work))
            for fault in faults:
                trials = 0
                for call, count in counts.items():
                    for at in range(1 + trials % step, count + 1, step):
                        bench.begin(what)
                        done = run_with_fault(quietly(work), call, at, fault)
                        check(bench, promises, fault, what, f"{what}, {call}, call {at}, {fault}", done)
                        trials += 1
                print(f"{what} with {fault}: {trials} trials", flush=True)
    promises.finish()


if __name__ == "__main__":
    main()
