"""Finds the tags that may stand around any file: ID3v2 at its front or end, APEv2, ID3v1."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from musicemb.io.audio.containers import id3v2_length, identify, skip_id3v2
from musicemb.io.audio.tail_tags import is_ape, tail_tags
from musicemb.io.tags.reading.id3_texts import id3v2_size, read_id3v1, read_id3v2
from musicemb.io.tags.reading.texts import LARGEST_TEXT, VALUE_NAMES, FoundTag, TagTexts, Texts, decode

_SEARCHED = 1 << 18
"""Bytes at the front and at the end of a file in which a misplaced ID3 tag is looked for."""
_MOST_ITEMS = 10_000


def tags_around(file: BinaryIO) -> Iterator[FoundTag]:
    """Every ID3 and APE tag before and behind the music, those first that players prefer.

    Parameters
    ----------
    file : binary file, seekable

    Yields
    ------
    FoundTag
    """
    start = skip_id3v2(file)
    offset = number = 0
    while offset < start:
        file.seek(offset)
        length = id3v2_length(file.read(10))
        yield FoundTag("ID3v2" if not number else "second ID3v2", read_id3v2(file, offset))
        offset, number = offset + length, number + 1
    file.seek(start)
    front = file.read(32)
    if is_ape(front, header=True):
        yield FoundTag("APEv2", read_ape(file, start + 32, start + 32 + int.from_bytes(front[12:16], "little")))
    elif identify(file) == "unknown":
        yield from _misplaced(file, start, "ID3v2 behind other bytes")
    end = file.seek(0, 2)
    last = []
    for tag in tail_tags(file, start):
        end = tag.start
        if tag.kind == "ID3v1":
            file.seek(tag.end - 128)
            last.append(FoundTag("ID3v1", read_id3v1(file.read(128))))
        elif tag.kind == "APEv2":
            yield FoundTag("APEv2", read_ape(file, tag.start, tag.end))
        elif tag.kind == "ID3v2":
            yield FoundTag("ID3v2 at the end", read_id3v2(file, tag.start))
    if end - start > _SEARCHED:
        yield from _misplaced(file, end - _SEARCHED, "ID3v2 at the end", end)
    elif end > start:
        yield from _misplaced(file, start + 1, "ID3v2 at the end", end)
    yield from last


def _misplaced(file: BinaryIO, start: int, name: str, end: int | None = None) -> Iterator[FoundTag]:
    """An ID3v2 tag among the bytes from `start` on; one that reaches exactly to `end`, where that is given."""
    file.seek(start)
    block = file.read(_SEARCHED if end is None else end - start)
    at = block.find(b"ID3")
    while at >= 0:
        header = block[at : at + 10]
        if len(header) == 10 and header[3] in (2, 3, 4) and header[4] < 0x10 and not header[5] & 0x0F:
            place = start + at
            fits = end is None or place + id3v2_size(header) == end
            if fits and (end is not None or _has_frame(file, place)):
                broken = place == start and end is None
                yield FoundTag("ID3v2 with a damaged size" if broken else name, read_id3v2(file, place))
                return
        at = block.find(b"ID3", at + 1)


def _has_frame(file: BinaryIO, place: int) -> bool:
    """Whether something like a frame follows the header, so that three letters in the audio are no tag."""
    file.seek(place + 10)
    name = file.read(4)
    return (name[:3].isalnum() and name[:3].isupper()) or name == bytes(4)


def read_ape(file: BinaryIO, start: int, end: int) -> Texts:
    """Read an APEv2 tag.

    Parameters
    ----------
    file : binary file, seekable
    start, end : int
        Where it lies, with or without header and footer.

    Returns
    -------
    mapping of str to sequence of str
    """
    names = {"artist": "Artist", "title": "Title", "album": "Album", "genre": "Genre"}
    texts = TagTexts({**names, **VALUE_NAMES, "mbid": "MUSICBRAINZ_TRACKID", "isrc": "ISRC"})
    file.seek(start)
    if is_ape(file.read(32), header=True):
        start += 32
    for _ in range(_MOST_ITEMS):
        file.seek(start)
        head = file.read(8 + 256)
        key, found, _ = head[8:].partition(b"\0")
        if start + 11 > end or not found or head.startswith(b"APETAGEX"):
            break
        size, flags = int.from_bytes(head[:4], "little"), int.from_bytes(head[4:8], "little")
        body = start + 8 + len(key) + 1
        name = key.decode("latin-1")
        if not flags & 0x02 and texts.wants(name):  # text
            file.seek(body)
            data = file.read(max(0, min(size, LARGEST_TEXT, end - body)))
            texts.put(name, (decode(part) for part in data.split(b"\0")))
        start = body + size
    return texts
