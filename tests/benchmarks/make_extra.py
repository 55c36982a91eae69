"""Make a folder of unlabelled music (short mono Opus files) from clones of public repositories.

Tracker modules are rendered with openmpt123, recorded tracks are read by libsndfile; of each, one excerpt from the
middle is kept as mono 24 kHz Opus of about 28 kbit/s, so that codec and bandwidth are those of the labelled training
audio. Equal contents, modules of equal title and length, and silent or failed renders are dropped. Nothing is
downloaded: the repositories must lie below one folder (bare or not), found by "owner/name", "owner+name" or "name".

    python tests/benchmarks/make_extra.py pick tests/benchmarks/extra_sources.csv --clones CLONES --out OUT
    python tests/benchmarks/make_extra.py list tests/benchmarks/extra_music.csv --clones CLONES --out OUT

`pick` chooses tracks as extra_sources.csv says and writes OUT/list.csv; `list` makes exactly the tracks of a list
again, by hash (extra_music.csv is the one that encoders were trained with).

extra_sources.csv has a row per repository: repository, include (regular expression on paths), kind (module or game),
per_group (most tracks from one folder), limit (most from the repository), seconds (length of an excerpt), min_bytes
(least size of a source file), licence. Folders are visited in turn (one track each, then a second, ...), so a limit
keeps as many groups as it can. A list names commit, path and SHA-256 of each source and of the Opus file made;
another version of libopenmpt, libopus or soxr may give other bytes for the same music, which `list` only counts.

Needs git, openmpt123 (for modules), numpy, soundfile and soxr.
"""

from __future__ import annotations

import argparse
import collections
import concurrent.futures
import csv
import hashlib
import io
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unicodedata

import numpy as np
import soundfile
import soxr

RATE = 24000
LEVEL = 0.916  # libsndfile's scale from 256 (0) to 6 kbit/s (1) a channel: 28 kbit/s on average
LEAST_SECONDS = 20.0  # shorter tracks are left out
SILENCE = 2e-3  # root mean square of an excerpt, or of half of its seconds, below which it is dropped
COLUMNS = [
    "repository",
    "commit",
    "path",
    "source_sha256",
    "opus_sha256",
    "licence",
    "kind",
    "start",
    "seconds",
    "output",
]


def list_checks():
    """The table of Ogg's CRC-32 (polynomial 0x04C11DB7, not reflected)."""
    table = []
    for value in range(256):
        value <<= 24
        for _ in range(8):
            value = (value << 1) ^ (0x04C11DB7 if value & 0x80000000 else 0)
        table.append(value & 0xFFFFFFFF)
    return table


CHECKS = list_checks()


class Unusable(Exception):
    """A source that gives no excerpt, and why."""


def find_clone(clones, repository):
    """The git directory of "owner/name" below `clones`."""
    owner, name = repository.split("/")
    for folder in (clones / f"{owner}+{name}", clones / owner / name, clones / name, clones / f"{name}.git"):
        for git in (folder / ".git", folder / "repo" / ".git", folder / "repo", folder):
            if (git / "objects").is_dir():
                return git
    raise SystemExit(f"no clone of {repository} below {clones}")


def run_git(git, *arguments):
    """What a git command prints, as bytes; never asks a remote for objects that a partial clone lacks."""
    command, environment = ["git", "--git-dir", str(git), *arguments], {**os.environ, "GIT_NO_LAZY_FETCH": "1"}
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment)
    return done.stdout


def read_source(git, commit, path):
    """The bytes of a file at a commit."""
    try:
        data = run_git(git, "cat-file", "blob", f"{commit}:{path}")
    except subprocess.CalledProcessError as error:
        raise Unusable("not in the clone") from error
    if data.startswith(b"version https://git-lfs"):
        raise Unusable("a Git LFS pointer")
    return data


def place_excerpt(length, seconds):
    """Start and length of the excerpt: around the middle, at least 20 s in where the track allows it."""
    seconds = min(seconds, length)
    start = min(max(20.0, (length - seconds) / 2), length - seconds)
    return round(start, 2), round(seconds, 2)


def describe_module(file):
    """Length in seconds, and title, of a module."""
    shown = subprocess.run(
        ["openmpt123", "--info", str(file)], check=False, timeout=60, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ).stdout.decode("utf-8", "replace")
    length = re.search(r"Duration\.*: (?:(\d+):)?(\d+):(\d+\.\d+)", shown)
    if not length:
        raise Unusable("not a module that libopenmpt reads")
    title = re.search(r"Title\.*: (.*)", shown)
    hours, minutes, rest = length.groups()
    return int(hours or 0) * 3600 + int(minutes) * 60 + float(rest), title.group(1).strip() if title else ""


