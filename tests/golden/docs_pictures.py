"""Makes the README's two pictures (musicemb/docs/terminal.svg and map.png) from real music.

usage: PYTHONPATH=tests python tests/golden/docs_pictures.py FOLDER

FOLDER holds tracks.csv (path, artist, title, genre, corpus, split) and the audio it names. The tracks of panda's `val`,
which no encoder was trained on, are copied to a home of their own, with artist and title and without a genre. The
command musicemb is the one beside this Python.
"""

from __future__ import annotations

import contextlib
import csv
import fcntl
import os
import pty
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import termios
from pathlib import Path

import mutagen

DOCS = Path(__file__).parents[2] / "musicemb" / "docs"
WIDTH = 96
COMMANDS = (
    ("scan ~/Music", 40),
    ('similar "too darn hot" -n 5', 12),
    ("tag --dry-run", 12),
)
"""What is typed, and how many lines of its output are shown."""


def make_library(folder: Path, music: Path) -> None:
    """Copy the tracks of `val` as Artist/Title.opus, with those two tags."""
    with (folder / "tracks.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["corpus"] == "panda" and row["split"] == "val"]
    for row in rows:
        artist, title = (re.sub(r"[/:]", "-", row[key]) for key in ("artist", "title"))
        path = music / artist / f"{title}.opus"
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(folder / row["path"], path)
        file = mutagen.File(path)
        file["artist"], file["title"] = [row["artist"]], [row["title"]]
        file.save()


def run(words: str, home: Path) -> str:
    """What a command prints to a terminal of `WIDTH` columns, with its colours."""
    environment = {
        **os.environ,
        "HOME": str(home),
        "MUSICEMB_LIBRARY": str(home / "library.sqlite"),
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "TERM": "xterm-256color",
    }
    parent, child = pty.openpty()
    fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", 60, WIDTH, 0, 0))
    command = ["bash", "-c", f"musicemb {words} 2>/dev/null"]
    with subprocess.Popen(command, env=environment, stdout=child, stdin=child) as process:
        os.close(child)
        printed = b""
        with contextlib.suppress(OSError):  # a terminal that nobody writes to any more
            while part := os.read(parent, 1 << 16):
                printed += part
    os.close(parent)
    assert process.returncode == 0, (words, process.returncode, printed)
    return printed.decode().replace("\r\n", "\n").replace(str(home), "~")


def main() -> None:
    """Scan, record, draw."""
    from rich.console import Console
    from rich.text import Text

    folder = Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as scratch:
        home = Path(scratch)
        make_library(folder, home / "Music")
        with Path(os.devnull).open("w") as nowhere:
            console = Console(record=True, width=WIDTH, file=nowhere, force_terminal=True)
            for words, most in COMMANDS:
                lines = run(words, home).rstrip().splitlines()
                console.print(Text(f"$ musicemb {words}", style="bold green"))
                for line in lines[:most]:
                    console.print(Text.from_ansi(line), no_wrap=True, crop=True)
                if len(lines) > most:
                    console.print(Text("…", style="dim"))
                console.print()
            console.save_svg(str(DOCS / "terminal.svg"), title="musicemb")
        run(f"map --png {DOCS / 'map.png'} --force", home)


if __name__ == "__main__":
    main()
