"""Music with a known tempo or key, rendered from public scores and tracker modules, for `values.py known`.

    python tests/benchmarks/known_music.py OUT --modules CLONE [CLONE ...] --nottingham CLONE --kern CLONE [CLONE ...]

Clones are git directories (bare ones too); nothing of them is kept in this repository. Needed: openmpt123 for modules,
fluidsynth with a General MIDI soundfont for scores, and the package verovio for kern files (pip install verovio).
OUT gets FLAC files and truth.csv (file, source, bpm, key); "" is not known. What is taken as truth:

- modules (XM, MOD) whose pattern data never change speed or tempo: 6 * tempo / speed beats a minute, that is four
  rows a beat, which is the habit and not the law (60 to 200 only): trust Acc2 rather than Acc1;
- tunes of the Nottingham database (melody and chords): the key signature with its mode; in 2/4 and 4/4 the tempo, drawn
  by seed, for the files state none;
- kern scores (sonatas, preludes, chorales, rags): the key named first, the first 30 s only; no tempo.
"""

from __future__ import annotations

import argparse
import csv
import random
import re
import struct
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

SECONDS = 30
SOUNDFONT = Path("/usr/share/sounds/sf2/FluidR3_GM.sf2")
NAMES = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")

Row = tuple[str, str, str, str]


def read(clone: Path, path: str) -> bytes:
    return subprocess.run(["git", "-C", clone, "show", f"HEAD:{path}"], check=True, capture_output=True).stdout


def listing(clone: Path, pattern: str) -> list[str]:
    run = subprocess.run(["git", "-C", clone, "ls-tree", "-rz", "--name-only", "HEAD"], check=True, capture_output=True)
    return [name for name in run.stdout.decode("utf-8", "replace").split("\0") if re.search(pattern, name)]