def cut_excerpt(data, suffix, kind, seconds, start=None):
    """(mono samples at RATE, start, seconds, mark of equal tunes or None) of a source file's bytes."""
    mark = None
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / f"source{suffix.lower()}"
        file.write_bytes(data)
        if kind == "module":
            length, title = describe_module(file)
            mark = f"{title.casefold()} {length:.2f}"
            if start is None:
                start, seconds = place_excerpt(length, seconds)
            if seconds < LEAST_SECONDS:
                raise Unusable("too short")
            subprocess.run(
                [
                    "openmpt123",
                    "--render",
                    "--quiet",
                    "--channels",
                    "1",
                    "--samplerate",
                    "48000",
                    "--seek",
                    str(start),
                    "--end-time",
                    str(start + seconds),
                    str(file),
                ],
                check=False,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=120,
            )
            file = file.with_name(file.name + ".wav")
            if not file.exists():
                raise Unusable("not rendered")
        try:
            with soundfile.SoundFile(file) as sound:
                rate = sound.samplerate
                if kind != "module":
                    if start is None:
                        start, seconds = place_excerpt(sound.frames / rate, seconds)
                    sound.seek(int(start * rate))
                samples = sound.read(round(seconds * rate), dtype="float32", always_2d=True).mean(1)
        except (soundfile.SoundFileError, RuntimeError) as error:
            raise Unusable("not read by libsndfile") from error
    samples = soxr.resample(samples, rate, RATE).astype(np.float32)
    if len(samples) < LEAST_SECONDS * RATE:
        raise Unusable("too short")
    if not np.isfinite(samples).all():
        raise Unusable("not finite")
    each = [float(np.sqrt(np.mean(samples[i : i + RATE] ** 2))) for i in range(0, len(samples), RATE)]
    if np.sqrt(np.mean(samples**2)) < SILENCE or np.median(each) < SILENCE:
        raise Unusable("silent")
    return samples / max(1.0, float(np.abs(samples).max()) / 0.99), start, seconds, mark


def name_output(repository, path, kind):
    """kind/short-name.opus, unlike any other path's name."""
    plain = unicodedata.normalize("NFKD", pathlib.PurePosixPath(path).with_suffix("").as_posix())
    words = re.sub(r"[^a-z0-9]+", "-", plain.encode("ascii", "ignore").decode().lower()).strip("-")
    mark = hashlib.sha256(f"{repository} {path}".encode()).hexdigest()[:6]
    return f"{kind}/{words[-40:].strip('-')}-{mark}.opus"


def hash_bytes(data):
    """SHA-256 as hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def number_stream(data, serial=1):
    """An Ogg file's bytes with a fixed serial number (libsndfile draws one), so that equal music gives equal bytes."""
    data, page = bytearray(data), 0
    while page < len(data):
        lacing = data[page + 27 : page + 27 + data[page + 26]]
        end = page + 27 + len(lacing) + sum(lacing)
        data[page + 14 : page + 18] = serial.to_bytes(4, "little")
        data[page + 22 : page + 26] = bytes(4)
        check = 0
        for byte in data[page:end]:
            check = (check << 8) & 0xFFFFFFFF ^ CHECKS[check >> 24 ^ byte]
        data[page + 22 : page + 26] = check.to_bytes(4, "little")
        page = end
    return bytes(data)


def write_opus(samples, file):
    """Write an excerpt; returns its SHA-256."""
    stream = io.BytesIO()
    soundfile.write(stream, samples, RATE, format="OGG", subtype="OPUS", compression_level=LEVEL)
    data = number_stream(stream.getvalue())
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)
    return hash_bytes(data)


def queue_paths(git, source):
    """Paths that a source row asks for, folders in turn, each folder in an order given by hashes."""
    listed = run_git(git, "ls-tree", "-r", "-l", "-z", "HEAD").decode("utf-8", "surrogateescape").split("\0")
    wanted, groups = re.compile(source["include"], re.IGNORECASE), collections.defaultdict(list)
    for line in filter(None, listed):
        about, path = line.split("\t", 1)
        size = about.split()[3]
        if wanted.search(path) and size.isdigit() and int(size) >= int(source["min_bytes"]):
            groups[path.rsplit("/", 1)[0]].append(path)
    for paths in groups.values():
        paths.sort(key=lambda path: hash_bytes(path.encode("utf-8", "surrogateescape")))
    deepest = max(map(len, groups.values()), default=0)
    return [(group, paths[i]) for i in range(deepest) for group, paths in sorted(groups.items()) if i < len(paths)]


