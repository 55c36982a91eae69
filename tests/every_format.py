"""Scans, tags and undoes one file of every format with an installed musicemb; CI runs it on the newest Python.

usage: PYTHONPATH=tests python -m every_format FOLDER MUSICEMB
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import sounds
from tagged_library import snapshot

from musicemb.io.catalogue.catalogue import open_catalogue
from musicemb.io.tags.reader import read_tags
from musicemb.records import Guess

TAGGED = sounds.WRITABLE
"""Formats that tags are written to."""
PLAIN = ("wav", "aiff", "wma", "aac")
"""Formats that are read only."""
FFMPEG = {"m4a": ("aac", "mp4"), "wma": ("wmav2", "asf"), "aac": ("aac", "adts")}
"""Codec and container of the formats that libsndfile does not write."""


def write_all(folder: Path) -> None:
    """One file of each format, with artist and title where it has tags, and no genre."""
    folder.mkdir(parents=True)
    for seed, suffix in enumerate(TAGGED + PLAIN):
        path, samples = folder / f"{suffix}.{suffix}", sounds.music(6.0, seed)
        if suffix in FFMPEG:
            codec, container = FFMPEG[suffix]
            sounds.write_av(path, samples, codec=codec, container=container)
        else:
            sounds.write(path, samples)
        if suffix in TAGGED:
            sounds.tag(path, artist=f"Artist {seed}", title=f"Title {seed}")


def main() -> None:
    """Fail where a format cannot be read, or where tag and undo do not give the file back as it was."""
    folder, program = Path(sys.argv[1]), sys.argv[2]
    music, library = folder / "music", folder / "library.sqlite"
    write_all(music)
    before = snapshot(music)

    def run(*words: str) -> dict[str, Any]:
        done = subprocess.run([program, *words, "--json", "--library", library], capture_output=True, text=True)
        assert done.returncode == 0, (words, done.returncode, done.stdout[-2000:], done.stderr[-2000:])
        document: dict[str, Any] = json.loads(done.stdout)
        return document

    scanned = run("scan", str(music))
    assert (scanned["new"], scanned["failed"], scanned["skipped"]) == (len(TAGGED + PLAIN), [], []), scanned
    with open_catalogue(library) as catalogue:
        encoder = catalogue.active_encoder or ""
        tagged = [track for track in catalogue.tracks() if track.path.suffix[1:] in TAGGED]
        catalogue.put_guesses(encoder, {track.id: Guess(("Jazz",), 0.9, "genre head") for track in tagged})
    run("tag", "--yes")
    assert {path.name for path in before if "Jazz" in read_tags(path).genres} == {f"{kind}.{kind}" for kind in TAGGED}
    run("undo", "--yes")
    assert snapshot(music) == before
    print(f"{len(before)} formats scanned, {len(TAGGED)} tagged and undone, on Python {sys.version.split()[0]}")


if __name__ == "__main__":
    main()
