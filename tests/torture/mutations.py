"""Tags and undoes files that were damaged at random, in each format that is written.

usage: PYTHONPATH=tests python -m torture.mutations [FILES_OF_EACH_FORMAT [SEED]]
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import sounds
import tag_bytes
from tagged_library import add
from torture.promises import Promises, read_numbers

from musicemb.io.audio.payload_hash import payload_hash
from musicemb.io.catalogue.catalogue import open_catalogue
from musicemb.io.tags.reader import read_tags
from musicemb.workflows.tagging.tag import apply_tags, plan_tags
from musicemb.workflows.tagging.undo import apply_undo, plan_undo

SUFFIXES = ("mp3", "flac", "ogg", "opus", "m4a")
LONGEST_S = 5.0


def sources(folder: Path) -> dict[str, bytes]:
    """A sound file of each format, its tags near an end."""
    words = {"title": "T", "artist": "A", "genre": "Rock"}
    made = {suffix: sounds.write_music(folder / f"a.{suffix}", 1.0, **words).read_bytes() for suffix in SUFFIXES}
    made["mp3"] = tag_bytes.full_tag(4) + made["mp3"] + tag_bytes.ape(Artist="A") + tag_bytes.version_1()
    return made


def damage(content: bytes, noise: random.Random) -> bytes:
    """The file with a few bytes changed, put in, taken out, doubled or cut off, mostly where its tags are."""
    data = bytearray(content)
    for _ in range(noise.randint(1, 6)):
        at = noise.randrange(min(len(data), 800))
        at = at if noise.random() < 0.5 else len(data) - 1 - at
        length = noise.choice((1, 1, 4, 8, 40))
        match noise.randrange(6):
            case 0:
                data[at] = noise.randrange(256)
            case 1:
                data[at : at + 4] = noise.choice((0, 1, 7, 8, 0x7FFFFFFF, 0xFFFFFFFF, len(data))).to_bytes(4, "big")
            case 2:
                data[at:at] = noise.randbytes(length)
            case 3:
                del data[at : at + length]
            case 4:
                data[at:at] = data[at : at + 40 * length]
            case _:
                if noise.random() < 0.2:
                    del data[at:]
        if len(data) < 100:
            break
    return bytes(data)


def try_file(path: Path, promises: Promises, outcomes: Counter[str], about: str) -> None:
    """Tag and undo one file."""
    original = path.read_bytes()
    began = time.monotonic()
    with open_catalogue(path.parent / "library.sqlite") as catalogue:
        add(catalogue, path, "Jazz")
        digest, ours = payload_hash(path), read_tags(path)
        changes = plan_tags(catalogue, policy="replace")
        results = list(apply_tags(catalogue, [change for change in changes if not change.obstacle]))
        reasons = [change.obstacle for change in changes] + [result.reason for result in results]
        stumbled = [reason for reason in reasons if "cannot handle" in reason]
        promises.check("damage is refused by name, not by a fence", not stumbled, f"{about} {stumbled}")
        written = [result.status for result in results] == ["written"]
        outcomes["written" if written else "left alone"] += 1
        if written:
            now = read_tags(path)
            promises.check("the new genre is there", now.genres == ("Jazz",), about)
            promises.check("the audio keeps its hash", payload_hash(path) == digest, about)
            kept = (now.artist, now.title, now.album) == (ours.artist, ours.title, ours.album)
            promises.check("artist, title and album stay", kept, about)
            list(apply_undo(catalogue, plan_undo(catalogue)))
    promises.check("the file is what it was, byte for byte", path.read_bytes() == original, about)
    left = sorted(each.name for each in path.parent.iterdir() if each.name.startswith(".musicemb"))
    promises.check("nothing is left beside it", not left, f"{about} {left}")
    promises.check(f"within {LONGEST_S:.0f} s", time.monotonic() - began < LONGEST_S, about)


def main() -> None:
    """Try as many files of each format as were asked for."""
    count, seed = read_numbers(sys.argv[1:], (200, 1))
    promises, outcomes = Promises(), Counter[str]()
    with tempfile.TemporaryDirectory() as made:
        for suffix, content in sources(Path(made)).items():
            for number in range(count):
                about = f"{suffix} {number}, seed {seed}"
                with tempfile.TemporaryDirectory() as folder:
                    path = Path(folder) / f"a.{suffix}"
                    path.write_bytes(damage(content, random.Random(f"{seed} {suffix} {number}")))
                    try:
                        try_file(path, promises, outcomes, about)
                    except Exception as error:
                        promises.check("no file trips the program", False, f"{about} {type(error).__name__}: {error}")
                    else:
                        promises.check("no file trips the program", True)
    print(f"{sum(outcomes.values())} files: {dict(outcomes)}")
    promises.finish()


if __name__ == "__main__":
    main()
