"""Reads Vorbis comments: in FLAC blocks and in the header packets of Ogg streams."""

from __future__ import annotations

from io import BytesIO
from typing import BinaryIO

from musicemb.io.audio.containers import skip_id3v2
from musicemb.io.tags.reading.texts import LARGEST_TEXT, MOST_TAGS, VALUE_NAMES, TagTexts, Texts

_LARGEST_PACKET = 1 << 25
"""Bytes of an Ogg packet that are looked at."""
_MOST_ENTRIES = 100_000
_MOST_PAGES = 100_000
_CODECS = ((b"\x01vorbis", b"\x03vorbis"), (b"OpusHead", b"OpusTags"), (b"\x7fFLAC", b""), (b"Speex   ", b""))
"""How the first packet of a stream begins, and the one with the comments."""


def read_flac_comments(file: BinaryIO) -> list[Texts]:
    """Read each block of comments in a FLAC file.

    Parameters
    ----------
    file : binary file, seekable

    Returns
    -------
    list of mapping
    """
    found: list[Texts] = []
    size = file.seek(0, 2)
    offset, last = skip_id3v2(file) + 4, False
    while not last and len(found) < MOST_TAGS:
        file.seek(offset)
        header = file.read(4)
        if len(header) < 4:
            break
        last, length = header[0] >= 0x80, int.from_bytes(header[1:], "big")
        if header[0] & 0x7F == 4:
            found.append(read_comments(file, size))  # some encoders tell too short a length of the block
            if file.tell() > offset + 4 + length:
                break
        offset += 4 + length
    return found


def read_ogg_comments(file: BinaryIO) -> Texts:
    """Read the comments of the first stream of a known codec.

    Parameters
    ----------
    file : binary file, seekable

    Returns
    -------
    mapping of str to sequence of str
        Empty where there is no such stream.
    """
    file.seek(skip_id3v2(file))
    serial, magic = b"", b""
    packet = bytearray()
    for _ in range(_MOST_PAGES):
        header = file.read(27)
        if len(header) < 27 or not header.startswith(b"OggS"):
            break
        lacing = file.read(header[26])
        body = file.read(sum(lacing))
        if not serial:
            codec = next((second for first, second in _CODECS if body.startswith(first)), None)
            if codec is not None:
                serial, magic = header[14:18], codec
            elif not header[5] & 0x02:
                break  # all streams have begun
            continue
        if header[14:18] != serial:
            continue
        ends = next((number for number, value in enumerate(lacing) if value < 255), None)
        packet += body if ends is None else body[: sum(lacing[: ends + 1])]
        if ends is not None or len(packet) > _LARGEST_PACKET:
            break
    skipped = len(magic) if packet.startswith(magic) else 0
    if not magic and packet and packet[0] & 0x7F == 4:
        skipped = 4  # the header of a FLAC block
    source = BytesIO(packet)
    source.seek(skipped)
    return read_comments(source, len(packet))


def read_comments(file: BinaryIO, end: int) -> Texts:
    """Read a Vorbis comment.

    Parameters
    ----------
    file : binary file, seekable
        At the length of the vendor's name.
    end : int
        Where the comment ends.

    Returns
    -------
    mapping of str to sequence of str
    """

    def number() -> int:
        data = file.read(4) if file.tell() + 4 <= end else b""
        return int.from_bytes(data, "little")

    names = {name: name for name in ("artist", "title", "album", "genre", "isrc")}
    texts = TagTexts({**names, **VALUE_NAMES, "mbid": "MUSICBRAINZ_TRACKID"})
    file.seek(number(), 1)
    for _ in range(min(number(), _MOST_ENTRIES)):
        length = number()
        start = file.tell()
        if start + length > end:
            break
        key, equals, value = file.read(min(length, LARGEST_TEXT)).partition(b"=")
        if equals and texts.wants(name := key.decode("latin-1")):
            texts.put(name, [value.decode("utf-8", "replace")])
        file.seek(start + length)
    return texts
