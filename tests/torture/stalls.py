"""Files and folders on a drive that does not answer: scan, tag, undo and check go on without them.

usage: PYTHONPATH=tests python -m torture.stalls

Needs strace, which lets the first system call about a file or folder wait for longer than the program does.
"""

from __future__ import annotations

import contextlib
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import mutagen.id3
import mutagen.ogg
import numpy as np
import sounds
from fake_encoder import FakeEncoder
from tagged_library import add, snapshot
from torture.injection import require_strace, run_with_stall
from torture.promises import Promises

from musicemb.errors import MusicembError
from musicemb.io import silent_drives
from musicemb.io.catalogue.catalogue import open_catalogue
from musicemb.library import Library
from musicemb.workflows.library.check import check_library
from musicemb.workflows.tagging.tag import apply_tags, plan_tags
from musicemb.workflows.tagging.undo import apply_undo, plan_undo

IMPORTED = (mutagen.id3, mutagen.ogg, np)
"""Imported here, so that the work in a fork of this process need not."""
CALLS = {
    "scan": ("getdents64", "newfstatat"),  # files are opened by workers, which end by the clock
    "tag": ("openat", "newfstatat", "readlink", "access"),
    "undo": ("openat", "newfstatat", "readlink"),
    "check": ("newfstatat",),
}
LATE = 99
PATIENCE, STALL = 2.0, 15.0
"""Seconds: how long the program waits here, and how long the drive is silent."""


class Bench:
    """A library of two folders, one of which is on a drive that will not answer."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.trial = folder / "trial"
        self.good, self.bad = self.trial / "music" / "good", self.trial / "music" / "bad"
        self.library = self.trial / "library.sqlite"
        for seed, place in enumerate((self.good, self.bad)):
            place.mkdir(parents=True)
            sounds.write_music(place / "a.mp3", 1.0, seed=seed, title="T")
        shutil.copytree(self.trial, folder / "scan")
        with open_catalogue(self.library) as catalogue:
            for place in (self.good, self.bad):
                add(catalogue, place / "a.mp3", "Jazz")
        shutil.copytree(self.trial, folder / "tag")
        shutil.copytree(self.trial, folder / "check")
        self.plain = snapshot(self.trial / "music")
        self.tag()
        self.tagged = snapshot(self.trial / "music")
        shutil.copytree(self.trial, folder / "undo")

    def begin(self, name: str) -> None:
        """Put the library as it is before some work."""
        shutil.rmtree(self.trial)
        shutil.copytree(self.folder / name, self.trial)

    def scan(self) -> int:
        """Embed all files; the number of those that could not be."""
        with Library.open(self.library, encoder=FakeEncoder()) as library:
            list(library.scan([self.trial / "music"], workers=0))
            return 10 + len(library.catalogue.tracks())

    def tag(self) -> int:
        """Write the guesses of all files."""
        with contextlib.suppress(MusicembError, OSError), open_catalogue(self.library) as catalogue:
            changes = [change for change in plan_tags(catalogue) if not change.obstacle]
            return 10 + sum(result.status == "written" for result in apply_tags(catalogue, changes))
        return 1

    def undo(self) -> int:
        """Take the last run back."""
        with contextlib.suppress(MusicembError, OSError), open_catalogue(self.library) as catalogue:
            return 10 + sum(result.status == "written" for result in apply_undo(catalogue, plan_undo(catalogue)))
        return 1

    def check(self) -> int:
        """Compare files with the catalogue."""
        *_, report = check_library(self.library)
        return 10 + ("missing" in {finding.kind for finding in report.findings})


def in_time(work: Callable[[], int]) -> int:
    """What some work returns, unless it was done as late as the drive answers."""
    began = time.monotonic()
    status = work()
    return status if time.monotonic() - began < STALL else LATE


def main() -> None:
    """Let each kind of call about the silent folder and its file wait."""
    if strange := [work for work in sys.argv[1:] if work not in CALLS]:
        sys.exit(f"unknown work {strange[0]}; there are {', '.join(CALLS)}")
    require_strace()
    silent_drives.WAIT = silent_drives.WAIT_FOR_EDIT = PATIENCE
    promises = Promises()
    with tempfile.TemporaryDirectory() as name:
        bench = Bench(Path(name).resolve())
        # The folder stands for a drive of its own.
        silent_drives._mount_of = lambda path: str(bench.bad) if path.is_relative_to(bench.bad) else "/"
        works: dict[str, Callable[[], int]] = {
            "scan": bench.scan,
            "tag": bench.tag,
            "undo": bench.undo,
            "check": bench.check,
        }
        for work, calls in CALLS.items():
            if sys.argv[1:] and work not in sys.argv[1:]:
                continue
            for call in calls:
                for path in (bench.bad, bench.bad / "a.mp3"):
                    bench.begin(work)
                    done = run_with_stall(lambda: in_time(works[work]), path, call, STALL)  # noqa: B023
                    about = f"{work}, {call} of {path.name}: {done.status} {done.told[-300:]}"
                    print(about, flush=True)
                    promises.check("no traceback", not done.told, about)
                    promises.check("the other files are done", done.status >= 11 or work == "check", about)
                    promises.check("the run goes on before the drive does", done.status != LATE, about)
                    now = snapshot(bench.trial / "music")
                    whole = all(content in (bench.plain[path], bench.tagged[path]) for path, content in now.items())
                    promises.check("each file is the old one or the new one", whole, about)
    promises.finish()


if __name__ == "__main__":
    main()
