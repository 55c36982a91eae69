"""Identifies a file's container by its bytes (not by its suffix), and locates its parts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Literal, NamedTuple

from musicemb.errors import AudioError

Container = Literal["mpeg", "adts", "flac", "ogg", "mp4", "riff", "aiff", "asf", "unknown"]

HEAD = 4096
"""Bytes that are enough to recognise a file."""


class Part(NamedTuple):
    """A chunk, box or object of a container."""

    name: bytes
    offset: int
    """Where its content begins, bytes."""
    told: int
    """Length of the content according to its header."""
    present: int
    """Length that is really there: less in a cut-off file."""


_MOST_PARTS = 200_000
"""More chunks or boxes than this is junk, or an attack."""

_ASF = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")
_NOT_AUDIO = (
    (b"%PDF", "a PDF"),
    (b"PK\x03\x04", "a zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"MThd", "MIDI notes"),
    (b"SQLite format", "a database"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
)


def skip_id3v2(file: BinaryIO, offset: int = 0) -> int:
    """Where the first byte behind the ID3v2 tags at `offset` lies (there may be several).

    Parameters
    ----------
    file : binary file, seekable
    offset : int
        Bytes.

    Returns
    -------
    int
        `offset` where there is no tag. May lie beyond the end of a cut-off file.
    """
    while True:
        file.seek(offset)
        header = file.read(10)
        if not header.startswith(b"ID3") or not id3v2_length(header):
            return offset
        offset += id3v2_length(header)


def id3v2_length(header: bytes) -> int:
    """How long the ID3v2 tag with this header or footer is.

    Parameters
    ----------
    header : bytes
        The first 10 bytes of the tag ("ID3"), or its last 10 ("3DI").

    Returns
    -------
    int
        Bytes, header and footer included; 0 where it is no tag.
    """
    if len(header) < 10 or header[:3] not in (b"ID3", b"3DI") or header[3] == 0xFF or header[4] == 0xFF:
        return 0
    if any(byte & 0x80 for byte in header[6:10]):
        return 0
    size = header[6] << 21 | header[7] << 14 | header[8] << 7 | header[9]
    footer = 10 if header[5] & 0x10 else 0
    return 10 + size + footer


def identify(file: BinaryIO) -> Container:
    """Which container the bytes behind any ID3v2 tags begin.

    Parameters
    ----------
    file : binary file, seekable

    Returns
    -------
    str
        "mpeg" only for what begins with a frame of MPEG audio; with junk before it: "unknown".
    """
    file.seek(skip_id3v2(file))
    head = file.read(16)
    if head[:4] == b"fLaC":
        return "flac"
    if head[:4] == b"OggS":
        return "ogg"
    if head[:4] in (b"RIFF", b"RF64", b"BW64") and head[8:12] == b"WAVE":
        return "riff"
    if head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
        return "aiff"
    if head[4:8] == b"ftyp":
        return "mp4"
    if head == _ASF:
        return "asf"
    if len(head) > 3 and head[0] == 0xFF and head[1] & 0xF6 == 0xF0:
        return "adts"
    if len(head) > 3 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0 and head[1] & 0x18 != 0x08 and head[1] & 0x06:
        return "mpeg"
    return "unknown"


def name_impostor(file: BinaryIO) -> str:
    """The kind of a file without audio, in a few words ("an HTML page"); "" if unknown.

    Parameters
    ----------
    file : binary file, seekable

    Returns
    -------
    str
    """
    file.seek(0)
    head = file.read(HEAD)
    for magic, words in _NOT_AUDIO:
        if head.startswith(magic):
            return words
    if not head.strip(b"\0"):
        return "nothing but zeros"
    try:
        text = head.decode("utf-8", errors="strict" if len(head) < HEAD else "ignore").lstrip("\ufeff \t\r\n").lower()
    except UnicodeDecodeError:
        return ""
    if "\0" in text or len(text.encode()) < 0.9 * len(head.strip()):
        return ""
    if text.startswith(("<!doctype html", "<html", "<head", "<body")):
        return "an HTML page"
    if text.startswith(("#extm3u", "[playlist]")):
        return "a playlist"
    return "an XML text" if text.startswith("<?xml") else "text"


def riff_chunks(file: BinaryIO, start: int) -> Iterator[Part]:
    """Chunks of a WAV (RIFF, RF64) or AIFF file.

    Parameters
    ----------
    file : binary file, seekable
    start : int
        Where "RIFF" or "FORM" lies, bytes.

    Returns
    -------
    iterator of Part
    """
    end = file.seek(0, 2)
    file.seek(start)
    order: Literal["big", "little"] = "big" if file.read(4) == b"FORM" else "little"
    offset, data_length = start + 12, 0
    for _ in range(_MOST_PARTS):
        header = _read_at(file, offset, end, 8)
        name, told = header[:4], int.from_bytes(header[4:], order)
        if len(header) < 8 or not all(0x20 <= byte < 0x7F for byte in name):
            return
        offset += 8
        if name == b"ds64":  # RF64: lengths beyond 4 GB
            data_length = int.from_bytes(file.read(16)[8:], "little")
        elif name == b"data" and data_length and told == 0xFFFFFFFF:
            told = data_length
        elif name == b"data" and told in (0, 0xFFFFFFFF):  # written to a pipe: the length was not known
            told = end - offset
        yield Part(name, offset, told, max(0, min(told, end - offset)))
        offset += told + told % 2


def mp4_boxes(file: BinaryIO) -> Iterator[Part]:
    """Top-level boxes of an MP4 file.

    Parameters
    ----------
    file : binary file, seekable

    Returns
    -------
    iterator of Part
    """
    end = file.seek(0, 2)
    offset = 0
    for _ in range(_MOST_PARTS):
        header = _read_at(file, offset, end, 16)
        told, name, length = int.from_bytes(header[:4], "big"), header[4:8], 8
        if told == 1:
            told, length = int.from_bytes(header[8:], "big"), 16
        elif told == 0:
            told = end - offset
        if len(header) < length or told < length:
            return
        offset += length
        yield Part(name, offset, told - length, max(0, min(told - length, end - offset)))
        offset += told - length


def asf_objects(file: BinaryIO) -> Iterator[Part]:
    """Top-level objects of an ASF (WMA) file.

    Parameters
    ----------
    file : binary file, seekable

    Returns
    -------
    iterator of Part
        `name` is the GUID.
    """
    end = file.seek(0, 2)
    offset = 0
    for _ in range(_MOST_PARTS):
        header = _read_at(file, offset, end, 24)
        told = int.from_bytes(header[16:], "little") - 24
        if len(header) < 24 or told < 0:
            return
        offset += 24
        yield Part(header[:16], offset, told, max(0, min(told, end - offset)))
        offset += told


def _read_at(file: BinaryIO, offset: int, end: int, count: int) -> bytes:
    """Bytes at an offset from a header: none if the offset is beyond the end."""
    if offset >= end:
        return b""
    file.seek(offset)
    return file.read(count)


def unreadable(path: Path, error: OSError) -> AudioError:
    """The message for a file that the system refuses to open.

    Parameters
    ----------
    path : Path
    error : OSError

    Returns
    -------
    AudioError
        Transient: another try may succeed.
    """
    if isinstance(error, FileNotFoundError):
        return AudioError(path, "no longer exists", transient=True)
    return AudioError(path, f"cannot be read: {(error.strerror or str(error)).lower()}", transient=True)
