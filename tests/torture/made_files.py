"""Makes odd files of its own: tags of every shape that a standard allows, or that somebody once wrote.

usage: PYTHONPATH=tests python -m torture.made_files FOLDER; then: python -m torture.odd_files FOLDER
"""

from __future__ import annotations

import struct
import sys
import tempfile
import zlib
from io import BytesIO
from pathlib import Path

import sounds
from tag_bytes import ape, frame, old_tag, sizes, tag, version_1

from musicemb.io.audio.containers import skip_id3v2

Files = dict[str, bytes]
GENRES = (
    b"\0(17)(18)Refinement",
    b"\0((Foo",
    b"\0(RX)(CR)",
    b"\x0317\x0018\0",
    b"\1\xff\xfe",
    b"\1R\0o\0",
    b"\2\0R\0o\0c\0k",
    b"\1\xfe\xff\0R\0o",
    b"\0",
    b"",
    b"\0Rock\0\0\0",
    b"\0Rock/Pop; Jazz",
    b"\1\xff\xfeR\0o\0\0\0\xff\xfeJ\0a\0",
    b"\0  ",
    b"\0\x1b[31mred",
)
"""Contents of a genre frame."""


def music(suffix: str, **tags: str) -> bytes:
    """A file of three seconds."""
    with tempfile.TemporaryDirectory() as folder:
        return sounds.write_music(Path(folder) / f"a.{suffix}", 3.0, seed=5, **tags).read_bytes()


def unsynchronised(data: bytes) -> bytes:
    """With a zero behind each byte that could begin a frame of audio."""
    out = bytearray()
    for place, byte in enumerate(data):
        out.append(byte)
        if byte == 0xFF and (place + 1 == len(data) or data[place + 1] == 0 or data[place + 1] >= 0xE0):
            out.append(0)
    return bytes(out)


def with_footer(frames: bytes) -> bytes:
    """A tag of ID3v2.4 with a footer."""
    rest = b"\4\0\x10" + sizes(len(frames))
    return b"ID3" + rest + frames + b"3DI" + rest


def lyrics(text: bytes) -> bytes:
    """Lyrics3v2."""
    body = b"LYRICSBEGIN" + text
    return body + b"%06dLYRICS200" % len(body)


