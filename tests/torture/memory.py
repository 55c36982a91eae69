"""What hostile and very large tags cost in memory.  PYTHONPATH=tests python -m torture.memory [NAME ...]

Each file is made, embedded by a worker of its own, and planned, written and taken back by a process like the command's
own; what counts is the peak of resident memory (VmHWM) of each. Linux only. Sparse files take no room on the disk.
"""

from __future__ import annotations

import base64
import random
import struct
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import sounds
import tag_bytes
from torture.promises import Promises

WORKER_MB, PARENT_MB = 400, 400
MB = 1 << 20

LIMITS = "import resource; resource.setrlimit(resource.RLIMIT_AS, (12 << 30, 12 << 30))\n"
PEAK = "int(open('/proc/self/status').read().split('VmHWM:')[1].split()[0]) // 1024"
WORKER = f"""{LIMITS}
import sys, time
from pathlib import Path
from musicemb.encoder.runtime.litert import load_encoder
from musicemb.records import FoundFile
from musicemb.settings import ScanSettings
from musicemb.workflows.embedding.embed import embed_file
encoder, path = load_encoder(None), Path(sys.argv[1])
began = time.process_time()
done = embed_file(FoundFile.from_status(path, path.stat()), encoder, settings=ScanSettings())
told = getattr(done, "reason", None) or f"{{done.duration:.0f}} s" + (f", {{done.note}}" if done.note else "")
print({PEAK}, f"{{time.process_time() - began:.1f}}", told, sep="\\t")
"""
PARENT = f"""{LIMITS}
import sys, time
from pathlib import Path
from tagged_library import add
from musicemb.io.catalogue.catalogue import open_catalogue
from musicemb.workflows.tagging.tag import apply_tags, plan_tags
from musicemb.workflows.tagging.undo import apply_undo, plan_undo
path = Path(sys.argv[1])
began = time.process_time()
with open_catalogue(path.parent / "library.sqlite") as catalogue:
    add(catalogue, path, "Jazz")
    changes = plan_tags(catalogue, policy="replace")
    done = list(apply_tags(catalogue, [change for change in changes if not change.obstacle]))
    told = [change.obstacle for change in changes if change.obstacle] or [each.reason or each.status for each in done]
    list(apply_undo(catalogue, plan_undo(catalogue)))
print({PEAK}, f"{{time.process_time() - began:.1f}}", *told, sep="\\t")
"""


def packed_frame(major: int, name: bytes, body: bytes, packed: bytes | None = None) -> bytes:
    """A compressed frame of ID3v2.3 or 2.4."""
    packed = zlib.compress(body, 9) if packed is None else packed
    if major == 3:
        return tag_bytes.frame(name, struct.pack(">I", len(body)) + packed, flags=b"\0\x80")
    return tag_bytes.frame(name, tag_bytes.sizes(len(body)) + packed, syncsafe=True, flags=b"\0\x09")