def pick_source(source, git, out, seen, jobs, room):
    """Rows made of one source, at most `room` bytes of Opus; `seen` holds hashes and marks of what is there."""
    commit = run_git(git, "rev-parse", "HEAD").decode().strip()
    taken, dropped, rows, used = collections.Counter(), collections.Counter(), [], 0
    queue = collections.deque(queue_paths(git, source))

    def try_one(path):
        data = read_source(git, commit, path)
        suffix = pathlib.PurePosixPath(path).suffix
        return hash_bytes(data), *cut_excerpt(data, suffix, source["kind"], float(source["seconds"]))

    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        while queue and len(rows) < int(source["limit"]) and used < room:
            batch = []
            while queue and len(batch) < min(4 * jobs, int(source["limit"]) - len(rows)):
                group, path = queue.popleft()
                if taken[group] + sum(g == group for g, _, _ in batch) < int(source["per_group"]):
                    batch.append((group, path, pool.submit(try_one, path)))
            for group, path, future in batch:
                if used >= room:
                    break
                try:
                    digest, samples, start, seconds, mark = future.result()
                    if digest in seen or mark in seen:
                        raise Unusable("equal to another")
                except (Unusable, subprocess.SubprocessError) as error:
                    dropped[str(error) if isinstance(error, Unusable) else type(error).__name__] += 1
                    continue
                seen.update({digest, mark} - {None})
                output = name_output(source["repository"], path, source["kind"])
                made = write_opus(samples, out / output)
                used += (out / output).stat().st_size
                taken[group] += 1
                rows.append(
                    dict(
                        zip(
                            COLUMNS,
                            (
                                source["repository"],
                                commit,
                                path,
                                digest,
                                made,
                                source["licence"],
                                source["kind"],
                                start,
                                seconds,
                                output,
                            ),
                            strict=True,
                        )
                    )
                )
    print(
        f"{source['repository']}: {len(rows)} tracks of {len(taken)} folders, {used / 2**20:.1f} MiB; "
        f"dropped {dict(dropped)}",
        flush=True,
    )
    return rows, used


def make_row(row, clones, out):
    """Make one track of a list again; returns what is wrong with it, or ''."""
    try:
        data = read_source(find_clone(clones, row["repository"]), row["commit"], row["path"])
        if hash_bytes(data) != row["source_sha256"]:
            return "other source"
        samples = cut_excerpt(
            data, pathlib.PurePosixPath(row["path"]).suffix, row["kind"], float(row["seconds"]), float(row["start"])
        )[0]
    except (Unusable, subprocess.SubprocessError) as error:
        return str(error)
    return "" if write_opus(samples, out / row["output"]) == row["opus_sha256"] else "other bytes"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mode", choices=["pick", "list"])
    parser.add_argument("table", type=pathlib.Path, help="sources for pick, a list for list")
    parser.add_argument("--clones", type=pathlib.Path, required=True, help="folder that holds the repositories' clones")
    parser.add_argument("--out", type=pathlib.Path, required=True, help="folder to write into")
    parser.add_argument("--jobs", type=int, default=2, help="renders at a time (default 2)")
    parser.add_argument("--most-mib", type=float, default=60, help="stop at this size of Opus files (default 60)")
    arguments = parser.parse_args()
    with arguments.table.open(newline="", encoding="utf-8", errors="surrogateescape") as stream:
        table = list(csv.DictReader(stream))
    if arguments.mode == "list":
        with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
            results = list(pool.map(lambda row: make_row(row, arguments.clones, arguments.out), table))
        print(dict(collections.Counter(result or "as listed" for result in results)))
        return int(any(result not in ("", "other bytes") for result in results))
    seen, rows, room = set(), [], arguments.most_mib * 2**20 - 300_000
    for source in table:
        made, used = pick_source(
            source, find_clone(arguments.clones, source["repository"]), arguments.out, seen, arguments.jobs, room
        )
        rows, room = rows + made, room - used
    with (arguments.out / "list.csv").open("w", newline="", encoding="utf-8", errors="surrogateescape") as stream:
        writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    print(f"{len(rows)} tracks, {sum(row['seconds'] for row in rows) / 3600:.2f} h")
    return 0


if __name__ == "__main__":
    sys.exit(main())