def mod_effects(data: bytes) -> tuple[int, int, list[tuple[int, int, int]]]:
    """Speed and tempo of a MOD, and its effects in the order played: (row since the start, effect, parameter)."""
    mark = data[1080:1084]
    channels = {b"M.K.": 4, b"M!K!": 4, b"FLT4": 4, b"6CHN": 6, b"8CHN": 8}[mark]
    size, effects = channels * 256, []
    for place, pattern in enumerate(data[952 : 952 + data[950]]):
        block = data[1084 + pattern * size : 1084 + (pattern + 1) * size]
        for at in range(0, len(block) - 3, 4):
            effects.append((place * 64 + at // (4 * channels), block[at + 2] & 15, block[at + 3]))
    return 6, 125, effects


def xm_effects(data: bytes) -> tuple[int, int, list[tuple[int, int, int]]]:
    """The same of an XM."""
    header, length, _, channels, patterns, _, _, speed, tempo = struct.unpack_from("<I8H", data, 60)
    order, at, parsed = data[80 : 80 + length], 60 + header, []
    for _ in range(patterns):
        size, _, rows, packed = struct.unpack_from("<IBHH", data, at)
        at += size
        end, found, note = at + packed, [], 0
        while at < end:
            first = data[at]
            fields = first & 31 if first & 128 else 31
            at += 1 if first & 128 else 0
            values = []
            for bit in range(5):
                values.append(data[at] if fields >> bit & 1 else 0)
                at += fields >> bit & 1
            found.append((note // channels, values[3], values[4]))
            note += 1
        parsed.append((rows, found))
        at = end
    effects, row = [], 0
    for pattern in order:
        if pattern < len(parsed):
            effects += [(row + at_row, effect, parameter) for at_row, effect, parameter in parsed[pattern][1]]
            row += parsed[pattern][0]
    return speed, tempo, effects


def steady_tempo(name: str, data: bytes) -> float | None:
    """Beats a minute of a module that never changes them; None of any other."""
    try:
        speed, tempo, effects = (xm_effects if name.lower().endswith(".xm") else mod_effects)(data)
    except (KeyError, IndexError, struct.error):
        return None
    if any(effect == 14 and value >> 4 == 14 for _, effect, value in effects):  # a pattern is held up
        return None
    for least, most, preset in ((1, 31, speed), (32, 255, tempo)):
        said = {value for _, effect, value in effects if effect == 15 and least <= value <= most}
        early = {value for row, effect, value in effects if row == 0 and effect == 15 and least <= value <= most}
        if len(said) > 1 or (said and said != {preset} and early != said):
            return None
        if said:
            speed, tempo = (said.pop(), tempo) if least == 1 else (speed, said.pop())
    return 6 * tempo / speed if speed else None


def modules(clones: list[Path], out: Path, count: int) -> Iterator[Row]:
    paths = [(clone, name) for clone in clones for name in listing(clone, r"(?i)\.(xm|mod)$")]
    random.Random(1).shuffle(paths)
    folders: dict[str, int] = {}
    for clone, name in paths:
        if count == 0:
            return
        folder = str(Path(name).parent)
        data = read(clone, name)
        bpm = steady_tempo(name, data)
        if bpm is None or not 60 <= bpm <= 200 or folders.get(folder, 0) >= 3:
            continue
        target = out / f"module-{count:03}.flac"
        with tempfile.TemporaryDirectory() as scratch:
            module = Path(scratch) / f"m{Path(name).suffix.lower()}"
            module.write_bytes(data)
            command = ["openmpt123", "--render", "--quiet", "--channels", "1", "--samplerate", "44100", "--end-time"]
            subprocess.run([*command, str(SECONDS + 5), module], check=False, capture_output=True)
            if not keep(module.with_name(f"{module.name}.wav"), target):
                continue
        folders[folder] = folders.get(folder, 0) + 1
        count -= 1
        yield target.name, f"{clone.parent.name}/{name}", f"{bpm:.3f}", ""


def keep(wave: Path, target: Path) -> bool:
    """The first seconds of a rendered file, where it is long and loud enough."""
    import numpy as np
    import soundfile

    try:
        samples, rate = soundfile.read(wave, dtype="float32", always_2d=True, frames=SECONDS * 44_100)
    except soundfile.LibsndfileError:
        return False
    mono = samples.mean(axis=1)
    peak = float(np.abs(mono).max(initial=0))
    if len(mono) < 0.6 * SECONDS * rate or peak < 0.02:
        return False
    soundfile.write(target, mono / max(peak, 1e-9) * 0.9, rate)
    return True


def play(midi: bytes, target: Path) -> bool:
    with tempfile.TemporaryDirectory() as scratch:
        score, wave = Path(scratch) / "s.mid", Path(scratch) / "s.wav"
        score.write_bytes(midi)
        command = ["fluidsynth", "-ni", "-q", "-g", "0.6", "-r", "44100", "-F", wave, SOUNDFONT, score]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return keep(wave, target)


def with_tempo(midi: bytes, bpm: float) -> bytes:
    """A MIDI file whose first track begins with a tempo."""
    at = midi.index(b"MTrk")
    (length,) = struct.unpack_from(">I", midi, at + 4)
    event = b"\x00\xff\x51\x03" + round(60e6 / bpm).to_bytes(3, "big")
    return midi[: at + 4] + struct.pack(">I", length + len(event)) + event + midi[at + 8 :]


def nottingham(clone: Path, out: Path, count: int) -> Iterator[Row]:
    names, draw = listing(clone, r"^MIDI/[^/]*\.mid$"), random.Random(2)
    draw.shuffle(names)
    taken: dict[str, int] = {}
    for name in names:
        if count == 0:
            return
        midi = read(clone, name)
        signatures = set(re.findall(rb"\xff\x59\x02(..)", midi, re.DOTALL))
        meters = set(re.findall(rb"\xff\x58\x04(..)", midi, re.DOTALL))
        if len(signatures) != 1 or len(meters) > 1:
            continue
        sharps, minor = signatures.pop()
        sharps = sharps - 256 if sharps > 127 else sharps
        key = NAMES[(7 * sharps + (9 if minor else 0)) % 12] + (" minor" if minor else " major")
        if taken.get(key, 0) * 8 >= count + sum(taken.values()):  # G and D major are two thirds of it
            continue
        straight = all(meter[0] in (2, 4) and meter[1] in (1, 2) for meter in meters)
        bpm = round(draw.uniform(80, 160), 1)
        target = out / f"tune-{count:03}.flac"
        if not play(with_tempo(midi, bpm), target):
            continue
        taken[key] = taken.get(key, 0) + 1
        count -= 1
        yield target.name, f"{clone.parent.name}/{name}", str(bpm) if straight and meters else "", key


def kern(clones: list[Path], out: Path, count: int) -> Iterator[Row]:
    import base64

    import verovio

    kit = verovio.toolkit()
    number = 0
    for clone in clones:
        names = listing(clone, r"\.krn$")
        random.Random(3).shuffle(names)
        for name in names[:count]:
            text = read(clone, name).decode("utf-8", "replace")
            named = re.search(r"^\*([a-gA-G])([#-]?):", text, re.MULTILINE)
            if named is None or not kit.loadData(text):
                continue
            shift = {"#": 1, "-": -1, "": 0}[named[2]]
            tonic = ({"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11}[named[1].lower()] + shift) % 12
            target = out / f"score-{number:03}.flac"
            if play(base64.b64decode(kit.renderToMIDI()), target):
                number += 1
                mode = "minor" if named[1].islower() else "major"
                yield target.name, f"{clone.parent.name}/{name}", "", f"{NAMES[tonic]} {mode}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--modules", type=Path, nargs="*", default=[])
    parser.add_argument("--nottingham", type=Path)
    parser.add_argument("--kern", type=Path, nargs="*", default=[])
    parser.add_argument("--count", type=int, default=100, help="at most so many modules, tunes, scores of a clone")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    with (options.out / "truth.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(("file", "source", "bpm", "key"))
        for rows in (
            modules(options.modules, options.out, options.count),
            nottingham(options.nottingham, options.out, options.count) if options.nottingham else iter(()),
            kern(options.kern, options.out, options.count) if options.kern else iter(()),
        ):
            for row in rows:
                table.writerow(row)
                file.flush()
    print(f"{options.out / 'truth.csv'}", file=sys.stderr)


if __name__ == "__main__":
    main()
