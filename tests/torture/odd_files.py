"""Scans, tags and undoes odd files by others, and asks three readers what they show before and after.

usage: PYTHONPATH=tests python -m torture.odd_files FOLDER [FOLDER ...]

FOLDER holds any files, for instance the test data of mutagen and of TagLib; they are copied, never changed.
"""

from __future__ import annotations

import collections
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tagged_library import add
from torture.promises import Promises
from torture.readers import installed, look

from musicemb.io.audio.payload_hash import payload_hash
from musicemb.io.catalogue.catalogue import open_catalogue
from musicemb.io.tags.reader import read_tags
from musicemb.settings import AUDIO_SUFFIXES
from musicemb.workflows.tagging.tag import apply_tags, plan_tags
from musicemb.workflows.tagging.undo import apply_undo, plan_undo

KEPT = ("artist", "title", "album", "cover")


def alike(before: str | None, after: str | None) -> bool:
    """Whether a text is as it was, or was shown in signs that cannot be meant and is readable now."""
    if before is None or before == after or after is None:
        return before == after
    if "\ufffd" in before:
        return True
    try:
        return before.encode("latin-1").decode("utf-8", "ignore") == after
    except UnicodeEncodeError:
        return False


def scan_all(files: list[Path], promises: Promises) -> None:
    """Scan copies of all files with the command, and see what becomes of each."""
    with tempfile.TemporaryDirectory() as folder:
        music = Path(folder) / "music"
        music.mkdir()
        copies = {music / f"{number:04}{source.suffix.lower()}": source for number, source in enumerate(files)}
        for copy, source in copies.items():
            shutil.copyfile(source, copy)
        command = [sys.executable, "-m", "musicemb", "scan", "--library", f"{folder}/library.sqlite", "--json", music]
        done = subprocess.run(command, capture_output=True, text=True)
        quiet = done.returncode in (0, 3) and "Traceback" not in done.stderr
        if promises.check("a scan of all files ends with 0 or 3", quiet, f"{done.returncode} {done.stderr[-500:]}"):
            found = json.loads(done.stdout)
            told = found["tracks"] + len(found["failed"]) + len(found["skipped"])
            print(f"scan: {found['tracks']} tracks, {len(found['failed'])} failed, {len(found['skipped'])} skipped")
            promises.check("a scan tells of every file", told == len(files), f"{told} of {len(files)}")
        for copy, source in copies.items():
            promises.check("a scan alters no file", copy.read_bytes() == source.read_bytes(), source)


def try_file(source: Path, folder: Path, promises: Promises, outcomes: collections.Counter[str]) -> None:
    """Tag and undo a copy of one file."""
    path = folder / f"a{source.suffix.lower()}"
    path.write_bytes(source.read_bytes())
    original, digest = path.read_bytes(), payload_hash(path)
    shown = {name: look(read, path) for name, read in installed().items()}
    ours = read_tags(path)
    for name, before in shown.items():
        if before and before.get("genre", "").strip():
            promises.check(f"a genre that {name} shows is seen", bool(ours.genres), f"{source} {before['genre']}")
    with open_catalogue(folder / "library.sqlite") as catalogue:
        track = add(catalogue, path, "Jazz")
        changes = plan_tags(catalogue, policy="replace", upgrade_tags=True)
        refused = [change.obstacle for change in changes if change.obstacle]
        results = list(apply_tags(catalogue, [change for change in changes if not change.obstacle]))
        written = [result.status for result in results] == ["written"]
        outcomes["written" if written else (refused or [results[0].reason if results else "nothing to do"])[0]] += 1
        if written:
            now = read_tags(path)
            promises.check("the new genre is there", now.genres == ("Jazz",), source)
            promises.check("the audio keeps its hash", payload_hash(path) == digest == track.payload_hash, source)
            for name, read in installed().items():
                before, after = shown[name], look(read, path) or {}
                if before is None:
                    continue  # it gave up on the file before we touched it
                same = all(alike(before.get(key), after.get(key)) for key in KEPT)
                kept = f"{name} shows artist, title, album and cover as before"
                promises.check(kept, same, f"{source} {before} {after}")
                if before:  # else it saw no tag in a file that has one, and sees none now
                    promises.check(f"{name} shows the new genre", after.get("genre") == "Jazz", f"{source} {after}")
            list(apply_undo(catalogue, plan_undo(catalogue)))
        promises.check("the file is what it was, byte for byte", path.read_bytes() == original, source)


def main() -> None:
    """Try all files of some folders."""
    promises = Promises()
    outcomes: collections.Counter[str] = collections.Counter()
    files = [path for folder in sys.argv[1:] for path in sorted(Path(folder).rglob("*")) if path.is_file()]
    if not files:
        sys.exit("usage: PYTHONPATH=tests python -m torture.odd_files FOLDER [FOLDER ...], which hold files")
    files = [path for path in files if path.suffix.lower() in AUDIO_SUFFIXES]
    for source in files:
        with tempfile.TemporaryDirectory() as folder:
            try:
                try_file(source, Path(folder), promises, outcomes)
            except Exception as error:
                promises.check("no file trips the program", False, f"{source} {type(error).__name__}: {error}")
            else:
                promises.check("no file trips the program", True)
    scan_all(files, promises)
    print(f"{len(files)} files; readers: {', '.join(installed())}")
    for outcome, count in outcomes.most_common():
        print(f"  {count:4d}  {outcome}")
    promises.finish()


if __name__ == "__main__":
    main()
