"""Finds the tags at the end of a file: ID3v1, APE, Lyrics3 and ID3v2 stand there in any order and number."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, Literal, NamedTuple

from musicemb.io.audio.containers import id3v2_length

_LYRICS3V1_LONGEST = 5100 + len(b"LYRICSBEGINLYRICSEND")


class TailTag(NamedTuple):
    """A tag at the end of a file."""

    kind: Literal["ID3v1", "APEv2", "Lyrics3", "ID3v2"]
    start: int
    end: int


def tail_tags(file: BinaryIO, start: int) -> Iterator[TailTag]:
    """The tags at the end, the last one first.

    Parameters
    ----------
    file : binary file, seekable
    start : int
        Where the audio begins: no tag reaches before it.

    Yields
    ------
    TailTag
    """
    end = file.seek(0, 2)
    while end > start:
        kind, length = next(
            ((kind, length) for kind, tag in _TAGS if (length := tag(file, start, end))),
            ("", 0),
        )
        if not 0 < length <= end - start:
            return
        yield TailTag(kind, end - length, end)  # type: ignore[arg-type]
        end -= length


def is_ape(block: bytes, *, header: bool = False) -> bool:
    """Whether 32 bytes are the footer, or the header, of an APE tag.

    Parameters
    ----------
    block : bytes
    header : bool

    Returns
    -------
    bool
    """
    return len(block) == 32 and block.startswith(b"APETAGEX") and bool(block[23] & 0x20) == header


def _read_before(file: BinaryIO, start: int, end: int, count: int) -> bytes:
    """The `count` bytes before `end`; none where they would reach before `start`."""
    if end - count < start:
        return b""
    file.seek(end - count)
    return file.read(count)


def _id3v1(file: BinaryIO, start: int, end: int) -> int:
    if not _read_before(file, start, end, 128).startswith(b"TAG"):
        return 0
    extended = _read_before(file, start, end - 128, 227).startswith(b"TAG+")
    return 128 + 227 * extended


def _ape(file: BinaryIO, start: int, end: int) -> int:
    footer = _read_before(file, start, end, 32)
    if not is_ape(footer):
        return 0
    length = int.from_bytes(footer[12:16], "little")
    header = is_ape(_read_before(file, start, end - length, 32), header=True)
    return length + 32 * header if length >= 32 else 0


def _lyrics3(file: BinaryIO, start: int, end: int) -> int:
    mark = _read_before(file, start, end, 15)
    if mark.endswith(b"LYRICS200") and mark[:6].isdigit():
        length = int(mark[:6]) + 15
        return length if _read_before(file, start, end, length).startswith(b"LYRICSBEGIN") else 0
    if mark.endswith(b"LYRICSEND"):
        text = _read_before(file, start, end, min(_LYRICS3V1_LONGEST, end - start))
        at = text.rfind(b"LYRICSBEGIN")
        return len(text) - at if at >= 0 else 0
    return 0


def _id3v2_behind(file: BinaryIO, start: int, end: int) -> int:
    footer = _read_before(file, start, end, 10)
    return id3v2_length(footer) if footer.startswith(b"3DI") else 0


_TAGS = (("ID3v1", _id3v1), ("APEv2", _ape), ("Lyrics3", _lyrics3), ("ID3v2", _id3v2_behind))
