"""Works on one library for a long time, kills what it does now and then, and takes everything back at the end.

usage: PYTHONPATH=tests python -m torture.soak [SECONDS [SEED]]

Scans, tags with ever other genres, undoes any run, moves and copies files, backs up, checks and repairs, each in a
process of its own; every third one is killed after a random time. POSIX only.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import sounds
from fake_encoder import FakeEncoder
from torture.faults import is_sound
from torture.promises import Promises, read_numbers

from musicemb.errors import MusicembError
from musicemb.io.audio.payload_hash import payload_hash
from musicemb.io.catalogue.catalogue import open_catalogue
from musicemb.library import Library
from musicemb.records import Guess
from musicemb.workflows.tagging.tag import apply_tags, plan_tags
from musicemb.workflows.tagging.undo import apply_undo, plan_undo

SUFFIXES = ("mp3", "flac", "ogg", "opus", "m4a", "mp3")
WORDS = ("Jazz", "Folk", "Ska", "Größe", "Drum & Bass")
KILLED = 1 / 3


class Bench:
    """A library that is worked on."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.noise = random.Random(seed)
        self.music, self.library, self.other = folder / "music", folder / "library.sqlite", folder / "backup"
        self.music.mkdir()
        for number, suffix in enumerate(SUFFIXES):
            tags = {"title": f"T{number}", "genre": "Polka"} if number % 2 else {}
            sounds.write_music(self.music / f"{number}.{suffix}", 1.0, seed=number, **tags)
        self.first = {payload_hash(path): path.read_bytes() for path in self.files()}

    def files(self) -> list[Path]:
        """The music."""
        return sorted(path for path in self.music.iterdir() if not path.name.startswith("."))

    def scan(self) -> None:
        """Find what changed."""
        with Library.open(self.library, encoder=FakeEncoder()) as library:
            list(library.scan([self.music], workers=0))

    def tag(self) -> None:
        """Write a genre to all files."""
        with open_catalogue(self.library) as catalogue:
            guess = Guess((self.noise.choice(WORDS),), 0.9, "genre head")
            catalogue.put_guesses(catalogue.active_encoder, {track.id: guess for track in catalogue.tracks()})
            changes = plan_tags(catalogue, policy="replace")
            list(apply_tags(catalogue, [change for change in changes if not change.obstacle]))

    def undo(self) -> None:
        """Take any run back."""
        with open_catalogue(self.library) as catalogue:
            runs = [run.id for run in catalogue.runs() if run.kind == "tag"]
            if runs:
                list(apply_undo(catalogue, plan_undo(catalogue, self.noise.choice(runs))))

    def move(self) -> None:
        """Give a file another name."""
        path = self.noise.choice(self.files())
        path.rename(path.with_stem(f"{self.noise.randrange(10**6)}"))

    def backup(self) -> None:
        """Back the library up."""
        with Library.open(self.library, read_only=True) as library:
            library.backup(self.other, replace=True)

    def check(self) -> None:
        """Look for damage, and for what was left behind."""
        report = Library.check(self.library)
        assert not any(finding.damage for finding in report.findings), report.findings

    def repair(self) -> None:
        """Salvage, though nothing is damaged."""
        Library.check(self.library, repair=True)


def run(work: Callable[[], None], after_s: float | None) -> tuple[bool, str]:
    """Do it in a fork; whether it was killed, and its traceback."""
    with tempfile.TemporaryFile() as told:
        child = os.fork()
        if child == 0:
            try:
                work()
            except (MusicembError, OSError):
                pass
            except BaseException:
                os.write(told.fileno(), traceback.format_exc().encode())
            finally:
                os._exit(0)
        if after_s is not None:
            time.sleep(after_s)
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        told.seek(0)
        return os.WIFSIGNALED(status), told.read().decode()


def main() -> None:
    """Work for as long as was asked for."""
    seconds, seed = read_numbers(sys.argv[1:], (300, 1))
    promises, done = Promises(), Counter[str]()
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), seed)
        bench.scan()
        works = (bench.scan, bench.tag, bench.tag, bench.undo, bench.undo, bench.move, bench.backup, bench.check)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            work = bench.noise.choice((*works, bench.repair) if done.total() % 20 == 19 else works)
            killed, told = run(work, bench.noise.uniform(0, 1.0) if bench.noise.random() < KILLED else None)
            bench.noise.random()  # a fork draws from the same state: do not let all of them choose alike
            done[f"{work.__name__}{' killed' if killed else ''}"] += 1
            promises.check("no traceback", not told, f"{work.__name__}: {told.strip()[-400:]}")
            promises.check("the catalogue is sound", is_sound(bench.library), work.__name__)
            hashes = sorted(payload_hash(path) for path in bench.files())
            promises.check("no music is lost, and its audio stays", hashes == sorted(bench.first), work.__name__)
        shutil.rmtree(bench.other, ignore_errors=True)
        bench.scan()
        with open_catalogue(bench.library) as catalogue:
            before: set[int] = set()
            while entries := plan_undo(catalogue):
                waiting = {entry.id for entry in entries}
                results = list(apply_undo(catalogue, entries))
                if not promises.check("everything can be taken back", waiting != before, results):
                    break
                before = waiting
        for path in bench.files():
            same = path.read_bytes() == bench.first[payload_hash(path)]
            promises.check("in the end each file is what it was, byte for byte", same, path.name)
        hidden = [path.name for path in bench.music.iterdir() if path.name.startswith(".")]
        promises.check("nothing is left beside the music", not hidden, hidden)
    print(f"{done.total()} commands: {dict(sorted(done.items()))}")
    promises.finish()


if __name__ == "__main__":
    main()
