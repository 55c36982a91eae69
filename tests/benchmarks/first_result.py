"""When a first scan can be asked: python tests/benchmarks/first_result.py FOLDER

Scans a folder into a library of its own and looks into it each half second: when the first track is there, and when the
first groups are. Then `similar` and `clusters` are asked while the scan goes on.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path


def count(library: Path) -> tuple[int, int, str]:
    """Tracks and groups so far, and the path of a track."""
    try:
        with closing(sqlite3.connect(f"file:{library}?mode=ro", uri=True)) as connection:
            (tracks,) = connection.execute("SELECT count(*) FROM track").fetchone()
            (groups,) = connection.execute("SELECT count(*) FROM cluster").fetchone()
            path = connection.execute("SELECT path FROM track LIMIT 1").fetchone()
            return tracks, groups, os.fsdecode(path[0]) if path else ""
    except sqlite3.Error:  # not made yet
        return 0, 0, ""


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        library = Path(name) / "library.sqlite"
        program = [sys.executable, "-m", "musicemb"]
        environment = {**os.environ, "MUSICEMB_LIBRARY": str(library)}
        began = time.monotonic()
        scan = subprocess.Popen([*program, "scan", sys.argv[1], "--quiet"], env=environment, stdout=subprocess.DEVNULL)
        first = asked = False
        while scan.poll() is None:
            time.sleep(0.5)
            tracks, groups, path = count(library)
            seconds = time.monotonic() - began
            if tracks and not first:
                first = True
                print(f"first track after {seconds:.1f} s")
            if groups and not asked:
                asked = True
                print(f"{groups} groups of {tracks} tracks after {seconds:.1f} s")
                for words in (["similar", path], ["clusters"]):
                    subprocess.run([*program, *words], env=environment, check=True, stdout=subprocess.DEVNULL)
                    print(f"{words[0]} answered; the scan {'goes on' if scan.poll() is None else 'has ended'}")
        print(f"all after {time.monotonic() - began:.1f} s")


if __name__ == "__main__":
    main()