def id3_files(audio: bytes) -> Files:
    """Tags in front of an MP3 and behind it."""
    old = frame(b"TIT2", b"\0T") + frame(b"TPE1", b"\1\xff\xfeA\0")
    new = frame(b"TIT2", b"\3T", syncsafe=True) + frame(b"TPE1", b"\3A", syncsafe=True)
    rock, rock4 = frame(b"TCON", b"\0Rock"), frame(b"TCON", b"\3Rock", syncsafe=True)
    long = b"\0" + b"x" * 300
    fronts = {
        "v2.2": old_tag((b"TT2", b"\0T"), (b"TP1", b"\0A"), (b"TCO", b"\0(17)"), padding=100),
        "unsynchronised": tag(unsynchronised(old), flags=0x80),
        "extended": tag(struct.pack(">IHI", 6, 0, 50) + old, flags=0x40, padding=50),
        "extended-crc": tag(struct.pack(">IHII", 10, 0x8000, 50, zlib.crc32(old)) + old, flags=0x40, padding=50),
        "extended-v2.4": tag(sizes(7) + b"\1\x40\0" + new, major=4, flags=0x40),
        "footer": with_footer(new),
        "length-told": tag(frame(b"TCON", sizes(5) + b"\3Rock", syncsafe=True, flags=b"\0\1") + new, major=4),
        "encrypted-genre": tag(new + frame(b"TCON", b"\x80\3Rock", syncsafe=True, flags=b"\0\4"), major=4),
        "encrypted-title": tag(frame(b"TIT2", b"\x80\0T", flags=b"\0\x40") + frame(b"TPE1", b"\0A")),
        "grouped": tag(frame(b"TIT2", b"\x81\0T", flags=b"\0\x20") + frame(b"GRID", b"me\0\x81")),
        "compressed": tag(
            old + frame(b"TCON", struct.pack(">I", 5) + zlib.compress(b"\0Rock"), flags=b"\0\x80"),
        ),
        "plain-sizes-v2.4": tag(frame(b"TIT2", long) + frame(b"TPE1", b"\0A"), major=4),
        "safe-sizes-v2.3": tag(frame(b"TIT2", long, syncsafe=True) + frame(b"TPE1", b"\0A", syncsafe=True)),
        "two": tag(frame(b"TIT2", b"\0T")) + tag(rock),
        "two-without-genre": tag(frame(b"TIT2", b"\0T")) + tag(frame(b"TPE1", b"\0B")),
        "twice-a-genre": tag(old + rock + frame(b"TCON", b"\0Pop")),
        "described-genre": tag(old + frame(b"TXXX", b"\0genre\0Rock")),
        "junk-in-padding": tag(old + b"\0\0junk" + bytes(50)),
        "empty": tag(b""),
        "padding-only": tag(b"", padding=300),
        "v2.5": b"ID3\5\0\0" + sizes(len(old)) + old,
        "unknown-flags": tag(old, flags=0x0F),
        "too-long-a-frame": tag(old + b"TALB" + struct.pack(">I", 999_999) + b"\0\0\0Al"),
        "no-length": tag(b"TALB" + bytes(6) + old),
        "zeros-behind": tag(old) + bytes(5_000),
        "junk": b"junk" * 90,
        "APE": ape(Title="T", Genre="Rock"),
    }
    backs = {
        "APE-Lyrics3-ID3v1": ape(Genre="Rock", Title="T") + lyrics(b"IND0000210") + version_1(genre=17),
        "Lyrics3-ID3v1": lyrics(b"IND0000210") + version_1(),
        "ID3v1-twice": version_1(genre=17) + version_1(),
        "ID3v1-extended": b"TAG+" + bytes(223) + version_1(),
        "APEv1": ape(Title="T")[32:].replace(struct.pack("<I", 2000), struct.pack("<I", 1000)),
        "footer": with_footer(new + rock4),
        "junk": b"junk" * 9,
    }
    files = {f"id3-{name}.mp3": front + audio for name, front in fronts.items()}
    files |= {f"tail-{name}.mp3": audio + back for name, back in backs.items()}
    for number, genre in enumerate(GENRES):
        for major in (3, 4):
            frames = frame(b"TIT2", b"\0T", syncsafe=major == 4) + frame(b"TCON", genre, syncsafe=major == 4)
            files[f"genre-{major}-{number:02}.mp3"] = tag(frames, major=major, padding=20) + audio
    return files


def flac_files(data: bytes) -> Files:
    """Blocks in every order and number."""
    info, offset = (0, data[8:42]), 4
    while not data[offset] & 0x80:
        offset += 4 + int.from_bytes(data[offset + 1 : offset + 4], "big")
    audio = data[offset + 4 + int.from_bytes(data[offset + 1 : offset + 4], "big") :]

    def comments(*texts: bytes, vendor: bytes = b"v", count: int | None = None) -> tuple[int, bytes]:
        body = struct.pack("<I", len(vendor)) + vendor + struct.pack("<I", len(texts) if count is None else count)
        return 4, body + b"".join(struct.pack("<I", len(text)) + text for text in texts)

    def file(*blocks: tuple[int, bytes]) -> bytes:
        heads = (kind | 0x80 * (place == len(blocks) - 1) for place, (kind, _) in enumerate(blocks))
        parts = (
            bytes((head,)) + len(body).to_bytes(3, "big") + body for head, (_, body) in zip(heads, blocks, strict=True)
        )
        return b"fLaC" + b"".join(parts) + audio

    title = comments(b"TITLE=T")
    return {
        "padding-of-16-MB.flac": file(info, title, (1, bytes(0xFFFFFF))),
        "paddings.flac": file(info, (1, b""), (1, bytes(3)), title, (1, bytes(1)), (1, b"")),
        "no-comments.flac": file(info),
        "two-comments.flac": file(info, title, comments(b"GENRE=Rock")),
        "odd-blocks.flac": file(info, (2, b"abcdxyz"), (3, bytes(54)), (50, b"reserved"), title),
        "invalid-block.flac": file(info, title, (127, b"zz")),
        "odd-texts.flac": file(info, comments(b"title=T", b"noequals", b"=empty", b"genre=", b"Genre=Rock")),
        "blank-genre.flac": file(info, comments(b"TITLE=T", b"GENRE=\r\n")),
        "not-utf-8.flac": file(info, comments(b"TITLE=\xff\xfeT", b"GENRE=R\xf6ck", vendor=b"\xff\0v")),
        "too-many-claimed.flac": file(info, comments(b"TITLE=T", count=5), (1, bytes(5))),
        "comments-first.flac": file(title, info),
        "tags-around.flac": tag(frame(b"TIT2", b"\0T")) + file(info, title) + version_1(genre=17),
    }


