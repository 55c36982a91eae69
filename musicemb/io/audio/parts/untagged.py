"""Hides huge tags from FFmpeg, whose time grows with the square of the number of texts in a tag.

Nothing is copied: if a tag is huge, its header reads as padding, and the decoder skips it.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import BinaryIO, NamedTuple

from musicemb.io.audio.containers import asf_objects, identify, riff_chunks, skip_id3v2
from musicemb.io.audio.mp4_atoms import Atom, DamagedAtoms, atoms, meta_body

_MOST_TEXTS = 10_000
"""Texts of a tag that FFmpeg is given to read: half a second."""
_LARGEST = 1 << 18
"""Bytes of a tag whose texts need not be counted: this many hold no more."""
_LARGEST_PICTURES = 1 << 26
_INSIDE_MP4 = (b"moov", b"trak", b"mdia", b"minf")
_TAGS_OF_MP4 = (b"udta", b"meta")
_TAGS_OF_RIFF = (b"LIST", b"id3 ", b"ID3 ")
_ASF_HEADER = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")
_ASF_EXTENSION = bytes.fromhex("b503bf5f2ea9cf118ee300c00c205365")
_ASF_TEXTS = (
    bytes.fromhex("40a4d0d207e3d21197f000a0c95ea850"),
    bytes.fromhex("eacbf8c5af5b77488467aa8c44fa4cca"),
    bytes.fromhex("941c23449894d149a1411d134e457054"),
)
"""Objects of texts: extended content, metadata, metadata library."""


class Mask(NamedTuple):
    """Bytes of a file that read as others."""

    start: int
    data: bytes


class UntaggedFile(io.RawIOBase):
    """A file that begins behind `start` bytes, and some bytes of which read as others.

    Parameters
    ----------
    path : Path
    start : int
    masks : sequence of Mask
        Counted from the start of the file.
    """

    def __init__(self, path: Path, start: int, masks: list[Mask]) -> None:
        self.name = str(path)
        """The name, for readers that check the suffix."""
        self._file = path.open("rb", buffering=0)
        self._start = start
        self._masks = masks
        self.seek(0)

    def readable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """Always."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Some bytes.

        Parameters
        ----------
        size : int

        Returns
        -------
        bytes
        """
        at = self._file.tell()
        data = self._file.read(size) or b""
        for mask in self._masks:
            if mask.start < at + len(data) and at < mask.start + len(mask.data):
                first, last = max(at, mask.start), min(at + len(data), mask.start + len(mask.data))
                covered = mask.data[first - mask.start : last - mask.start]
                data = data[: first - at] + covered + data[last - at :]
        return data

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place.

        Parameters
        ----------
        offset : int
        whence : int

        Returns
        -------
        int
        """
        return self._file.seek(offset + (self._start if whence == os.SEEK_SET else 0), whence) - self._start

    def tell(self) -> int:
        """Where it stands.

        Returns
        -------
        int
        """
        return self._file.tell() - self._start

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        super().close()


def without_huge_tags(path: Path) -> UntaggedFile | None:
    """A file object for a decoder, without tags that would slow it down.

    Parameters
    ----------
    path : Path

    Returns
    -------
    UntaggedFile or None
        None where its tags are of a size that does no harm: the file can be opened as it is.

    Raises
    ------
    OSError
        Where it cannot be read.
    """
    with path.open("rb") as file:
        behind = skip_id3v2(file)
        start = behind if behind > _LARGEST else 0
        find = _FINDERS.get(identify(file))
        masks = list(find(file, behind)) if find else []
    return UntaggedFile(path, start, masks) if start or masks else None


def _in_mp4(file: BinaryIO, start: int) -> Iterator[Mask]:
    """The lists of tags of an MP4 file, where together they hold too many texts."""
    found = list(islice(_tags_of_mp4(file, start, file.seek(0, 2), top=True), _MOST_TEXTS + 1))
    left = _MOST_TEXTS
    for atom in found:
        left -= _count(file, atom, left)
        if left < 0 or len(found) > _MOST_TEXTS:
            yield from (Mask(each.start + 4, b"free") for each in found)
            return


