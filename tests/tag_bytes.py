"""Builds ID3 tags byte by byte, with frames that no library would write any more."""

from __future__ import annotations

import struct

V23_FRAMES = (
    (b"TIT2", b"\0A title\0"),
    (b"TYER", b"\x001999"),
    (b"TDAT", b"\x002412"),
    (b"RVAD", b"\3\x10\1\2\3\4\5\6\7\x08"),
    (b"TSIZ", b"\x0012345"),
    (b"POPM", b"me@example.org\0\xc4\0\0\0\7"),
    (b"COMM", b"\1eng\xff\xfe\0\0\xff\xfeH\0i\0"),
    (b"COMM", b"\0engdoubled\0one"),
    (b"COMM", b"\0engdoubled\0two"),
    (b"APIC", b"\0image/png\0\3cover\0\x89PNG" + bytes(range(256)) * 20),
    (b"XYZQ", b"a frame that nobody knows\xff\xff"),
    (b"PRIV", b"owner\0\xff\xe0\0\xff"),
    (b"TXXX", b"\0MOOD\0calm"),
    (b"GEOB", b"\0application/octet-stream\0file\0\0\0\1\2\3"),
    (b"UFID", b"http://musicbrainz.org\0abc"),
)
"""Frames of ID3v2.3 that a careless writer drops, doubles or changes."""


def frame(name: bytes, body: bytes, *, syncsafe: bool = False, flags: bytes = b"\0\0") -> bytes:
    """One frame of ID3v2.3, or of 2.4 with syncsafe sizes."""
    size = sizes(len(body)) if syncsafe else struct.pack(">I", len(body))
    return name + size + flags + body


def tag(frames: bytes, *, major: int = 3, flags: int = 0, padding: int = 0) -> bytes:
    """A whole tag around frames."""
    body = frames + bytes(padding)
    return b"ID3" + bytes((major, 0, flags)) + sizes(len(body)) + body


def sizes(number: int) -> bytes:
    """A syncsafe size."""
    return bytes((number >> shift) & 0x7F for shift in (21, 14, 7, 0))


def full_tag(major: int = 3, *, padding: int = 0, extra: bytes = b"") -> bytes:
    """A tag with all of `V23_FRAMES`."""
    frames = b"".join(frame(name, body, syncsafe=major == 4) for name, body in V23_FRAMES)
    return tag(frames + extra, major=major, padding=padding)


def old_tag(*frames: tuple[bytes, bytes], padding: int = 0) -> bytes:
    """A tag of ID3v2.2."""
    body = b"".join(name + len(data).to_bytes(3, "big") + data for name, data in frames)
    return tag(body, major=2, padding=padding)


def version_1(title: bytes = b"Old title", artist: bytes = b"Old artist", genre: int = 255) -> bytes:
    """A tag of ID3v1.1."""
    return b"TAG" + title.ljust(30, b"\0") + artist.ljust(30, b"\0") + bytes(30 + 4 + 28) + b"\0\7" + bytes((genre,))


def ape(**items: str) -> bytes:
    """An APEv2 tag with header and footer."""
    body = b"".join(
        struct.pack("<II", len(value.encode()), 0) + key.encode() + b"\0" + value.encode()
        for key, value in items.items()
    )

    def end(flags: int) -> bytes:
        return b"APETAGEX" + struct.pack("<IIII", 2000, len(body) + 32, len(items), flags) + bytes(8)

    return end(0xA0000000) + body + end(0x80000000)