def mp4_files(data: bytes) -> Files:
    """Lists of tags in every place and shape; the index is the last atom."""
    start = data.rfind(b"moov") - 4
    index = data[start + 8 :]
    user = index.rfind(b"udta") - 4
    head, below = data[:start], index[:user]

    def atom(name: bytes, body: bytes, *, wide: bool = False) -> bytes:
        if wide:
            return struct.pack(">I4sQ", 1, name, len(body) + 16) + body
        return struct.pack(">I4s", len(body) + 8, name) + body

    def item(name: bytes, *values: tuple[int, bytes]) -> bytes:
        return atom(name, b"".join(atom(b"data", struct.pack(">II", kind, 0) + value) for kind, value in values))

    handler = atom(b"hdlr", bytes(8) + b"mdirappl" + bytes(9))
    title = item(b"\xa9nam", (1, b"T")) + item(b"\xa9ART", (1, b"A"))

    def file(items: bytes, *, wide: bool = False, behind: bytes = b"", more: bytes = b"") -> bytes:
        meta = atom(b"meta", bytes(4) + handler + atom(b"ilst", items, wide=wide), wide=wide)
        return head + atom(b"moov", below + atom(b"udta", meta + behind, wide=wide) + more, wide=wide)

    own = atom(b"mean", bytes(4) + b"com.apple.iTunes") + atom(b"name", bytes(4) + b"GENRE")
    rock = struct.pack(">HH", 4, 0) + b"Rock"
    return {
        "wide.m4a": file(title, wide=True),
        "ends-in-zeros.m4a": file(title, behind=bytes(4)),
        "by-number.m4a": file(title + item(b"gnre", (0, b"\0\x12"))),
        "by-number-and-word.m4a": file(title + item(b"gnre", (0, b"\0\x12")) + item(b"\xa9gen", (1, b"Pop"))),
        "two-values.m4a": file(title + item(b"\xa9gen", (1, b"Pop"), (1, b"Rock"))),
        "twice.m4a": file(title + item(b"\xa9gen", (1, b"Pop")) + item(b"\xa9gen", (1, b"Rock"))),
        "utf-16.m4a": file(title + item(b"\xa9gen", (2, "Röck".encode("utf-16-be")))),
        "blank.m4a": file(title + item(b"\xa9gen", (1, b""))),
        "no-value.m4a": file(title + atom(b"\xa9gen", b"")),
        "own-genre.m4a": file(title + atom(b"----", own + atom(b"data", struct.pack(">II", 1, 0) + b"Rock"))),
        "QuickTime-beside.m4a": file(title, behind=atom(b"\xa9gen", rock)),
        "two-user-data.m4a": file(title, more=atom(b"udta", atom(b"\xa9gen", rock))),
        "beside-the-index.m4a": file(title) + atom(b"meta", bytes(4) + handler + atom(b"ilst", title)),
        "no-user-data.m4a": head + atom(b"moov", below),
        "empty-user-data.m4a": head + atom(b"moov", below + atom(b"udta", b"")),
        "no-version.m4a": head + atom(b"moov", below + atom(b"udta", atom(b"meta", handler + atom(b"ilst", title)))),
    }


def main() -> None:
    """Write all of them."""
    if len(sys.argv) != 2:
        sys.exit("usage: PYTHONPATH=tests python -m torture.made_files FOLDER")
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    audio = music("mp3")
    files = id3_files(audio[skip_id3v2(BytesIO(audio)) :])
    files |= flac_files(music("flac")) | mp4_files(music("m4a", title="T"))
    for suffix in ("wav", "aiff", "ogg", "opus", "m4a", "flac"):
        plain = music(suffix)
        files |= {
            f"id3-before.{suffix}": tag(frame(b"TIT2", b"\0T") + frame(b"TCON", b"\0Rock")) + plain,
            f"id3v1-behind.{suffix}": plain + version_1(genre=17),
            f"ape-behind.{suffix}": plain + ape(Title="T"),
            f"junk-behind.{suffix}": plain + b"junk" * 9,
            f"cut.{suffix}": plain[: len(plain) // 2],
        }
    for name, content in files.items():
        (folder / name).write_bytes(content)
    print(f"{len(files)} files in {folder}")


if __name__ == "__main__":
    main()
