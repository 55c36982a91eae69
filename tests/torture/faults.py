"""Kills tag, undo and scan at every system call that alters something, and lets each such call fail.

usage: PYTHONPATH=tests python -m torture.faults [STEP [FAULT ...]]

Needs strace, which puts the faults in. STEP 3 tries every third call only. EMFILE, ESTALE and EACCES meet the calls
that open and look, too; the others those that alter something.
"""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import mutagen.id3
import mutagen.ogg
import numpy as np
import sounds
from fake_encoder import FakeEncoder
from tagged_library import add, snapshot
from torture.injection import (
    CALLS,
    READING_CALLS,
    Outcome,
    count_calls,
    read_arguments,
    require_strace,
    run_with_fault,
)
from torture.promises import Promises

from musicemb.errors import MusicembError
from musicemb.io.audio.payload_hash import payload_hash
from musicemb.io.catalogue.catalogue import open_catalogue
from musicemb.io.tags.reader import read_tags
from musicemb.library import Library
from musicemb.workflows.tagging.tag import apply_tags, plan_tags
from musicemb.workflows.tagging.undo import apply_undo, plan_undo

FAULTS = ("KILL", "ENOSPC", "EIO", "EROFS", "EACCES", "EMFILE", "ESTALE")
READING = ("EACCES", "EMFILE", "ESTALE")
"""Faults of calls that open and look."""
SUFFIXES = ("mp3", "m4a", "ogg")
IMPORTED = (mutagen.id3, mutagen.ogg, np)
"""Imported here, so that the work in a fork of this process need not."""


class Bench:
    """A small library, untouched and tagged, to begin each trial from."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.trial = folder / "trial"
        self.music = self.trial / "music"
        self.library = self.trial / "library.sqlite"
        self.music.mkdir(parents=True)
        with open_catalogue(self.library) as catalogue:
            for seed, suffix in enumerate(SUFFIXES):
                path = sounds.write_music(self.music / f"{suffix}.{suffix}", 1.0, seed=seed, title="T", artist="A")
                add(catalogue, path, "Jazz")
        self.plain = snapshot(self.music)
        self.hashes = {path: payload_hash(path) for path in self.plain}
        self.keep("plain")
        assert self.tag() == 0
        self.tagged = snapshot(self.music)
        assert all(self.tagged[path] != content for path, content in self.plain.items())
        self.keep("tagged")
        self.begin("plain")
        self.library.unlink()
        self.keep("empty")
        assert self.scan() == 0
        self.vectors = self.all_vectors()

    def keep(self, name: str) -> None:
        """Remember the library as it is now."""
        shutil.copytree(self.trial, self.folder / name)

    def begin(self, name: str) -> None:
        """Put the library back as it was."""
        shutil.rmtree(self.trial)
        shutil.copytree(self.folder / name, self.trial)

    def tag(self) -> int:
        """Write the guesses of all files."""
        with contextlib.suppress(MusicembError, OSError), open_catalogue(self.library) as catalogue:
            changes = [change for change in plan_tags(catalogue) if not change.obstacle]
            return 3 * any(result.status == "failed" for result in apply_tags(catalogue, changes))
        return 1

    def undo(self) -> int:
        """Take the last run back."""
        with contextlib.suppress(MusicembError, OSError), open_catalogue(self.library) as catalogue:
            results = list(apply_undo(catalogue, plan_undo(catalogue)))
            return 3 * any(result.status == "failed" for result in results)
        return 1

    def scan(self) -> int:
        """Embed all files into a library that is not there yet, in this process."""
        with contextlib.suppress(MusicembError, OSError), Library.open(self.library, encoder=FakeEncoder()) as library:
            list(library.scan([self.music], workers=0))
            return 0
        return 1

    def all_vectors(self) -> dict[str, bytes]:
        """File name to vector, of a library that can be read."""
        with open_catalogue(self.library, read_only=True) as catalogue:
            names = {track.id: track.path.name for track in catalogue.tracks()}
            rows, vectors = catalogue.vectors(catalogue.active_encoder)
            return {names[int(row)]: vector.tobytes() for row, vector in zip(rows, vectors, strict=True)}


def check(bench: Bench, promises: Promises, fault: str, about: str, done: Outcome) -> None:
    """Look at what a fault in tag or undo left, and take everything back."""
    now = snapshot(bench.music)
    allowed = {path: {bench.plain[path], bench.tagged[path]} for path in bench.plain}
    whole = all(content in allowed[path] for path, content in now.items() if path in allowed)
    promises.check(f"{fault}: each file is the old one or the new one", whole and set(allowed) <= set(now), about)
    if fault != "KILL":
        promises.check(f"{fault}: no traceback", not done.told, f"{about}: {done.told.strip()[-300:]}")
    promises.check(f"{fault}: the catalogue is sound", is_sound(bench.library), about)
    with open_catalogue(bench.library) as catalogue:
        while entries := plan_undo(catalogue):
            results = list(apply_undo(catalogue, entries))
            if not all(result.status in ("written", "unchanged") for result in results):
                break
    promises.check(f"{fault}: undo gives back every byte", snapshot(bench.music) == bench.plain, about)
    names = {path.name for path in bench.music.iterdir()}
    promises.check(f"{fault}: nothing is left beside the music", names == {path.name for path in bench.plain}, about)
    same = all(payload_hash(path) == digest and read_tags(path).title == "T" for path, digest in bench.hashes.items())
    promises.check(f"{fault}: audio and title are as before", same, about)


def check_scan(bench: Bench, promises: Promises, fault: str, about: str, done: Outcome) -> None:
    """Look at what a fault in a scan left, and scan again."""
    promises.check(f"{fault}: a scan alters no music", snapshot(bench.music) == bench.plain, about)
    if fault != "KILL":
        promises.check(f"{fault}: no traceback", not done.told, f"{about}: {done.told.strip()[-300:]}")
    sound = not bench.library.exists() or is_sound(bench.library)
    promises.check(f"{fault}: the catalogue is sound", sound, about)
    again = bench.scan() == 0 and bench.all_vectors() == bench.vectors
    promises.check(f"{fault}: the next scan has every track and vector", again, about)


def is_sound(path: Path) -> bool:
    """What SQLite says of a file."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        return connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def main() -> None:
    """Try every call with every fault."""
    require_strace()
    step, faults = read_arguments(sys.argv[1:], FAULTS)
    promises = Promises()
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder))
        works: tuple[tuple[Callable[[], int], str], ...] = (
            (bench.tag, "plain"),
            (bench.undo, "tagged"),
            (bench.scan, "empty"),
        )
        for fault in faults:
            for work, begin in works:
                bench.begin(begin)
                trials = 0
                calls = f"{CALLS},{READING_CALLS}" if fault in READING else CALLS
                for call, count in count_calls(work, calls).items():
                    for at in range(1 + trials % step, count + 1, step):
                        bench.begin(begin)
                        done = run_with_fault(work, call, at, fault)
                        look = check_scan if work == bench.scan else check
                        look(bench, promises, fault, f"{work.__name__}, {call}, call {at}, {fault}", done)
                        trials += 1
                print(f"{work.__name__} with {fault}: {trials} trials", flush=True)
    promises.finish()


if __name__ == "__main__":
    main()
