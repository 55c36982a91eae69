"""Kills tag and undo at every system call that alters something, and lets each such call fail.

usage: PYTHONPATH=tests python -m torture.faults [STEP]

Needs strace, which puts the faults in. STEP 3 tries every third call only.
"""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import sounds
from tagged_library import add, snapshot
from torture.promises import Promises

from musicemb.io.audio.payload_hash import payload_hash
from musicemb.io.catalogue.catalogue import open_catalogue
from musicemb.io.tags.reader import read_tags
from musicemb.workflows.tagging.undo import apply_undo, plan_undo

CALLS = (
    "write,pwrite64,writev,pwritev,ftruncate,fallocate,fsync,fdatasync,rename,renameat,renameat2,unlink,unlinkat,"
    "chmod,fchmod,fchmodat,chown,fchown,fchownat,utimensat,setxattr,lsetxattr,fsetxattr,flock,link,linkat,mkdir"
)
ERRORS = ("ENOSPC", "EIO", "EACCES")
SUFFIXES = ("mp3", "m4a", "ogg")

PROGRAM = """
import sys
from musicemb.errors import MusicembError
from musicemb.io.catalogue.catalogue import open_catalogue
from musicemb.workflows.tagging.tag import apply_tags, plan_tags
from musicemb.workflows.tagging.undo import apply_undo, plan_undo
import mutagen.id3, mutagen.ogg, numpy
try:
    with open_catalogue(sys.argv[1]) as catalogue:
        if sys.argv[2] == "tag":
            results = list(apply_tags(catalogue, [change for change in plan_tags(catalogue) if not change.obstacle]))
        else:
            results = list(apply_undo(catalogue, plan_undo(catalogue)))
except (MusicembError, OSError):
    sys.exit(1)
sys.exit(3 if any(result.status == "failed" for result in results) else 0)
"""


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
        assert self.run("tag", ()).returncode == 0
        self.tagged = snapshot(self.music)
        assert all(self.tagged[path] != content for path, content in self.plain.items())
        self.keep("tagged")

    def keep(self, name: str) -> None:
        """Remember the library as it is now."""
        shutil.copytree(self.trial, self.folder / name)

    def begin(self, name: str) -> None:
        """Put the library back as it was."""
        shutil.rmtree(self.trial)
        shutil.copytree(self.folder / name, self.trial)

    def run(self, what: str, strace: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
        """Tag or undo in a process of its own."""
        command = [*strace, sys.executable, "-c", PROGRAM, str(self.library), what]
        env = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
        return subprocess.run(command, capture_output=True, text=True, env=env, timeout=120)


def check(
    bench: Bench, promises: Promises, fault: str, call: str, at: int, done: subprocess.CompletedProcess[str]
) -> None:
    """Look at what a fault left, and take everything back."""
    about = f"{call}, call {at}, {fault}"
    now = snapshot(bench.music)
    allowed = {path: {bench.plain[path], bench.tagged[path]} for path in bench.plain}
    whole = all(content in allowed[path] for path, content in now.items() if path in allowed)
    promises.check(f"{fault}: each file is the old one or the new one", whole and set(allowed) <= set(now), about)
    if fault != "KILL":
        told = "Traceback" not in done.stderr
        promises.check(f"{fault}: no traceback", told, f"{about}: {done.stderr.strip()[-300:]}")
    with sqlite3.connect(bench.library) as connection:
        sound = connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    connection.close()
    promises.check(f"{fault}: the catalogue is sound", sound, about)
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


def count_calls(bench: Bench, begin: str, what: str) -> Counter[str]:
    """How often each altering call is made."""
    bench.begin(begin)
    log = bench.folder / "calls"
    bench.run(what, ("strace", "-f", "-o", str(log), "-e", f"trace={CALLS}"))
    return Counter(re.findall(r"^\d+ +(\w+)\(", log.read_text(encoding="utf-8", errors="replace"), re.MULTILINE))


def main() -> None:
    """Try every call with every fault."""
    if not shutil.which("strace"):
        sys.exit("strace is needed, which puts the faults in")
    step = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    promises = Promises()
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder))
        for fault in ("KILL", *ERRORS):
            inject = "signal=KILL" if fault == "KILL" else f"error={fault}"
            for what, begin in (("tag", "plain"), ("undo", "tagged")):
                trials = 0
                for call, count in count_calls(bench, begin, what).items():
                    for at in range(1 + trials % step, count + 1, step):
                        bench.begin(begin)
                        faults = f"inject={call}:{inject}:when={at}"
                        done = bench.run(what, ("strace", "-f", "-o", os.devnull, "-e", faults))
                        check(bench, promises, fault, f"{what}, {call}", at, done)
                        trials += 1
                print(f"{what} with {fault}: {trials} trials", flush=True)
    promises.finish()


if __name__ == "__main__":
    main()
