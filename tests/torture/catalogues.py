"""Damages catalogues at random places, types every command, checks, repairs, and takes everything back.

usage: PYTHONPATH=tests python -m torture.catalogues [TRIALS [SEED]]
"""

from __future__ import annotations

import contextlib
import io
import random
import shutil
import sqlite3
import sys
import tempfile
from pathlib import Path

import sounds
from fake_encoder import FakeEncoder
from made_tracks import embedded
from tagged_library import add, snapshot
from torture.promises import Promises, read_numbers

from musicemb.cli import run
from musicemb.cli.session import Session
from musicemb.errors import MusicembError
from musicemb.io.catalogue.catalogue import open_catalogue
from musicemb.library import Library
from musicemb.records import Cluster, Guess
from musicemb.workflows.tagging.tag import apply_tags, plan_tags

ENCODER = FakeEncoder()
SUFFIXES = ("mp3", "flac", "ogg", "m4a")
OTHERS = 150
PAGE = 4096
SEALED = ("journal", "embedding", "segment")
COMMANDS = (
    "status",
    "status --problems --json",
    "clusters",
    "clusters 0",
    "similar Title",
    "similar {music}/0.mp3 --where --json",
    "playlist --like {music}/0.mp3",
    "why {music}/0.mp3",
    "map {folder}/map.html --force",
    "tag --dry-run",
    "undo --list --json",
    "backup {folder}/copy --force",
    "forget --gone --yes",
    "undo --prune 3650 --yes",
    "check --json",
)
WRONG_VALUES = (
    "UPDATE track SET {text} = x'ff00' WHERE id = {id}",
    "UPDATE track SET {text} = CAST(x'ff41' AS TEXT) WHERE id = {id}",
    "UPDATE track SET {number} = 'words' WHERE id = {id}",
    "UPDATE track SET {number} = 9223372036854775807 WHERE id = {id}",
    "UPDATE track SET duration = 1e999 WHERE id = {id}",
    "UPDATE track SET genres = '{{}}', our_genres = '5' WHERE id = {id}",
    "UPDATE membership SET cluster = 'x', nearest = NULL WHERE track = {id}",
    "UPDATE membership SET cluster = 999 WHERE track = {id}",
    "UPDATE guess SET genre = 5, confidence = 'sure' WHERE track = {id}",
    "UPDATE guess SET genre = CAST(x'ff' AS TEXT) WHERE track = {id}",
    "UPDATE cluster SET typical = '[\"a\", null]', size = -1",
    "UPDATE cluster SET name = 7, traits = '3'",
    "UPDATE run SET started = 'yesterday', kind = 'x'",
    "UPDATE run SET started = 5",
    "UPDATE journal SET note = '[]' WHERE id = 2",
    "UPDATE journal SET before = '{{\"TCON\": 5}}' WHERE id = 1",
    "UPDATE embedding SET vector = 'text' WHERE track = {id}",
    "UPDATE embedding SET homogeneity = 'much' WHERE track = {id}",
    "UPDATE segment SET codes = x'00', starts = NULL WHERE track = {id}",
    "UPDATE encoder SET name = x'ff', dimensions = 'many'",
    "UPDATE encoder SET active = 0",
    "UPDATE problem SET reason = 5, size = 'big', kind = 'odd'",
    "UPDATE root SET path = 'text'",
    "UPDATE preference SET value = x'ff'",
    "UPDATE holder SET pid = 'x'",
    "DELETE FROM encoder",
    "DELETE FROM run",
    "DROP TABLE guess",
    "DROP TABLE preference",
    "PRAGMA user_version = 0",
    "PRAGMA user_version = 70000",
)


