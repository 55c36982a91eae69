"""Reads the tags of WAV, AIFF and WMA files, which are not written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from musicemb.io.audio.containers import asf_objects, riff_chunks, skip_id3v2
from musicemb.io.tags.reading.around import tags_around
from musicemb.io.tags.reading.id3_texts import read_id3v2
from musicemb.io.tags.reading.texts import LARGEST_TEXT, MOST_TAGS, FoundTag, TagTexts, Texts, decode

_INFO = {b"IART": "artist", b"INAM": "title", b"IPRD": "album", b"IGNR": "genre"}
_AIFF = {b"AUTH": "artist", b"NAME": "title"}
_ASF_HEADER = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")
_ASF_CONTENT = bytes.fromhex("3326b2758e66cf11a6d900aa0062ce6c")
_ASF_EXTENDED = bytes.fromhex("40a4d0d207e3d21197f000a0c95ea850")
_ASF_NAMES = {"artist": "Author", "title": "Title", "album": "WM/AlbumTitle", "genre": "WM/Genre"}
_ASF_NAMES |= {"mbid": "MusicBrainz/Track Id", "isrc": "WM/ISRC"}
_MOST = 10_000


class _Span(NamedTuple):
    start: int
    end: int


def read_riff(file: BinaryIO) -> list[FoundTag]:
    """Tags of a WAV file: ID3v2 chunks, then its list of INFO, then what stands around it.

    Parameters
    ----------
    file : binary file, seekable

    Returns
    -------
    list of FoundTag
    """
    found: list[FoundTag] = []
    info: list[FoundTag] = []
    for chunk in riff_chunks(file, skip_id3v2(file)):
        if len(found) + len(info) == MOST_TAGS:
            break
        if chunk.name.lower() == b"id3 ":
            found.append(FoundTag("ID3v2", read_id3v2(file, chunk.offset)))
        elif chunk.name == b"LIST":
            file.seek(chunk.offset)
            if file.read(4) == b"INFO":
                info.append(FoundTag("RIFF INFO", _info(file, chunk.offset + 4, chunk.offset + chunk.present)))
    return [*found, *info, *tags_around(file)]


def read_aiff(file: BinaryIO) -> list[FoundTag]:
    """Tags of an AIFF file: ID3v2 chunks, then its own texts.

    Parameters
    ----------
    file : binary file, seekable

    Returns
    -------
    list of FoundTag
    """
    found: list[FoundTag] = []
    texts = TagTexts({name: name for name in _AIFF.values()})
    for chunk in riff_chunks(file, skip_id3v2(file)):
        if len(found) == MOST_TAGS:
            break
        if chunk.name.upper() == b"ID3 ":
            found.append(FoundTag("ID3v2", read_id3v2(file, chunk.offset)))
        elif chunk.name in _AIFF:
            file.seek(chunk.offset)
            value = decode(file.read(min(chunk.present, LARGEST_TEXT)).rstrip(b"\0"))
            texts.put(_AIFF[chunk.name], [value])
    return [*found, *([FoundTag("AIFF", texts)] if texts else []), *tags_around(file)]


def read_asf(file: BinaryIO) -> list[FoundTag]:
    """Tags of a WMA file.

    Parameters
    ----------
    file : binary file, seekable

    Returns
    -------
    list of FoundTag
    """
    texts = TagTexts(_ASF_NAMES)
    for part in asf_objects(file):
        if part.name == _ASF_HEADER:
            for name, span in _objects(file, _Span(part.offset + 6, part.offset + part.present)):
                if name == _ASF_CONTENT:
                    _read_content(file, span, texts)
                elif name == _ASF_EXTENDED:
                    _read_extended(file, span, texts)
    return [FoundTag("ASF", texts), *tags_around(file)]


def _info(file: BinaryIO, start: int, end: int) -> Texts:
    texts = TagTexts({name: name for name in _INFO.values()})
    for _ in range(_MOST):
        file.seek(start)
        header = file.read(8)
        length = int.from_bytes(header[4:], "little")
        if len(header) < 8 or start + 8 > end:
            break
        if texts.wants(_INFO.get(header[:4], "")):
            data = file.read(max(0, min(length, LARGEST_TEXT, end - start - 8)))
            texts.put(_INFO[header[:4]], [decode(data.split(b"\0")[0])])
        start += 8 + length + length % 2
    return texts


def _objects(file: BinaryIO, span: _Span) -> Iterator[tuple[bytes, _Span]]:
    start = span.start
    for _ in range(_MOST):
        file.seek(start)
        header = file.read(24)
        length = int.from_bytes(header[16:], "little")
        if len(header) < 24 or length < 24 or start + length > span.end:
            return
        yield header[:16], _Span(start + 24, start + length)
        start += length


def _read_content(file: BinaryIO, span: _Span, texts: TagTexts) -> None:
    file.seek(span.start)
    lengths = [int.from_bytes(file.read(2), "little") for _ in range(5)]
    for name, length in zip(("TITLE", "AUTHOR"), lengths, strict=False):
        texts.put(name, [_wide(file.read(length))])


def _read_extended(file: BinaryIO, span: _Span, texts: TagTexts) -> None:
    file.seek(span.start)
    for _ in range(int.from_bytes(file.read(2), "little")):
        name = _wide(file.read(int.from_bytes(file.read(2), "little")))
        kind, length = int.from_bytes(file.read(2), "little"), int.from_bytes(file.read(2), "little")
        if file.tell() + length > span.end:
            return
        data = file.read(length)
        if kind == 0:
            texts.put(name, [_wide(data)])


def _wide(data: bytes) -> str:
    return data.decode("utf-16-le", "replace").rstrip("\0")