def _tags_of_mp4(file: BinaryIO, start: int, end: int, *, top: bool = False) -> Iterator[Atom]:
    for atom in _sound(file, start, end, top=top):
        if atom.name in _TAGS_OF_MP4:
            yield atom
        elif atom.name in _INSIDE_MP4:
            yield from _tags_of_mp4(file, atom.body, atom.end)


def _count(file: BinaryIO, atom: Atom, most: int) -> int:
    """How many atoms lie in a list of tags at any depth, or some number above `most`."""
    waiting, count = [atom], 0
    while waiting and count <= most:
        holder = waiting.pop()
        body = meta_body(file, holder) if holder.name == b"meta" else holder.body
        if holder.name == b"keys":
            body += 8
        for inner in _sound(file, body, holder.end):
            count += 1
            if inner.name in (b"udta", b"meta", b"ilst", b"keys"):
                waiting.append(inner)
            if count > most:
                break
    return count


def _sound(file: BinaryIO, start: int, end: int, *, top: bool = False) -> Iterator[Atom]:
    try:
        yield from atoms(file, start, end, top=top, cut=True)
    except DamagedAtoms:
        return


def _in_flac(file: BinaryIO, start: int) -> Iterator[Mask]:
    """Comments of a FLAC file, where there are too many of them, and pictures that fill the memory."""
    comments: list[Mask] = []
    pictures: list[Mask] = []
    offset, last = start + 4, False
    texts = held = 0
    while not last and len(comments) + len(pictures) <= _MOST_TEXTS:
        file.seek(offset)
        header = file.read(8)
        if len(header) < 8:
            break
        last, kind, length = header[0] >= 0x80, header[0] & 0x7F, int.from_bytes(header[1:4], "big")
        if kind == 4:
            vendor = int.from_bytes(header[4:], "little")
            file.seek(offset + 8 + vendor)
            texts += min(int.from_bytes(file.read(4), "little"), length // 4)
        held += length * (kind == 6)
        padding = Mask(offset, bytes((header[0] & 0x80 | 1,)))
        if kind in (4, 6):
            (comments if kind == 4 else pictures).append(padding)
        offset += 4 + length
    if texts > _MOST_TEXTS or len(comments) > _MOST_TEXTS:
        yield from comments
    if held > _LARGEST_PICTURES or len(pictures) > _MOST_TEXTS:
        yield from pictures


def _in_riff(file: BinaryIO, start: int) -> Iterator[Mask]:
    """Chunks of texts in a WAV or AIFF file that are long enough to hold too many, one or all of them."""
    chunks = [part for part in riff_chunks(file, start) if part.name in _TAGS_OF_RIFF]
    if sum(part.present for part in chunks) > _LARGEST or len(chunks) > _MOST_TEXTS:
        yield from (Mask(part.offset - 8, b"JUNK") for part in chunks)


def _in_asf(file: BinaryIO, _start: int) -> Iterator[Mask]:
    """Objects of texts in a WMA file that hold too many."""
    found: list[Mask] = []
    texts = 0
    for part in asf_objects(file):
        if part.name != _ASF_HEADER:
            break
        waiting = [(part.offset + 6, part.offset + part.present)]
        while waiting and len(found) <= _MOST_TEXTS:
            at, end = waiting.pop()
            file.seek(at)
            header = file.read(26)
            length = int.from_bytes(header[16:24], "little")
            if len(header) < 26 or length < 24 or at + length > end:
                continue
            waiting.append((at + length, end))
            if header[:16] == _ASF_EXTENSION:
                waiting.append((at + 24 + 22, at + length))
            elif header[:16] in _ASF_TEXTS:
                texts += int.from_bytes(header[24:], "little")
                found.append(Mask(at, bytes(16)))
    if texts > _MOST_TEXTS:
        yield from found


_FINDERS = {"mp4": _in_mp4, "flac": _in_flac, "riff": _in_riff, "aiff": _in_riff, "asf": _in_asf}