class Bench:
    """A library with tagged files, to begin each trial from."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.trial = folder / "trial"
        self.music = self.trial / "music"
        self.library = self.trial / "library.sqlite"
        self.music.mkdir(parents=True)
        with open_catalogue(self.library) as catalogue:
            catalogue.set_active_encoder(ENCODER.id, "fake")
            for number in range(OTHERS):
                made = embedded(f"/m/{number}.mp3", seed=number, dimensions=4)
                catalogue.put_track(made, ENCODER.id)
            for number, suffix in enumerate(SUFFIXES):
                path = sounds.write_music(self.music / f"{number}.{suffix}", 1.0, seed=number, title=f"T{number}")
                add(catalogue, path, "Jazz" if number % 2 else "Rock")
            tracks = catalogue.tracks()
            labels = {track.id: (track.id % 2, 0.5, track.id % 2) for track in tracks}
            names = [Cluster(number, word, len(tracks) // 2, (1, 2)) for number, word in enumerate(("calm", "loud"))]
            catalogue.put_clusters(ENCODER.id, names, labels)
            catalogue.add_root(self.music)
            self.plain = snapshot(self.music)
            list(apply_tags(catalogue, plan_tags(catalogue)))
            catalogue.put_guesses(ENCODER.id, {track.id: Guess(("Folk",), 0.6, "neighbours") for track in tracks})
            for number in range(200):
                catalogue.add_journal(1, Path(f"/m/{number}.mp3"), f"{number:040x}", {"TCON": []}, {"TCON": ["Rock"]})
        for copy in self.trial.glob("library.sqlite.backup-*"):
            copy.unlink()
        self.tagged = snapshot(self.music)
        self.rows = dump(self.library)
        shutil.copytree(self.trial, folder / "begin")

    def begin(self) -> None:
        """Put everything back as it was."""
        shutil.rmtree(self.trial)
        shutil.copytree(self.folder / "begin", self.trial)

    def type(self, line: str) -> tuple[int, str]:
        """Type a command; gives its exit status and what it said on stderr."""
        words = [word.format(music=self.music, folder=self.trial) for word in line.split()]
        session = Session(load_encoder=lambda folder: ENCODER, find_shipped=lambda name: None, interactive=bool)
        out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors="replace") for _ in range(2))
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = run([words[0], "--library", str(self.library), *words[1:]], session)
            err.flush()
        return status, err.buffer.getvalue().decode(errors="replace")  # type: ignore[attr-defined]


def dump(path: Path) -> dict[str, dict[object, tuple[object, ...]]]:
    """All rows of the sealed tables and of track that SQLite can reach, by their key."""
    found: dict[str, dict[object, tuple[object, ...]]] = {}
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        connection.text_factory = bytes
        for table in (*SEALED, "track"):
            rows = found.setdefault(table, {})
            with contextlib.suppress(sqlite3.Error):
                for number in range(1, OTHERS + 210):
                    with contextlib.suppress(sqlite3.Error):
                        for row in connection.execute(f"SELECT rowid, * FROM {table} WHERE rowid = ?", (number,)):
                            rows[row[0]] = row[1:]
    return found


def damage(path: Path, noise: random.Random) -> str:
    """Damage a catalogue; says how."""
    data = bytearray(path.read_bytes())
    pages = len(data) // PAGE
    number = noise.randrange(pages)
    at = number * PAGE + noise.randrange(PAGE)
    match noise.randrange(8):
        case 0 | 1:
            data[at] ^= 1 << noise.randrange(8)
            how = f"a bit of byte {at}"
        case 2:
            data[at : at + 16] = noise.randbytes(16)
            how = f"16 bytes from {at}"
        case 3:
            start = at // 512 * 512
            data[start : start + 512] = bytes(512)
            how = f"sector at {start} is zero"
        case 4:
            data[number * PAGE : (number + 1) * PAGE] = noise.randbytes(PAGE)
            how = f"page {number + 1} is noise"
        case 5:
            other = noise.randrange(pages)
            first, second = (slice(each * PAGE, (each + 1) * PAGE) for each in (number, other))
            data[first], data[second] = data[second], data[first]
            how = f"pages {number + 1} and {other + 1} are swapped"
        case 6:
            del data[noise.randrange(len(data)) :]
            how = f"cut off after {len(data)} bytes"
        case _:
            text = noise.choice(("path", "artist", "title", "genres", "payload_hash"))
            wrong = noise.choice(WRONG_VALUES).format(
                text=text, number=noise.choice(("size", "mtime_ns", "gone")), id=noise.randrange(1, OTHERS + 5)
            )
            with contextlib.suppress(sqlite3.Error), contextlib.closing(sqlite3.connect(path)) as connection:
                connection.execute(wrong)
                connection.commit()
            return wrong
    path.write_bytes(data)
    return how


def try_one(bench: Bench, promises: Promises, noise: random.Random) -> None:
    """One damage, and all that follows from it."""
    bench.begin()
    how = damage(bench.library, noise)
    reachable = dump_or_nothing(bench.library)
    harmed = any(reachable[table] != bench.rows[table] for table in SEALED)
    harmed_text = reachable["track"] != bench.rows["track"]
    found = False
    for line in COMMANDS:
        status, told = bench.type(line)
        quiet = "bug" not in told and "Traceback" not in told and status in (0, 1, 2, 3)
        promises.check("a command ends without a traceback", quiet, f"{how}: {line}: {status} {told.strip()[-300:]}")
        found = line == "check --json" and status in (1, 3)
    promises.check("commands that read alter no music", snapshot(bench.music) == bench.tagged, how)
    if harmed:
        promises.check("check finds damage of vectors, journal or pages", found, how)
    elif harmed_text:
        promises.check("check finds damage of other values (not promised)", found, how)
    repaired = False
    for attempt in range(2):
        status, told = bench.type("check --repair --json")
        quiet = "bug" not in told and "Traceback" not in told
        promises.check("a repair ends without a traceback", quiet, f"{how}: {status} {told.strip()[-300:]}")
        repaired = status != 1
        if attempt == 0 and repaired:
            compare(bench, promises, how, reachable)
    try:
        report = Library.check(bench.library)
    except MusicembError:
        report = None
    if report is not None and repaired:
        whole = not any(finding.damage for finding in report.findings)
        promises.check("a repaired catalogue is sound", whole, f"{how}: {report.findings[:1]}"[:300])
        with contextlib.suppress(MusicembError), Library.open(bench.library, encoder=ENCODER) as library:
            list(library.scan([bench.music], workers=0))
    after(bench, promises, how)


def compare(bench: Bench, promises: Promises, how: str, reachable: dict[str, dict[object, tuple[object, ...]]]) -> None:
    """Is what was intact in the new file, and nothing else?"""
    now = dump_or_nothing(bench.library)
    for table in (*SEALED, "track"):
        before = bench.rows[table]
        if table in SEALED:
            true = all(row in before.values() for row in now[table].values())
            promises.check("rows of journal and vectors that a repair saves are true", true, f"{how}: {table}")
        intact = {key: row for key, row in reachable[table].items() if before.get(key) == row}
        if table in ("embedding", "segment"):  # those of a track that is lost go with it
            intact = {key: row for key, row in intact.items() if row[0] in now["track"]}
        gone = [row for row in intact.values() if row not in now[table].values()]
        promises.check("a repair saves every row that is intact", not gone, f"{how}: {len(gone)} of {table}")


def after(bench: Bench, promises: Promises, how: str) -> None:
    """Tag and undo with whatever is left."""
    for line in ("tag --yes --policy replace", "undo --yes", "undo --yes"):
        status, told = bench.type(line)
        quiet = "bug" not in told and "Traceback" not in told and status in (0, 1, 2, 3)
        promises.check("a command ends without a traceback", quiet, f"{how}: {line}: {status} {told.strip()[-300:]}")
    now = snapshot(bench.music)
    right = all(now.get(path) in (bench.plain[path], bench.tagged[path]) for path in bench.plain)
    promises.check("after tag and undo each file is as it once was", right, how)
    promises.check("nothing is left beside the music", set(now) == set(bench.plain), how)


def dump_or_nothing(path: Path) -> dict[str, dict[object, tuple[object, ...]]]:
    """As `dump`, where the file can be opened at all."""
    try:
        return dump(path)
    except sqlite3.Error:
        return {table: {} for table in (*SEALED, "track")}


def main() -> None:
    """Try as often as was asked for."""
    trials, seed = read_numbers(sys.argv[1:], (100, 1))
    promises = Promises()
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder))
        for trial in range(trials):
            try_one(bench, promises, random.Random(seed * 1_000_000 + trial))
            if trial % 50 == 49:
                print(f"{trial + 1} trials", flush=True)
    promises.finish()


if __name__ == "__main__":
    main()
