"""Makes the README's two pictures (musicemb/docs/terminal.svg and map.png) from real music.

usage: PYTHONPATH=tests python tests/golden/docs_pictures.py FOLDER

FOLDER holds tracks.csv (path, artist, title, genre, corpus, split) and the audio it names. The tracks of panda's `val`,
which no encoder was trained on, are copied to a home of their own; every second artist keeps a genre tag.
"""

from __future__ import annotations

import csv
import os
import re
import shutil
import subprocess
import sys
import tempfile
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
    """Copy the tracks of `val` as Artist/Title.opus, with tags; half of the artists keep their genre."""
    with (folder / "tracks.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["corpus"] == "panda" and row["split"] == "val"]
    artists = {artist: number for number, artist in enumerate(sorted({row["artist"] for row in rows}))}
    for row in rows:
        artist, title = (re.sub(r"[/:]", "-", row[key]) for key in ("artist", "title"))
        path = music / artist / f"{title}.opus"
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(folder / row["path"], path)
        file = mutagen.File(path)
        file["artist"], file["title"] = [row["artist"]], [row["title"]]
        if row["genre"] and artists[row["artist"]] % 2:
            file["genre"] = [row["genre"].title()]
        file.save()


def run(words: str, home: Path) -> str:
    """What a command prints to a terminal of `WIDTH` columns, with its colours."""
    environment = {
        **os.environ,
        "HOME": str(home),
        "MUSICEMB_LIBRARY": str(home / "library.sqlite"),
        "COLUMNS": str(WIDTH),
        "FORCE_COLOR": "1",
        "TERM": "xterm-256color",
    }
    command = f"{sys.executable} -m musicemb {words}"
    done = subprocess.run(["bash", "-c", command], env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout.replace(str(home), "~").replace(f"{sys.executable} -m musicemb", "musicemb")


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
