"""Hashes the packets of an Ogg file behind its headers.

Packets, not pages: a longer comment moves all page borders and numbers after it, and each page's
checksum with them. Streams of one file (chained one after the other, or multiplexed) are hashed
each by itself, in the order in which they begin.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import BinaryIO

from musicemb.io.audio.containers import skip_id3v2

_MOST_OPEN = 64
"""Streams that run at once in a sane file, by far."""
_HEADERS = (
    (b"\x01vorbis", 3),
    (b"OpusHead", 2),
    (b"\x80theora", 3),
    (b"Speex   ", 2),
)
"""How the first packet of a stream begins, and how many packets are headers."""
_BEGINS, _ENDS = 0x02, 0x04  # page flags
_BLOCK = 1 << 20


def ogg_digest(file: BinaryIO) -> bytes:
    """Digest of all packets that are not headers.

    Parameters
    ----------
    file : binary file, seekable
        ID3v2 tags before the first page are passed over.

    Returns
    -------
    bytes
        b"" where no packet of a known codec is found: the file is not what it seems.
    """
    streams: list[bytes] = []  # digests of those that ended, at their place
    running: dict[bytes, tuple[int, _Stream]] = {}  # serial number -> place, stream
    known = False
    offset = skip_id3v2(file)
    end = file.seek(0, 2)
    while (page := _read_page(file, offset, end)) is not None:
        flags, serial, lacing, body = page
        offset += 27 + len(lacing) + len(body)
        if flags & _BEGINS or serial not in running:
            if serial in running:
                place, stream = running.pop(serial)
                streams[place] = stream.digest()
            if len(running) >= _MOST_OPEN:
                return b""
            running[serial] = (len(streams), _Stream())
            streams.append(b"")
        place, stream = running[serial]
        stream.feed(lacing, body)
        known = known or stream.has_audio
        if flags & _ENDS:
            streams[place] = running.pop(serial)[1].digest()
    for place, stream in running.values():
        streams[place] = stream.digest()
    if not known:
        return b""
    rest = blake2b()  # what is no page: junk, or a page that was cut off
    file.seek(offset)
    while block := file.read(_BLOCK):
        rest.update(block)
    return blake2b(b"".join(streams) + rest.digest()).digest()


def _read_page(file: BinaryIO, offset: int, end: int) -> tuple[int, bytes, bytes, bytes] | None:
    """Flags, serial number, segment table and body of the page at `offset`; None where there is none."""
    file.seek(offset)
    header = file.read(27)
    if len(header) < 27 or not header.startswith(b"OggS\0"):
        return None
    lacing = file.read(header[26])
    length = sum(lacing)
    if len(lacing) < header[26] or offset + 27 + len(lacing) + length > end:
        return None
    return header[5], header[14:18], lacing, file.read(length)


class _Stream:
    """One logical stream: its packets are hashed as they come, wherever pages cut them."""

    def __init__(self) -> None:
        self._headers: int | None = None  # packets still to be left out; None until the codec is known
        self._first = b""
        self._bytes = blake2b()
        self._borders = blake2b()
        self._open = 0  # bytes of the packet that the last page left unfinished
        self._known = False
        self.has_audio = False

    def feed(self, lacing: bytes, body: bytes) -> None:
        """Add a page."""
        lengths, open_before = self._packets(lacing)
        start = 0
        if self._headers is None or self._headers > 0:
            start, lengths = self._pass_headers(lengths, open_before, body)
        if start < len(body) or lengths:
            self._bytes.update(memoryview(body)[start:])
            self._borders.update(b"".join(length.to_bytes(8, "little") for length in lengths))
            self.has_audio = self.has_audio or (self._known and bool(lengths))

    def digest(self) -> bytes:
        """Of all packets so far."""
        return self._bytes.digest() + self._borders.digest()

    def _packets(self, lacing: bytes) -> tuple[list[int], int]:
        """Lengths of the packets that end on this page (with what earlier pages held of the first)."""
        open_before = length = self._open
        lengths = []
        for value in lacing:
            length += value
            if value < 255:
                lengths.append(length)
                length = 0
        self._open = length
        return lengths, open_before

    def _pass_headers(self, lengths: list[int], open_before: int, body: bytes) -> tuple[int, list[int]]:
        """Where the first byte of audio lies in this page's body, and the packets that end behind it."""
        if self._headers is None:
            self._first = (self._first + body[:16])[:16]
            if len(self._first) < 9 and not lengths:
                return len(body), []
            self._headers = _count_headers(self._first)
            self._known = self._headers > 0
        at = -open_before
        while lengths and self._headers > 0:
            at += lengths[0]
            lengths = lengths[1:]
            self._headers -= 1
        return (len(body) if self._headers > 0 else max(0, at)), lengths


def _count_headers(first: bytes) -> int:
    """Header packets of the stream whose first packet begins like this; 0 for an unknown codec."""
    for magic, count in _HEADERS:
        if first.startswith(magic):
            return count
    if first.startswith(b"\x7fFLAC"):
        return 1 + (int.from_bytes(first[7:9], "big") or 1)
    return 0