def bomb(size: int) -> bytes:
    """Zeros of that length, compressed as one, without ever holding them."""
    pack, parts, block = zlib.compressobj(9), [], bytes(MB)
    for _ in range(size // MB):
        parts.append(pack.compress(block))
    return b"".join([*parts, pack.flush()])


def front(path: Path, head: bytes) -> None:
    """Put bytes in front of a short MP3."""
    path.write_bytes(head + sounds.write_music(path, 2.0).read_bytes())


def grow(path: Path, size: int) -> None:
    """Make a file that long, with a hole at its end."""
    with path.open("r+b") as file:
        file.truncate(size)


def one_bomb(major: int) -> Callable[[Path], None]:
    """A title that unpacks to 250 MB, in 250 kB."""
    zeros = bomb(250 * MB)
    length = struct.pack(">I", 250 * MB) if major == 3 else tag_bytes.sizes(250 * MB)
    frame = tag_bytes.frame(b"TIT2", length + zeros, syncsafe=major == 4, flags=b"\0\x80" if major == 3 else b"\0\x09")
    return lambda path: front(path, tag_bytes.tag(frame, major=major))


def many_bombs(major: int, name: bytes, head: bytes = b"") -> Callable[[Path], None]:
    """15,000 frames that unpack to 64 kB each."""
    frame = packed_frame(major, name, b"\0" + head + b"A" * 65_000)
    return lambda path: front(path, tag_bytes.tag(frame * 15_000, major=major))


def picture(size: int) -> Callable[[Path], None]:
    """An MP3 with a picture of that many MB."""
    return lambda path: front(
        path, tag_bytes.tag(tag_bytes.frame(b"APIC", b"\0image/png\0\3\0" + bytes(range(256)) * (size * MB // 256)))
    )


def flac_blocks(kind: int, content: bytes, count: int) -> Callable[[Path], None]:
    """A FLAC with that many blocks more behind its first."""

    def make(path: Path) -> None:
        data = sounds.write_music(path, 2.0).read_bytes()
        block = bytes((kind,)) + len(content).to_bytes(3, "big") + content
        with path.open("wb") as file:
            file.write(b"fLaC\0" + data[5:42])
            for _ in range(count):
                file.write(block)
            file.write(data[42:])

    return make


def flac_picture() -> bytes:
    """A picture of 16 MB."""
    data = bytes(range(256)) * (15 * MB // 256)
    return struct.pack(">II", 3, 9) + b"image/png" + struct.pack(">IIIIII", 0, 1, 1, 24, 0, len(data)) + data


def comments(entries: Iterator[bytes] | list[bytes], count: int | None = None) -> bytes:
    """A Vorbis comment."""
    entries = list(entries)
    parts = [struct.pack("<II", 0, len(entries) if count is None else count)]
    return b"".join(parts + [struct.pack("<I", len(entry)) + entry for entry in entries])


def unknown_length(path: Path) -> None:
    """A FLAC with 13 pictures whose header does not tell how long it is: FFmpeg is asked first."""
    flac_blocks(6, flac_picture(), 13)(path)
    with path.open("r+b") as file:
        file.seek(21)
        (first,) = file.read(1)
        file.seek(21)
        file.write(bytes((first & 0xF0, 0, 0, 0, 0)))


def ogg(suffix: str, entries: list[bytes]) -> Callable[[Path], None]:
    """An OGG file with these comments, as mutagen writes it."""

    def make(path: Path) -> None:
        from mutagen.ogg import OggPage

        sounds.write_music(path, 2.0)
        magic = b"OpusTags" if suffix == "opus" else b"\x03vorbis"
        with path.open("r+b") as file:
            OggPage(file)
            old = [OggPage(file)]
            while not old[-1].complete or (suffix == "ogg" and sum(len(page.packets) for page in old) < 2):
                old.append(OggPage(file))
            packets = OggPage.to_packets(old)
            packets[0] = magic + comments(entries) + (b"\1" if suffix == "ogg" else b"")
            whole, ends = b"".join(packets), [len(packets[0]), sum(map(len, packets))]
            new = []
            for start in range(0, len(whole), 65_025):
                page, cuts = OggPage(), [end for end in ends if start < end <= start + 65_025]
                page.packets = [whole[a:b] for a, b in pairwise([start, *cuts])]
                if not cuts or cuts[-1] < min(len(whole), start + 65_025):
                    page.packets.append(whole[cuts[-1] if cuts else start : start + 65_025])
                page.complete, page.continued = start + 65_025 >= len(whole), start > 0 and start not in ends
                page.position = 0 if cuts else -1
                new.append(page)
            OggPage.replace(file, old, new)

    return make


def mp4_item(name: bytes, content: bytes, count: int = 1) -> Callable[[Path], None]:
    """An M4A file with an item of its list of tags that many times."""

    def make(path: Path) -> None:
        data = sounds.write_music(path, 2.0, title="T").read_bytes()
        item = struct.pack(">I4s", len(content) + 24, name) + struct.pack(">I4sII", len(content) + 16, b"data", 1, 0)
        added = (item + content) * count
        data = bytearray(data)
        at = data.rfind(b"ilst")
        for parent in (b"ilst", b"meta", b"udta", b"moov"):
            place = data.rfind(parent, 0, at + 4) - 4
            size = int.from_bytes(data[place : place + 4], "big")
            data[place : place + 4] = (size + len(added)).to_bytes(4, "big")
        end = at - 4 + int.from_bytes(data[at - 4 : at], "big") - len(added)
        assert data.find(b"mdat") < at, "the index is at the end"
        path.write_bytes(bytes(data[:end]) + added + bytes(data[end:]))

    return make


def ape_items(path: Path) -> None:
    """An MP3 with an APEv2 tag of 9,000 texts of 60 kB."""
    sounds.write_music(path, 2.0)
    texts = {f"KEY{number}": "A" * 60_000 for number in range(9_000)}
    with path.open("ab") as file:
        file.write(tag_bytes.ape(**texts))


def wav(rate: int, claimed: int, size: int) -> Callable[[Path], None]:
    """A WAV file of silence behind two seconds of music: what its header claims, and how long it is."""

    def make(path: Path) -> None:
        music = (sounds.music(2.0, sample_rate=rate) * 20_000).astype("<i2").tobytes()
        form = struct.pack("<HHIIHH", 1, 2, rate, rate * 4, 4, 16)
        with path.open("wb") as file:
            file.write(b"RIFF\xff\xff\xff\xffWAVEfmt " + struct.pack("<I", 16) + form)
            file.write(b"data" + struct.pack("<I", min(claimed, 0xFFFFFFFF)) + music)
            file.truncate(size)

    return make


def rf64(path: Path) -> None:
    """100 hours of 16-bit stereo (64 GB), told by an RF64 header; a hole but for two seconds."""
    rate, seconds = 44_100, 360_000
    music = (sounds.music(2.0, sample_rate=rate) * 20_000).astype("<i2").tobytes()
    size = rate * 4 * seconds
    with path.open("wb") as file:
        file.write(b"RF64\xff\xff\xff\xffWAVEds64" + struct.pack("<IQQQI", 28, size + 72, size, size // 4, 0))
        file.write(b"fmt " + struct.pack("<IHHIIHH", 16, 1, 2, rate, rate * 4, 4, 16) + b"data\xff\xff\xff\xff" + music)
        file.truncate(size + 80)


def many_chunks(path: Path) -> None:
    """A WAV file with five million empty chunks."""
    data = sounds.write(path, sounds.music(2.0)).read_bytes()
    path.write_bytes(data[:36] + b"junk\0\0\0\0" * 5_000_000 + data[36:])


def info_texts(path: Path) -> None:
    """A WAV file with a list of texts of 300 MB."""
    data = sounds.write(path, sounds.music(2.0)).read_bytes()
    text = b"INAM" + struct.pack("<I", 60_000) + b"A" * 60_000
    body = b"INFO" + text * 5_000
    path.write_bytes(data + b"LIST" + struct.pack("<I", len(body)) + body)


def sparse(suffix: str, size: int) -> Callable[[Path], None]:
    """Music with a hole of that many GB behind it."""

    def make(path: Path) -> None:
        sounds.write_music(path, 2.0, title="T")
        grow(path, size << 30)

    return make


def claimed_texts(path: Path) -> None:
    """A FLAC whose comments claim four thousand million entries."""
    flac_blocks(4, comments([b"TITLE=T"], 0xFFFFFFFF), 1)(path)


def long_comments(path: Path) -> None:
    """A FLAC with 12 blocks of comments, 260 texts of 60 kB each."""
    flac_blocks(4, comments([b"KEY%d=" % number + b"A" * 60_000 for number in range(260)]), 12)(path)


BIG_TEXT = base64.b64encode(bytes(range(256)) * (100 * MB // 256))
FILES: dict[str, tuple[str, Callable[[Path], None]]] = {
    "plain MP3": ("mp3", lambda path: front(path, tag_bytes.full_tag())),
    "compressed title, 250 MB, ID3v2.3": ("mp3", one_bomb(3)),
    "compressed title, 250 MB, ID3v2.4": ("mp3", one_bomb(4)),
    "15,000 compressed genres, 1 GB, ID3v2.3": ("mp3", many_bombs(3, b"TCON")),
    "15,000 compressed genres, 1 GB, ID3v2.4": ("mp3", many_bombs(4, b"TCON")),
    "15,000 compressed own texts, 1 GB": ("mp3", many_bombs(3, b"TXXX", b"MUSICEMB_GENRE\0")),
    "15,000 compressed pictures, 1 GB": ("mp3", many_bombs(3, b"APIC", b"image/png\0\3\0")),
    "picture of 60 MB, MP3": ("mp3", picture(60)),
    "picture of 200 MB, MP3": ("mp3", picture(200)),
    "pictures of 195 MB, FLAC": ("flac", flac_blocks(6, flac_picture(), 13)),
    "pictures of 195 MB, FLAC of unknown length": ("flac", unknown_length),
    "pictures of 60 MB, FLAC": ("flac", flac_blocks(6, flac_picture(), 4)),
    "comments claim 4 thousand million, FLAC": ("flac", claimed_texts),
    "comments of 187 MB, FLAC": ("flac", long_comments),
    "picture of 133 MB, OGG": ("ogg", ogg("ogg", [b"METADATA_BLOCK_PICTURE=" + BIG_TEXT])),
    "picture of 133 MB, Opus": ("opus", ogg("opus", [b"METADATA_BLOCK_PICTURE=" + BIG_TEXT])),
    "20 MB of comments, Opus": ("opus", ogg("opus", [b"A=%d" % number for number in range(1_300_000)])),
    "picture of 200 MB, M4A": ("m4a", mp4_item(b"covr", random.Random(1).randbytes(200 * MB))),
    "150,000 titles of 1 kB, M4A": ("m4a", mp4_item(b"\xa9nam", b"A" * 1000, 150_000)),
    "texts of 540 MB, APEv2": ("mp3", ape_items),
    "claims 27 h, is 2 s, WAV": ("wav", wav(11_025, 0xFFFFFFF0, 200_000)),
    "hole of 20 GB, WAV": ("wav", wav(44_100, 0xFFFFFFF0, 20 << 30)),
    "100 h, 64 GB hole, RF64": ("wav", rf64),
    "five million chunks, WAV": ("wav", many_chunks),
    "texts of 300 MB, WAV": ("wav", info_texts),
    "hole of 4 GB, MP3": ("mp3", sparse("mp3", 4)),
    "hole of 4 GB, FLAC": ("flac", sparse("flac", 4)),
    "hole of 4 GB, OGG": ("ogg", sparse("ogg", 4)),
    "hole of 4 GB, M4A": ("m4a", sparse("m4a", 4)),
}


def measure(program: str, path: Path) -> tuple[int, str, str]:
    """Peak in MB, CPU seconds and what was said."""
    command = [sys.executable, "-c", program, str(path)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=1800)
    except subprocess.TimeoutExpired:
        return 0, "", "no end within half an hour"
    if done.returncode or not done.stdout:
        last = done.stderr.strip().splitlines() or ["?"]
        return 0, "", f"ended with {done.returncode}: {last[-1][:200]}"
    peak, seconds, *told = done.stdout.rstrip("\n").split("\t")
    return int(peak), seconds, "; ".join(told)[:90]


def main() -> None:
    """Measure all files, or those whose names hold a word that was given."""
    promises = Promises()
    wanted = {
        name: made
        for name, made in FILES.items()
        if not sys.argv[1:] or any(word.lower() in name.lower() for word in sys.argv[1:])
    }
    print(f"{'file':44} {'worker MB':>9} {'CPU s':>6} {'parent MB':>9} {'CPU s':>6}")
    for name, (suffix, make) in wanted.items():
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"a.{suffix}"
            make(path)
            peaks = [measure(program, path) for program in (WORKER, PARENT)]
        (worker, took, said), (parent, also, wrote) = peaks
        print(f"{name:44} {worker:9} {took:>6} {parent:9} {also:>6}  {said} | {wrote}", flush=True)
        promises.check(f"a worker takes at most {WORKER_MB} MB", 0 < worker <= WORKER_MB, f"{name}: {worker} {said}")
        promises.check(f"the parent takes at most {PARENT_MB} MB", 0 < parent <= PARENT_MB, f"{name}: {parent} {wrote}")
    promises.finish()


if __name__ == "__main__":
    main()
